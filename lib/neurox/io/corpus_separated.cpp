#include <algorithm>
#include <array>
#include <cctype>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/corpus_base.h"

namespace neurox::io {
namespace {

struct TextNames {
  const char *text, *second;
};
// What data sets call them; the first pair (or, below, single name) whose columns are all there is taken.
constexpr std::array text_names = {TextNames{"premise", "hypothesis"},
                                   TextNames{"sentence1", "sentence2"},
                                   TextNames{"question1", "question2"},
                                   TextNames{"question", "sentence"},
                                   TextNames{"sentence", ""},
                                   TextNames{"text", ""},
                                   TextNames{"question", ""}};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string trimmed(const std::string& text) {
  const std::vector<Word> words = split_words(text);
  return words.empty() ? "" : text.substr(words.front().begin, words.back().end - words.front().begin);
}

/// Records with a header. CSV as RFC 4180. TSV: one record a line; a field is quoted only where its quotes
/// fit, since many such files (GLUE's) hold bare quotes.
class SeparatedCorpus final : public CorpusBase {
 public:
  SeparatedCorpus(CorpusSource source, const CorpusOptions& options, char separator)
      : CorpusBase(std::move(source), options), separator_(separator) {
    if (!read_record()) throw input_error("{}: no sentences", name());
    header_ = record_;
    for (std::string& column : header_) column = trimmed(column);
    find_text(options);
    std::vector<std::string> sets;
    for (std::size_t c = 0; c < header_.size(); ++c) {
      if (c == text_ || c == second_ || header_[c].empty()) continue;
      if (std::find(sets.begin(), sets.end(), header_[c]) != sets.end())
        throw input_error("{}:1: two columns '{}'", name(), header_[c]);
      sets.push_back(header_[c]);
      labels_.push_back(c);
    }
    set_label_sets({}, std::move(sets));
  }

 protected:
  void restart() override { read_record(); }

  bool read(Sentence& sentence) override {
    while (read_record()) {
      if (record_.size() == 1 && record_[0].empty()) {
        skip();
        continue;
      }
      if (record_.size() != header_.size())
        throw input_error("{}:{}: {} fields, but the header has {}", name(), first_line_, record_.size(),
                          header_.size());
      sentence.text = trimmed(record_[text_]);
      sentence.second = second_ == none ? "" : trimmed(record_[second_]);
      if (sentence.text.empty() || (second_ != none && sentence.second.empty())) {
        skip();
        continue;
      }
      sentence.words = split_words(sentence.text);
      for (const std::size_t c : labels_) sentence.sentence_labels.push_back(trimmed(record_[c]));
      sentence.line = first_line_;
      return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::size_t find(const std::string& column) const {
    for (std::size_t c = 0; c < header_.size(); ++c)
      if (lower(header_[c]) == lower(column)) return c;
    return none;
  }

  std::size_t asked(const std::string& column) const {
    const std::size_t c = find(column);
    if (c == none) throw input_error("{}: no column '{}'{}", name(), column, did_you_mean(column, header_));
    return c;
  }

  void find_text(const CorpusOptions& options) {
    if (!options.text_column.empty()) {
      text_ = asked(options.text_column);
    } else {
      for (const TextNames& names : text_names) {
        const std::size_t text = find(names.text), second = *names.second == '\0' ? none : find(names.second);
        if (text == none || (*names.second != '\0' && second == none)) continue;
        text_ = text;
        second_ = second;
        break;
      }
      if (text_ == none)
        throw input_error("{}: which column is the text? It has {}; name it with --text-column", name(),
                          fmt::join(header_, ", "));
    }
    if (!options.second_column.empty()) second_ = asked(options.second_column);
    if (second_ == text_) throw usage_error("{}: one column cannot be both texts of a pair", name());
  }

  bool read_record() {
    record_.clear();
    if (!lines().next(line_)) return false;
    first_line_ = lines().number();
    for (std::size_t at = 0;;) {
      record_.emplace_back();
      at = !line_.empty() && at < line_.size() && line_[at] == '"' ? quoted_field(at) : plain_field(at);
      if (at == line_.size()) return true;
      ++at;  // the separator
    }
  }

  std::size_t plain_field(std::size_t begin) {
    const std::size_t end = std::min(line_.find(separator_, begin), line_.size());
    record_.back() = line_.substr(begin, end - begin);
    return end;
  }

  std::size_t quoted_field(std::size_t begin) {
    std::string& field = record_.back();
    std::size_t at = begin + 1;
    for (;;) {
      const std::size_t quote = line_.find('"', at);
      if (quote == std::string::npos) {
        if (separator_ == '\t') return plain_field(begin);
        field.append(line_, at);
        field += '\n';
        if (!lines().next(line_))
          throw input_error("{}:{}: a quote that opens here is never closed", name(), first_line_);
        at = 0;
        continue;
      }
      field.append(line_, at, quote - at);
      at = quote + 1;
      if (at < line_.size() && line_[at] == '"') {
        field += '"';
        ++at;
        continue;
      }
      if (at == line_.size() || line_[at] == separator_) return at;
      if (separator_ == '\t') return plain_field(begin);
      throw input_error("{}: text after a closing quote", lines().where());
    }
  }

  char separator_;
  std::vector<std::string> header_, record_;
  std::string line_;
  std::int64_t first_line_ = 0;
  std::size_t text_ = none, second_ = none;
  std::vector<std::size_t> labels_;
};

}  // namespace

std::unique_ptr<CorpusReader> open_separated(CorpusSource source, const CorpusOptions& options,
                                             char separator) {
  return std::make_unique<SeparatedCorpus>(std::move(source), options, separator);
}

}  // namespace neurox::io
