#include <gmock/gmock.h>

#include "neurox/io/corpus.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;
using testing::write_text;

/// The sentences of a corpus of this name and content, with what its label sets are called.
class AnnotatedCorpus : public ::testing::Test {
 protected:
  std::vector<Sentence> read(const std::string& name, const std::string& content,
                             const std::string& format = {}) {
    write_text(folder_ / name, content);
    CorpusOptions options;
    options.format = format;
    const auto corpus = CorpusReader::open((folder_ / name).string(), options);
    sets_ = corpus->word_label_sets();
    sentence_sets_ = corpus->sentence_label_sets();
    std::vector<Sentence> sentences;
    while (auto sentence = corpus->next()) sentences.push_back(std::move(*sentence));
    corpus->rewind();
    EXPECT_EQ(corpus->next()->text, sentences.front().text);
    skipped_ = corpus->skipped();
    return sentences;
  }
  std::vector<std::string> labels(const Sentence& sentence, const std::string& set) const {
    return sentence
        .word_labels[static_cast<std::size_t>(std::find(sets_.begin(), sets_.end(), set) - sets_.begin())];
  }
  TempFolder folder_;
  std::vector<std::string> sets_, sentence_sets_;
  std::int64_t skipped_ = 0;
};

TEST_F(AnnotatedCorpus, ColumnsAreThoseOfTheSharedTask) {
  const auto sentences =
      read("eng.conll",
           "-DOCSTART- -X- -X- O\n\nEU NNP I-NP B-ORG\nrejects VBZ B-VP O\n\n"
           "Peter NNP B-NP B-PER\nBlackburn NNP I-NP I-PER\n\n-DOCSTART- -X- -X- O\n\n. . O O\n");
  ASSERT_EQ(sentences.size(), 3U);
  EXPECT_THAT(sets_, ElementsAre("pos", "chunk", "chunk.type", "ner", "ner.type"));
  EXPECT_EQ(sentences[1].text, "Peter Blackburn");
  EXPECT_EQ(sentences[1].line, 6);
  EXPECT_THAT(labels(sentences[1], "ner"), ElementsAre("B-PER", "I-PER"));
  EXPECT_THAT(labels(sentences[1], "ner.type"), ElementsAre("PER", "PER"));
  EXPECT_THAT(labels(sentences[0], "chunk.type"), ElementsAre("NP", "VP"));
  EXPECT_THAT(labels(sentences[2], "ner.type"), ElementsAre("O"));
}
TEST_F(AnnotatedCorpus, ColumnsMayBeFewerButAlikeInEveryLine) {
  read("two.bio", "EU\tB-ORG\n");
  EXPECT_THAT(sets_, ElementsAre("ner", "ner.type"));
  const std::string path = (folder_ / "bad.conll").string();
  EXPECT_EQ(refusal([&] { read("bad.conll", "EU NNP I-NP B-ORG\nrejects VBZ\n"); }),
            path + ":2: 2 columns, but the first word has 4");
  EXPECT_THAT(refusal([&] { read("bad.conll", "\nEU\n"); }),
              HasSubstr(path + ":2: 1 columns; known are word and ner"));
  EXPECT_THAT(refusal([&] { read("bad.conll", "-DOCSTART- -X-\n\n"); }), HasSubstr("no sentences"));
}

// ( (S (NP-SBJ-1 (DT The) (NN cat)) (VP (VBD sat) (NP (-NONE- *T*)) (PP (IN on) (NP (-LRB- -LRB-) (NNP
// A\/B)))) (. .)) )
TEST_F(AnnotatedCorpus, TreesGiveEachWordItsPhraseAndWhatBeginsAndEndsWithIt) {
  const auto sentences =
      read("wsj.mrg",
           "( (S (NP-SBJ-1 (DT The) (NN cat))\n   (VP (VBD sat) (NP (-NONE- *T*))\n"
           "     (PP (IN on) (NP (-LRB- -LRB-) (NNP A\\/B))))\n   (. .)) )\n(ROOT (NN Word))\n");
  ASSERT_EQ(sentences.size(), 2U);
  const Sentence& tree = sentences[0];
  EXPECT_EQ(tree.text, "The cat sat on ( A/B .");
  EXPECT_EQ(tree.line, 1);
  EXPECT_THAT(labels(tree, "pos"), ElementsAre("DT", "NN", "VBD", "IN", "-LRB-", "NNP", "."));
  EXPECT_THAT(labels(tree, "phrase"), ElementsAre("NP", "NP", "VP", "PP", "NP", "NP", "S"));
  EXPECT_THAT(labels(tree, "begins"), ElementsAre("S", "", "VP", "PP", "NP", "", ""));
  EXPECT_THAT(labels(tree, "ends"), ElementsAre("", "NP", "", "", "", "VP", "S"));
  EXPECT_THAT(labels(tree, "depth"), ElementsAre("2", "2", "2", "3", "4", "4", "1"));
  EXPECT_THAT(labels(sentences[1], "phrase"), ElementsAre(""));
  EXPECT_THAT(labels(sentences[1], "depth"), ElementsAre("0"));
  EXPECT_THAT(labels(tree, "opens"), ElementsAre("S NP", "", "VP", "PP", "NP", "", ""));
  EXPECT_THAT(labels(tree, "closes"), ElementsAre("", "1", "", "", "", "3", "1"));
}
TEST_F(AnnotatedCorpus, TreesThatAreNoneAreRefusedWithTheirLine) {
  const std::string path = (folder_ / "t.ptb").string();
  const auto refused = [&](const std::string& text) { return refusal([&] { read("t.ptb", text); }); };
  EXPECT_EQ(refused("(S (NN a)\n(NN b)\n"), path + ":1: a bracket that opens here is never closed");
  EXPECT_EQ(refused("(S (NN a))\n)"), path + ":2: ')' outside of any tree; are brackets missing?");
  EXPECT_EQ(refused("A sentence"), path + ":1: 'A' outside of any tree; are brackets missing?");
  EXPECT_EQ(refused("(S (NN a) b)"),
            path + ":1: 'b' beside a bracket or word of the same bracket; a word stands alone in its tag");
  EXPECT_EQ(refused("(NN a (X b))"), path + ":1: a bracket with a word and a bracket in it");
  EXPECT_EQ(refused("(S ())"), path + ":1: a bracket with nothing in it");
}
TEST_F(AnnotatedCorpus, ATreeOfTracesAloneIsSkipped) {
  EXPECT_EQ(read("t.trees", "(S (-NONE- *))\n(S (NN a))\n").size(), 1U);
  EXPECT_EQ(skipped_, 1);
}

TEST_F(AnnotatedCorpus, AConceptIsItsPositiveAndThenItsNegativeSentences) {
  const auto sentences = read(
      "c.json", R"({"concept": "x", "sentences": {"positive": ["a b", " "], "negative": ["c"]}})", "concept");
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_THAT(sentence_sets_, ElementsAre("concept"));
  EXPECT_EQ(sentences[0].sentence_labels[0], "positive");
  EXPECT_EQ(sentences[1].sentence_labels[0], "negative");
  EXPECT_EQ(sentences[1].text, "c");
  EXPECT_THAT(
      refusal([&] { read("c.json", R"({"sentences": {"positive": ["a"], "negative": []}})", "concept"); }),
      HasSubstr("$.sentences.negative: no sentence; a concept needs both"));
  EXPECT_THAT(refusal([&] { read("c.json", R"({"data": []})", "concept"); }), HasSubstr("sentences"));
}

TEST_F(AnnotatedCorpus, CommentsOfConlluAreKept) {
  const auto sentences = read(
      "a.conllu", "# newdoc id = d1\n#  sent_id =  d1-1 \n# a remark\n1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n\n");
  EXPECT_THAT(sentences[0].comments, ElementsAre(std::pair<std::string, std::string>("newdoc id", "d1"),
                                                 std::pair<std::string, std::string>("sent_id", "d1-1")));
}

}  // namespace
}  // namespace neurox::io
