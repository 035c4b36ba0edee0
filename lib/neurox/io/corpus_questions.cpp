#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"
#include "neurox/text/json_reader.h"
#include "neurox/text/utf8.h"

namespace neurox::io {
namespace {

using text::JsonValue;

struct Paragraph {
  std::string title, context;
};
struct Question {
  std::string id, text;
  std::size_t paragraph = 0;
  std::vector<Word> answers;  ///< of the context
  bool impossible = false;
};

/// The byte at which each character of a text begins, and its size.
std::vector<std::uint32_t> characters(std::string_view text) {
  std::vector<std::uint32_t> begins;
  for (std::size_t at = 0; at < text.size(); at += text::utf8_length(text[at]))
    begins.push_back(static_cast<std::uint32_t>(at));
  begins.push_back(static_cast<std::uint32_t>(text.size()));
  return begins;
}

/// SQuAD 1.1 and 2.0: data > paragraphs > context, qas > id, question, answers > text, answer_start (in
/// characters). The file is read whole when opened, so that whatever is wrong with it is said at once.
class QuestionCorpus final : public CorpusBase {
 public:
  QuestionCorpus(CorpusSource source, const CorpusOptions& options) : CorpusBase(std::move(source), options) {
    set_label_sets({}, {"impossible", "answer", "title", "id"});
    const nlohmann::json json = parse();
    const JsonValue root(json, name());
    if (!root.has("data"))
      throw input_error(
          "{}: no \"data\"; questions are read in the layout of SQuAD: data > paragraphs > context, qas > "
          "question, answers > text, answer_start (sentences with and without a concept: --format concept)",
          name());
    for (const JsonValue& article : root.at("data").elements()) {
      const auto title = article.find("title");
      for (const JsonValue& paragraph : article.at("paragraphs").elements())
        add_paragraph(paragraph, title ? title->string() : std::string());
    }
  }

 protected:
  void restart() override { next_ = 0; }

  bool read(Sentence& sentence) override {
    for (; next_ < questions_.size(); ++next_) {
      const Question& question = questions_[next_];
      const Paragraph& paragraph = paragraphs_[question.paragraph];
      if (split_words(question.text).empty() || split_words(paragraph.context).empty()) {
        skip();
        continue;
      }
      sentence.text = question.text;
      sentence.words = split_words(sentence.text);
      sentence.second = paragraph.context;
      sentence.answers = question.answers;
      sentence.id = question.id;
      sentence.impossible = question.impossible;
      const std::string answer =
          question.answers.empty()
              ? std::string()
              : paragraph.context.substr(question.answers[0].begin,
                                         question.answers[0].end - question.answers[0].begin);
      sentence.sentence_labels = {question.impossible ? "true" : "false", answer, paragraph.title,
                                  question.id};
      ++next_;
      sentence.line = static_cast<std::int64_t>(next_);
      return true;
    }
    return false;
  }

 private:
  nlohmann::json parse() {
    std::string content, line;
    std::vector<std::size_t> begins;
    while (lines().next(line)) {
      begins.push_back(content.size());
      content += line;
      content += '\n';
    }
    try {
      return nlohmann::json::parse(content);
    } catch (const nlohmann::json::parse_error& e) {
      const std::size_t byte = e.byte == 0 ? 0 : e.byte - 1;
      const auto after = std::upper_bound(begins.begin(), begins.end(), byte);
      if (after == begins.begin()) throw input_error("{}: no JSON; the file is empty", name());
      throw input_error("{}:{}: no JSON at byte {} of the line; is the file complete?", name(),
                        after - begins.begin(), byte - *std::prev(after) + 1);
    }
  }

  void add_paragraph(const JsonValue& json, std::string title) {
    paragraphs_.push_back({std::move(title), json.at("context").string()});
    const std::vector<std::uint32_t> begins = characters(paragraphs_.back().context);
    const JsonValue list = json.at("qas");
    const std::vector<JsonValue> questions = list.elements();
    for (const JsonValue& question : questions) add_question(question, begins);
  }

  void add_question(const JsonValue& json, const std::vector<std::uint32_t>& begins) {
    Question question;
    question.paragraph = paragraphs_.size() - 1;
    question.text = json.at("question").string();
    const auto id = json.find("id");
    question.id = !id               ? fmt::format("{} of the file", questions_.size() + 1)
                  : id->is_string() ? id->string()
                                    : std::to_string(id->natural());
    question.impossible = json.boolean_or("is_impossible", false);
    const auto answers = json.find("answers");
    if (answers && !question.impossible)
      for (const JsonValue& answer : answers->elements())
        question.answers.push_back(span_of(answer, question, begins));
    questions_.push_back(std::move(question));
  }

  Word span_of(const JsonValue& json, const Question& question, const std::vector<std::uint32_t>& begins) {
    const std::string& context = paragraphs_.back().context;
    const std::string text = json.at("text").string();
    const auto start = static_cast<std::size_t>(json.at("answer_start").natural());
    if (text.empty()) throw input_error("{}: question {}: an answer is empty", name(), question.id);
    const std::size_t length = text::count_code_points(text), size = begins.size() - 1;
    if (start >= size || length > size - start)
      throw input_error(
          "{}: question {}: answer_start {} and {} characters of answer lie outside the context of {} "
          "characters",
          name(), question.id, start, length, size);
    const Word span{begins[start], begins[start + length]};
    const std::string found = context.substr(span.begin, span.end - span.begin);
    if (found != text)
      throw input_error(
          "{}: question {}: at answer_start {} the context has '{}', not the answer '{}'; offsets count "
          "characters",
          name(), question.id, start, found, text);
    return span;
  }

  std::vector<Paragraph> paragraphs_;
  std::vector<Question> questions_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<CorpusReader> open_questions(CorpusSource source, const CorpusOptions& options) {
  return std::make_unique<QuestionCorpus>(std::move(source), options);
}

}  // namespace neurox::io
