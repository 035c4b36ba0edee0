#include <algorithm>

#include "neurox/text/aligned_text.h"
#include "neurox/text/unicode.h"
#include "neurox/text/utf8.h"
#include "neurox/text/word_model.h"

namespace neurox::text {
namespace {

const char* shape_of(std::string_view word) {
  if (std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; })) return "num";
  std::size_t begin = 0;
  const char32_t first = next_code_point(word, begin);
  if (lower(first).first != first) return "cap";
  const bool letter = first < 0x80 ? first >= 'a' && first <= 'z' : contains(CharSet::RegexLetter, first);
  return letter ? "low" : "sym";
}

class ShapedWords final : public WordModel {
 public:
  explicit ShapedWords(Vocabulary vocabulary) : WordModel(std::move(vocabulary), {}) {}

  void tokenize(std::string_view word, std::vector<WordToken>& tokens) const override {
    std::int32_t id = vocabulary().find(word);
    if (id < 0) id = stand_in(word);
    tokens.push_back({id, 0, static_cast<std::uint32_t>(word.size())});
  }

 private:
  std::int32_t stand_in(std::string_view word) const {
    AlignedText lowered(word, 0);
    lowered.lowercase();
    const std::string& text = lowered.text();
    const std::string shape = shape_of(word);
    for (std::size_t characters = 3; characters >= 2; --characters) {
      if (count_code_points(word) <= characters) continue;
      std::size_t begin = text.size();
      for (std::size_t i = 0; i < characters; ++i) previous_code_point(text, begin);
      const std::int32_t id = vocabulary().find("<unk:" + shape + ":" + text.substr(begin) + ">");
      if (id >= 0) return id;
    }
    const std::int32_t id = vocabulary().find("<unk:" + shape + ">");
    return id >= 0 ? id : unknown_id(word);
  }
};

}  // namespace

std::unique_ptr<WordModel> make_shaped_words(Vocabulary vocabulary) {
  return std::make_unique<ShapedWords>(std::move(vocabulary));
}

}  // namespace neurox::text
