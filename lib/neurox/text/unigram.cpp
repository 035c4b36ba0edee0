#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "neurox/text/utf8.h"
#include "neurox/text/word_model.h"

namespace neurox::text {
namespace {

/// Beginnings of tokens, each a number; 0 is the empty one.
class Beginnings {
 public:
  std::uint32_t put(std::uint32_t node, char byte) {
    return next_.try_emplace(key(node, byte), static_cast<std::uint32_t>(next_.size()) + 1).first->second;
  }
  /// 0: no token goes on so.
  std::uint32_t find(std::uint32_t node, char byte) const {
    const auto found = next_.find(key(node, byte));
    return found == next_.end() ? 0 : found->second;
  }
  std::size_t size() const { return next_.size() + 1; }

 private:
  static std::uint64_t key(std::uint32_t node, char byte) {
    return static_cast<std::uint64_t>(node) << 8 | static_cast<unsigned char>(byte);
  }
  std::unordered_map<std::uint64_t, std::uint32_t> next_;
};

class Unigram final : public WordModel {
 public:
  explicit Unigram(UnigramOptions options)
      : WordModel(vocabulary_of(options), options.unknown < 0 ? std::string() : unknown_of(options)),
        unknown_(options.unknown),
        fallback_(options.byte_fallback) {
    for (const auto& [token, score] : options.pieces) {
      least_ = std::min(least_, score);
      scores_.push_back(score);
    }
    for (const auto& [token, score] : options.pieces) {
      std::uint32_t node = 0;
      for (const char byte : token) node = beginnings_.put(node, byte);
      if (node >= ids_.size()) ids_.resize(node + 1, -1);
      ids_[node] = vocabulary().find(token);
    }
    ids_.resize(beginnings_.size(), -1);
    for (unsigned byte = 0; fallback_ && byte < 256; ++byte)
      byte_ids_.push_back(vocabulary().find(fmt::format("<0x{:02X}>", byte)));
  }

  bool shows_unknown_text() const override { return true; }

  void tokenize(std::string_view word, std::vector<WordToken>& tokens) const override {
    const std::vector<Best> best = best_paths(word);
    const std::size_t first = tokens.size();
    // From the end, so in reverse; unknown pieces side by side are one.
    for (std::size_t end = word.size(); end > 0;) {
      const Best& node = best[end];
      if (node.id == unknown_ && tokens.size() > first && tokens.back().id == unknown_)
        tokens.back().begin = node.begin;
      else
        tokens.push_back({node.id, node.begin, static_cast<std::uint32_t>(end)});
      end = node.begin;
    }
    std::reverse(tokens.begin() + static_cast<std::ptrdiff_t>(first), tokens.end());
    if (fallback_) fall_back(word, tokens, first);
  }

 private:
  struct Best {
    double score = 0;
    std::int32_t id = -1;
    std::uint32_t begin = 0;
    bool reached = false;
  };

  static Vocabulary vocabulary_of(const UnigramOptions& options) {
    Vocabulary out;
    std::int32_t id = 0;
    for (const auto& [token, score] : options.pieces) out.add(token, id++);
    return out;
  }
  static std::string unknown_of(const UnigramOptions& options) {
    if (static_cast<std::size_t>(options.unknown) >= options.pieces.size())
      throw input_error("unk_id {} of a vocabulary of {}", options.unknown, options.pieces.size());
    return options.pieces[static_cast<std::size_t>(options.unknown)].first;
  }

  /// For each end, the last piece of the best way to get there.
  std::vector<Best> best_paths(std::string_view word) const {
    constexpr double unknown_penalty = 10;
    std::vector<Best> best(word.size() + 1);
    const auto offer = [&](std::size_t begin, std::size_t end, std::int32_t id, double score) {
      Best& there = best[end];
      const double total = score + best[begin].score;
      if (!there.reached || total > there.score) there = {total, id, static_cast<std::uint32_t>(begin), true};
    };
    for (std::size_t begin = 0; begin < word.size();) {
      const std::size_t next = begin + utf8_length(word[begin]);
      bool alone = false;
      std::uint32_t node = 0;
      for (std::size_t end = begin; end < word.size();) {
        node = beginnings_.find(node, word[end]);
        if (node == 0) break;
        ++end;
        const std::int32_t id = ids_[node];
        if (id < 0) continue;
        offer(begin, end, id, scores_[static_cast<std::size_t>(id)]);
        alone = alone || end == next;
      }
      if (!alone) {
        if (unknown_ < 0)
          throw input_error("the tokenizer's vocabulary has neither \"{}\" nor an unknown-token",
                            word.substr(begin, next - begin));
        offer(begin, next, unknown_, least_ - unknown_penalty);
      }
      begin = next;
    }
    return best;
  }

  /// Unknown pieces become their bytes, each with the whole piece as its span.
  void fall_back(std::string_view word, std::vector<WordToken>& tokens, std::size_t first) const {
    std::vector<WordToken> out;
    for (std::size_t i = first; i < tokens.size(); ++i) {
      const WordToken token = tokens[i];
      const std::string_view piece = word.substr(token.begin, token.end - token.begin);
      const auto id = [&](char byte) { return byte_ids_[static_cast<unsigned char>(byte)]; };
      const bool all = token.id == unknown_ && vocabulary().find(piece) < 0 &&
                       std::all_of(piece.begin(), piece.end(), [&](char byte) { return id(byte) >= 0; });
      if (!all)
        out.push_back(token);
      else
        for (const char byte : piece) out.push_back({id(byte), token.begin, token.end});
    }
    tokens.resize(first);
    tokens.insert(tokens.end(), out.begin(), out.end());
  }

  std::int32_t unknown_;
  bool fallback_;
  double least_ = std::numeric_limits<double>::infinity();
  std::vector<double> scores_;
  Beginnings beginnings_;
  std::vector<std::int32_t> ids_;  ///< by beginning: the token that it is, or -1
  std::vector<std::int32_t> byte_ids_;
};

}  // namespace

std::unique_ptr<WordModel> make_unigram(UnigramOptions options) {
  return std::make_unique<Unigram>(std::move(options));
}

}  // namespace neurox::text
