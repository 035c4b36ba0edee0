#include <gmock/gmock.h>

#include <fstream>

#include "neurox/io/corpus.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;

std::string questions_file(const TempFolder& folder, const std::string& content,
                           const std::string& name = "q.json") {
  const std::string path = (folder / name).string();
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

/// One paragraph with these questions.
std::string squad(const std::string& context, const std::string& questions) {
  return R"({"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": ")" + context +
         R"(", "qas": [)" + questions + "]}]}]}";
}

std::string said(const TempFolder& folder, const std::string& content) {
  return refusal([&] { CorpusReader::open(questions_file(folder, content)); });
}

TEST(QuestionCorpus, AQuestionComesBeforeItsTextAndItsAnswersAreSpansOfTheText) {
  const TempFolder folder;
  // Offsets count characters: two of one byte and an e with an accent stand before the first answer.
  const auto corpus = CorpusReader::open(questions_file(
      folder, squad("À é Brontë wrote", R"({"id": "a1", "question": " Who wrote? ", "answers": [
{"text": "Brontë", "answer_start": 4}, {"text": "é Brontë", "answer_start": 2}]},
{"question": "When?", "is_impossible": true, "answers": [], "plausible_answers": [{"text": "x", "answer_start": 0}]},
{"id": 7, "question": "What?"})")));
  EXPECT_THAT(corpus->sentence_label_sets(), ElementsAre("impossible", "answer", "title", "id"));
  const auto first = corpus->next(), second = corpus->next(), third = corpus->next();
  ASSERT_TRUE(first && second && third);
  EXPECT_FALSE(corpus->next());
  EXPECT_EQ(first->second, "À é Brontë wrote");
  ASSERT_EQ(first->answers.size(), 2U);
  EXPECT_EQ(first->second.substr(first->answers[0].begin, first->answers[0].end - first->answers[0].begin),
            "Brontë");
  EXPECT_THAT(first->sentence_labels, ElementsAre("false", "Brontë", "T", "a1"));
  EXPECT_EQ(first->words.size(), 2U);
  EXPECT_EQ(first->where("q.json"), "q.json: question a1");
  EXPECT_TRUE(second->impossible);
  EXPECT_TRUE(second->answers.empty());
  EXPECT_EQ(second->where("q.json"), "q.json: question 2 of the file");
  EXPECT_FALSE(third->impossible);
  EXPECT_EQ(third->id, "7");
  corpus->rewind();
  EXPECT_EQ(corpus->next()->id, "a1");
}

TEST(QuestionCorpus, WhatIsWrongIsNamedByItsQuestionOrPlace) {
  const TempFolder folder;
  EXPECT_THAT(
      said(folder, squad("short",
                         R"({"id": "a", "question": "q", "answers": [{"text": "hor", "answer_start": 2}]})")),
      HasSubstr("q.json: question a: at answer_start 2 the context has 'ort', not the answer 'hor'"));
  EXPECT_THAT(
      said(folder, squad("short",
                         R"({"id": "a", "question": "q", "answers": [{"text": "rt!", "answer_start": 3}]})")),
      HasSubstr("question a: answer_start 3 and 3 characters of answer lie outside the context of 5"));
  EXPECT_THAT(said(folder, squad("short", R"({"id": "a", "question": "q", "answers": [{"text": "s"}]})")),
              HasSubstr("$.data[0].paragraphs[0].qas[0].answers[0]: \"answer_start\" is missing"));
  EXPECT_THAT(said(folder, squad("short", R"({"id": "a"})")), HasSubstr("qas[0]: \"question\" is missing"));
  EXPECT_THAT(said(folder, squad("short", R"({"question": 3})")),
              HasSubstr("a string is expected, 3 was found"));
  EXPECT_THAT(said(folder, R"({"rows": []})"),
              HasSubstr("q.json: no \"data\"; questions are read in the layout of SQuAD"));
  EXPECT_THAT(said(folder, "{\"data\": [\n{\"paragraphs\": "), HasSubstr("q.json:2: no JSON at byte"));
  EXPECT_THAT(refusal([&] { CorpusReader::open(questions_file(folder, R"({"data": []})"))->next(); }),
              HasSubstr("no sentences"));
}

TEST(QuestionCorpus, XquadIsReadWhole) {
  NEUROX_NEED(path, testing::shared("data/qa/xquad-en-eval.json"));
  const auto corpus = CorpusReader::open(path.string());
  int questions = 0;
  while (const auto sentence = corpus->next()) {
    ++questions;
    EXPECT_EQ(sentence->answers.size(), 1U);
  }
  EXPECT_EQ(questions, 558);
}

}  // namespace
}  // namespace neurox::io
