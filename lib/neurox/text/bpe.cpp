#include <algorithm>

#include "neurox/text/utf8.h"
#include "neurox/text/word_model.h"

namespace neurox::text {
namespace {

struct Merge {
  std::uint32_t rank = 0;
  std::int32_t result = -1;  ///< -1: these two do not merge
};

/// Pairs of ids that merge.
class MergeTable {
 public:
  void reserve(std::size_t merges) {
    std::size_t slots = 16;
    while (slots < merges * 2 + 2) slots *= 2;
    slots_.assign(slots, {});
  }
  void put(std::int32_t left, std::int32_t right, Merge merge) {
    slots_[place(key(left, right))] = {key(left, right), merge};
  }
  Merge find(std::int32_t left, std::int32_t right) const { return slots_[place(key(left, right))].merge; }

 private:
  struct Slot {
    std::uint64_t key = ~std::uint64_t{0};
    Merge merge;
  };
  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) |
           static_cast<std::uint32_t>(right);
  }
  /// The slot of a key, or the free one where it would go.
  std::size_t place(std::uint64_t key) const {
    std::uint64_t mixed = key * 0x9E3779B97F4A7C15U;
    std::size_t at = static_cast<std::size_t>(mixed >> 32) & (slots_.size() - 1);
    while (slots_[at].key != key && slots_[at].merge.result >= 0) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  std::vector<Slot> slots_{16};
};

/// A part of a word: an id, its neighbours and its length in bytes; length 0 once it is merged away.
struct Symbol {
  std::int32_t id, previous, next;
  std::uint32_t length;
};

/// A merge that could be done at a symbol, ordered by rank, then by place.
struct Candidate {
  std::uint32_t rank;
  std::int32_t at, result;
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;  // a heap's top is its largest
  }
};

class Bpe final : public WordModel {
 public:
  Bpe(Vocabulary vocabulary, BpeOptions options)
      : WordModel(std::move(vocabulary), options.unknown_token), options_(std::move(options)) {
    const Vocabulary& known = WordModel::vocabulary();
    merges_.reserve(options_.merges.size());
    const std::size_t prefix = options_.continuing_subword_prefix.size();
    for (std::size_t rank = 0; rank < options_.merges.size(); ++rank) {
      const auto& [left, right] = options_.merges[rank];
      const std::string result = left + (right.size() > prefix ? right.substr(prefix) : std::string());
      for (const std::string& part : {left, right, result})
        if (known.find(part) < 0)
          throw input_error(R"(merge {} ("{}" and "{}"): "{}" is not in the vocabulary)", rank, left, right,
                            part);
      merges_.put(known.find(left), known.find(right),
                  {static_cast<std::uint32_t>(rank), known.find(result)});
    }
    options_.merges.clear();
    options_.merges.shrink_to_fit();
    if (options_.byte_fallback)
      for (unsigned byte = 0; byte < 256; ++byte)
        byte_ids_.push_back(known.find(fmt::format("<0x{:02X}>", byte)));
  }

  void tokenize(std::string_view word, std::vector<WordToken>& tokens) const override {
    if (options_.ignore_merges)
      if (const std::int32_t id = vocabulary().find(word); id >= 0) {
        tokens.push_back({id, 0, static_cast<std::uint32_t>(word.size())});
        return;
      }
    std::vector<Symbol> symbols = characters(word);
    merge(symbols);
    std::uint32_t begin = 0;
    for (const Symbol& symbol : symbols) {
      if (symbol.length == 0) continue;
      tokens.push_back({symbol.id, begin, begin + symbol.length});
      begin += symbol.length;
    }
  }

 private:
  std::vector<Symbol> characters(std::string_view word) const {
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    const auto add = [&](std::int32_t id, std::size_t length) {
      const auto at = static_cast<std::int32_t>(symbols.size());
      if (at > 0) symbols.back().next = at;
      symbols.push_back({id, at - 1, -1, static_cast<std::uint32_t>(length)});
    };
    std::size_t unknown = 0;  // bytes of unknown characters that wait to become a token
    std::string buffer;
    for (std::size_t i = 0; i < word.size();) {
      const std::size_t begin = i, length = utf8_length(word[i]);
      i += length;
      std::string_view part = word.substr(begin, length);
      if ((begin > 0 && !options_.continuing_subword_prefix.empty()) ||
          (i == word.size() && !options_.end_of_word_suffix.empty())) {
        buffer = begin > 0 ? options_.continuing_subword_prefix : std::string();
        buffer += part;
        if (i == word.size()) buffer += options_.end_of_word_suffix;
        part = buffer;
      }
      if (const std::int32_t id = vocabulary().find(part); id >= 0) {
        if (unknown > 0) add(unknown_id(), unknown);
        unknown = 0;
        add(id, length);
        continue;
      }
      if (options_.byte_fallback &&
          std::all_of(part.begin(), part.end(), [&](char byte) { return byte_id(byte) >= 0; })) {
        // Unknown characters before stay waiting, as in the reference library: they come out behind these.
        for (const char byte : part) add(byte_id(byte), 1);
        continue;
      }
      if (options_.unknown_token.empty()) continue;
      unknown_id(part);
      if (unknown > 0 && !options_.fuse_unknown) {
        add(unknown_id(), unknown);
        unknown = 0;
      }
      unknown += length;
    }
    if (unknown > 0) add(unknown_id(), unknown);
    return symbols;
  }

  std::int32_t byte_id(char byte) const { return byte_ids_[static_cast<unsigned char>(byte)]; }

  void merge(std::vector<Symbol>& symbols) const {
    std::vector<Candidate> heap;
    heap.reserve(symbols.size());
    const auto candidate = [&](std::int32_t at, std::int32_t right) {
      const Merge found =
          merges_.find(symbols[static_cast<std::size_t>(at)].id, symbols[static_cast<std::size_t>(right)].id);
      if (found.result < 0) return;
      heap.push_back({found.rank, at, found.result});
      std::push_heap(heap.begin(), heap.end());
    };
    for (std::size_t i = 1; i < symbols.size(); ++i)
      candidate(static_cast<std::int32_t>(i) - 1, static_cast<std::int32_t>(i));
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end());
      const Candidate top = heap.back();
      heap.pop_back();
      Symbol& left = symbols[static_cast<std::size_t>(top.at)];
      if (left.length == 0 || left.next < 0) continue;
      Symbol& right = symbols[static_cast<std::size_t>(left.next)];
      if (merges_.find(left.id, right.id).result != top.result) continue;  // it has changed since
      left.id = top.result;
      left.length += right.length;
      left.next = right.next;
      right.length = 0;
      if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = top.at;
      if (left.previous >= 0) candidate(left.previous, top.at);
      if (left.next >= 0) candidate(top.at, left.next);
    }
  }

  BpeOptions options_;
  MergeTable merges_;
  std::vector<std::int32_t> byte_ids_;
};

}  // namespace

std::unique_ptr<WordModel> make_bpe(Vocabulary vocabulary, BpeOptions options) {
  return std::make_unique<Bpe>(std::move(vocabulary), std::move(options));
}

}  // namespace neurox::text
