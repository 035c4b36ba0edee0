#include "neurox/text/utf8.h"
#include "neurox/text/word_model.h"

namespace neurox::text {
namespace {

class WordPiece final : public WordModel {
 public:
  WordPiece(Vocabulary vocabulary, WordPieceOptions options)
      : WordModel(std::move(vocabulary), options.unknown_token),
        prefix_(std::move(options.continuing_subword_prefix)),
        prefix_hash_(Vocabulary::hash(prefix_)),
        max_chars_(static_cast<std::size_t>(options.max_input_chars_per_word)) {}

  void tokenize(std::string_view word, std::vector<WordToken>& tokens) const override {
    const auto size = static_cast<std::uint32_t>(word.size());
    const bool too_long = word.size() > max_chars_ && count_code_points(word) > max_chars_;
    if (!too_long) {
      if (const std::int32_t whole = vocabulary().find(word); whole >= 0) {
        tokens.push_back({whole, 0, size});
        return;
      }
      if (pieces(word, tokens)) return;
    }
    tokens.push_back({unknown_id(word), 0, size});
  }

 private:
  /// False, and nothing appended, when a part is not in the vocabulary.
  bool pieces(std::string_view word, std::vector<WordToken>& tokens) const {
    const std::size_t before = tokens.size();
    // hashes[k]: of the prefix and the k bytes of `word` from `start` on, at ends of characters
    std::vector<std::uint64_t> hashes(word.size() + 1);
    for (std::size_t start = 0; start < word.size();) {
      const std::string_view rest = word.substr(start), prefix = start == 0 ? std::string_view() : prefix_;
      std::uint64_t hash = start == 0 ? Vocabulary::kHashOfNothing : prefix_hash_;
      for (std::size_t k = 0; k < rest.size(); ++k)
        hashes[k + 1] = hash = Vocabulary::hash(rest.substr(k, 1), hash);
      std::size_t end = rest.size();
      std::int32_t id = -1;
      for (; end > 0; --end) {
        if (end < rest.size() && is_continuation(rest[end])) continue;
        id = vocabulary().find(hashes[end], prefix, rest.substr(0, end));
        if (id >= 0) break;
      }
      if (id < 0) {
        tokens.resize(before);
        return false;
      }
      tokens.push_back({id, static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(start + end)});
      start += end;
    }
    return true;
  }

  std::string prefix_;
  std::uint64_t prefix_hash_;
  std::size_t max_chars_;
};

}  // namespace

std::unique_ptr<WordModel> make_word_piece(Vocabulary vocabulary, WordPieceOptions options) {
  return std::make_unique<WordPiece>(std::move(vocabulary), std::move(options));
}

}  // namespace neurox::text
