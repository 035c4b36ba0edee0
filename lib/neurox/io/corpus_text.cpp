#include <filesystem>

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"

namespace neurox::io {
namespace {

class TextCorpus : public CorpusBase {
 public:
  TextCorpus(CorpusSource source, const CorpusOptions& options) : CorpusBase(std::move(source), options) {
    set_label_sets({}, {});
  }

 protected:
  bool read(Sentence& sentence) override {
    while (lines().next(sentence.text)) {
      std::vector<Word> words = split_words(sentence.text);
      if (words.empty()) {
        skip();
        continue;
      }
      // Without the white space around it.
      const std::uint32_t begin = words.front().begin, end = words.back().end;
      sentence.text = sentence.text.substr(begin, end - begin);
      for (Word& word : words) word = {word.begin - begin, word.end - begin};
      sentence.words = std::move(words);
      sentence.line = lines().number();
      return true;
    }
    return false;
  }
};

}  // namespace

std::unique_ptr<CorpusReader> open_text(CorpusSource source, const CorpusOptions& options) {
  return std::make_unique<TextCorpus>(std::move(source), options);
}

std::unique_ptr<CorpusReader> open_words(CorpusSource source, const CorpusOptions& options) {
  std::filesystem::path base(source.name);
  const std::string packed = base.extension() == ".gz" ? ".gz" : "";
  if (!packed.empty()) base.replace_extension();
  CorpusOptions with_labels = options;
  const std::string plain = base.replace_extension(".label").string();
  std::error_code error;
  for (const std::string& labels : {plain + packed, plain})
    if (std::filesystem::exists(labels, error)) {
      with_labels.label_files.emplace_back("label", labels);
      break;
    }
  if (with_labels.label_files.empty() && options.format == "words")
    throw input_error("{}: no '{}' beside it", source.name, plain);
  return open_text(std::move(source), with_labels);
}

}  // namespace neurox::io
