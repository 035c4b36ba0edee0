#include "neurox/io/corpus.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <fstream>

#include "neurox/core/hash.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;

/// A file of this name and content, compressed where the name says so.
std::string file(const TempFolder& folder, const std::string& name, const std::string& content) {
  const std::string path = (folder / name).string();
  if (path.ends_with(".gz")) {
    gzFile out = gzopen(path.c_str(), "wb");
    gzwrite(out, content.data(), static_cast<unsigned>(content.size()));
    gzclose(out);
  } else {
    std::ofstream(path, std::ios::binary) << content;
  }
  return path;
}

std::vector<Sentence> all(CorpusReader& corpus) {
  std::vector<Sentence> sentences;
  while (auto sentence = corpus.next()) sentences.push_back(std::move(*sentence));
  return sentences;
}
std::vector<Sentence> all(const std::string& path, const CorpusOptions& options = {}) {
  return all(*CorpusReader::open(path, options));
}

std::vector<std::string> words(const Sentence& sentence) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < sentence.words.size(); ++i) out.emplace_back(sentence.word(i));
  return out;
}

std::string word_line(int id, const std::string& form, const std::string& upos,
                      const std::string& feats = "_") {
  return fmt::format("{}\t{}\tl{}\t{}\t_\t{}\t{}\tdep\t_\t_\n", id, form, id, upos, feats, id - 1);
}

TEST(Corpus, PlainTextIsOneSentenceALine) {
  TempFolder folder;
  const auto corpus = CorpusReader::open(file(folder, "a.txt",
                                              "\xEF\xBB\xBFOne  two\tthree \r\n\n  caf\xC3\xA9\xC2\xA0"
                                              "au lait\rlast"));
  const auto sentences = all(*corpus);
  ASSERT_EQ(sentences.size(), 3U);
  EXPECT_EQ(sentences[0].text, "One  two\tthree");
  EXPECT_THAT(words(sentences[0]), ElementsAre("One", "two", "three"));
  EXPECT_EQ(sentences[0].line, 1);
  EXPECT_THAT(words(sentences[1]), ElementsAre("caf\xC3\xA9", "au", "lait"));
  EXPECT_EQ(sentences[1].line, 3);
  EXPECT_EQ(sentences[2].text, "last");
  EXPECT_EQ(corpus->skipped(), 1);
  EXPECT_TRUE(corpus->word_label_sets().empty());
}

TEST(Corpus, ReadsCompressedFilesAndFromTheBeginningAgain) {
  TempFolder folder;
  const std::string path = file(folder, "a.txt.gz", "a b\nc\n");
  const auto corpus = CorpusReader::open(path);
  EXPECT_EQ(all(*corpus).size(), 2U);
  corpus->rewind();
  EXPECT_EQ(all(*corpus)[0].text, "a b");
  EXPECT_EQ(corpus->sha256(), sha256_file(path));
}

TEST(Corpus, CompressedDataThatEndsEarlyIsRefused) {
  TempFolder folder;
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string path = file(folder, "a.txt.gz", text);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_THAT(refusal([&] { all(path); }), HasSubstr("the compressed data ends early"));
}

TEST(Corpus, TheLimitCountsSentences) {
  TempFolder folder;
  EXPECT_EQ(all(file(folder, "a.txt", "a\n\nb\nc\n"), {.limit = 2}).size(), 2U);
}

TEST(Corpus, AnEmptyCorpusIsRefused) {
  TempFolder folder;
  for (const char* name : {"a.txt", "a.conllu", "a.csv", "a.word"}) {
    const std::string path = file(folder, name, "\n\n");
    EXPECT_THAT(refusal([&] { all(path); }),
                ::testing::AnyOf(path + ": no sentences", HasSubstr("which column is the text?")));
  }
  EXPECT_EQ(refusal([&] { all(file(folder, "b.csv", "text,label\n")); }),
            (folder / "b.csv").string() + ": no sentences");
}

TEST(Corpus, BadBytesAreNamedByLineAndByte) {
  TempFolder folder;
  const std::string path = file(folder, "a.txt", "fine\nca\xC3\xA9 \xFFx\n");
  EXPECT_EQ(refusal([&] { all(path); }), path + ":2: invalid UTF-8 at byte 6 of the line");
  const std::string wide = file(folder, "b.txt", std::string("a\0b\0", 4));
  EXPECT_EQ(refusal([&] { all(wide); }), wide + ":1: a NUL byte; is it text, and in UTF-8?");
}

TEST(Corpus, ConlluWordsAreTheSyntacticOnes) {
  TempFolder folder;
  const auto corpus = CorpusReader::open(file(
      folder, "a.conllu",
      "# sent_id = 1\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n" +
          word_line(1, "do", "AUX", "Mood=Ind|Tense=Pres") + word_line(2, "n't", "PART") +
          "2.1\tgap\t_\t_\t_\t_\t_\t_\t_\t_\n" +
          "3\t_\t_\tSYM\tNN\tNumber=Sing\t1\tdep\t_\t_\n\n# only a comment\n\n" + word_line(1, "End", "_")));
  EXPECT_THAT(corpus->word_label_sets(), ElementsAre("lemma", "upos", "xpos", "feats", "head", "deprel",
                                                     "feats.Mood", "feats.Number", "feats.Tense"));
  const auto sentences = all(*corpus);
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_EQ(sentences[0].text, "do n't _");
  EXPECT_THAT(words(sentences[0]), ElementsAre("do", "n't", "_"));
  EXPECT_THAT(sentences[0].word_labels[0], ElementsAre("l1", "l2", "_"));  // the lemma of _ is _
  EXPECT_THAT(sentences[0].word_labels[1], ElementsAre("AUX", "PART", "SYM"));
  EXPECT_THAT(sentences[0].word_labels[2], ElementsAre("", "", "NN"));
  EXPECT_THAT(sentences[0].word_labels[6], ElementsAre("Ind", "", ""));
  EXPECT_THAT(sentences[0].word_labels[7], ElementsAre("", "", "Sing"));
  EXPECT_EQ(sentences[0].line, 1);
  EXPECT_EQ(sentences[1].line, 10);
  EXPECT_THAT(sentences[1].word_labels[1], ElementsAre(""));
  EXPECT_EQ(corpus->skipped(), 1);
}

TEST(Corpus, MalformedConlluIsNamedByLine) {
  TempFolder folder;
  const std::string path = (folder / "a.conllu").string();
  const auto message = [&](const std::string& content) {
    file(folder, "a.conllu", content);
    return refusal([&] { all(path); });
  };
  EXPECT_EQ(message("1\ta\n"), path + ":1: 2 tab-separated columns, CoNLL-U has 10");
  EXPECT_EQ(message(word_line(1, "a", "X") + word_line(3, "b", "X")),
            path + ":2: word id 3 follows 1; is an empty line missing?");
  EXPECT_EQ(message("x\ta\t_\t_\t_\t_\t_\t_\t_\t_\n"), path + ":1: 'x' is no word id");
  EXPECT_EQ(message(word_line(1, "", "X")), path + ":1: a word without a form");
}

TEST(Corpus, ParallelFilesGiveTheirLabels) {
  TempFolder folder;
  const std::string path = file(folder, "a.word", "The dog\n\nruns\n");
  file(folder, "a.label", "DT  NN\n\nVB\n");
  const auto corpus = CorpusReader::open(path);
  EXPECT_THAT(corpus->word_label_sets(), ElementsAre("label"));
  const auto sentences = all(*corpus);
  EXPECT_THAT(sentences[0].word_labels, ElementsAre(ElementsAre("DT", "NN")));
  EXPECT_THAT(sentences[1].word_labels, ElementsAre(ElementsAre("VB")));
}

TEST(Corpus, LabelsThatDoNotMatchTheWordsAreNamedByLine) {
  TempFolder folder;
  const std::string path = file(folder, "a.word", "The dog\nruns\n"), labels = (folder / "a.label").string();
  file(folder, "a.label", "DT NN\nVB RB\n");
  EXPECT_EQ(refusal([&] { all(path); }), labels + ":2: 2 labels but 1 words in line 2 of " + path);
  file(folder, "a.label", "DT NN\n");
  EXPECT_EQ(refusal([&] { all(path); }), labels + ": ends after 1 lines, but " + path + " goes on at line 2");
  file(folder, "a.label", "DT NN\nVB\nX\n");
  EXPECT_EQ(refusal([&] { all(path); }), labels + ":3: labels, but " + path + " has ended");
}

TEST(Corpus, LabelFilesGoWithAnyFormat) {
  TempFolder folder;
  const std::string path = file(folder, "a.conllu", word_line(1, "a", "X") + "\n"),
                    labels = file(folder, "more.txt", "yes\n");
  const auto corpus = CorpusReader::open(path, {.label_files = {{"mine", labels}}});
  EXPECT_EQ(corpus->word_label_sets().back(), "mine");
  EXPECT_THAT(all(*corpus)[0].word_labels.back(), ElementsAre("yes"));
  EXPECT_EQ(refusal([&] {
              CorpusReader::open(path, {.label_files = {{"upos", labels}}});
            }),
            labels + ": the corpus has labels 'upos' already; give these another name");
}

TEST(Corpus, TablesNameTheirTextAndEveryOtherColumnIsALabel) {
  TempFolder folder;
  const auto corpus = CorpusReader::open(file(folder, "a.csv",
                                              "label,Sentence,source\n1,\"He said \"\"no\"\", twice.\",x\n"
                                              "0,\"two\nlines\",\n,,\n1,plain,y\n"));
  EXPECT_THAT(corpus->sentence_label_sets(), ElementsAre("label", "source"));
  const auto sentences = all(*corpus);
  ASSERT_EQ(sentences.size(), 3U);
  EXPECT_EQ(sentences[0].text, "He said \"no\", twice.");
  EXPECT_THAT(sentences[0].sentence_labels, ElementsAre("1", "x"));
  EXPECT_EQ(sentences[1].text, "two\nlines");
  EXPECT_THAT(sentences[1].sentence_labels, ElementsAre("0", ""));
  EXPECT_EQ(sentences[2].line, 6);
  EXPECT_EQ(corpus->skipped(), 1);
}

TEST(Corpus, PairsOfTexts) {
  TempFolder folder;
  const auto sentences = all(file(folder, "a.tsv", "hypothesis\tpremise\tlabel\nh\tp q\tentailment\n"));
  EXPECT_EQ(sentences[0].text, "p q");
  EXPECT_EQ(sentences[0].second, "h");
  EXPECT_THAT(sentences[0].sentence_labels, ElementsAre("entailment"));
  const auto chosen = all(file(folder, "b.csv", "a,b\nx,y\n"), {.text_column = "b", .second_column = "a"});
  EXPECT_EQ(chosen[0].text + "|" + chosen[0].second, "y|x");
}

TEST(Corpus, BareQuotesInTabSeparatedFilesStay) {
  TempFolder folder;
  const auto sentences =
      all(file(folder, "a.tsv", "text\tn\n\"it 's\t1\n\"whole\"\t2\n\"a\" b\t3\n\"x \"\"y\"\"\"\t4\n"));
  EXPECT_EQ(sentences[0].text, "\"it 's");
  EXPECT_EQ(sentences[1].text, "whole");
  EXPECT_EQ(sentences[2].text, "\"a\" b");
  EXPECT_EQ(sentences[3].text, "x \"y\"");
}

TEST(Corpus, MalformedTablesAreNamedByLine) {
  TempFolder folder;
  const std::string path = (folder / "a.csv").string();
  const auto message = [&](const std::string& content, const CorpusOptions& options = {}) {
    file(folder, "a.csv", content);
    return refusal([&] { all(path, options); });
  };
  EXPECT_EQ(message("text,label\na\n"), path + ":2: 1 fields, but the header has 2");
  EXPECT_EQ(message("text\n\"a\n"), path + ":2: a quote that opens here is never closed");
  EXPECT_EQ(message("text\n\"a\"b\n"), path + ":2: text after a closing quote");
  EXPECT_EQ(message("x,y\na,b\n"),
            path + ": which column is the text? It has x, y; name it with --text-column");
  EXPECT_EQ(message("sentense,y\na,b\n", {.text_column = "sentence"}),
            path + ": no column 'sentence' (did you mean 'sentense'?)");
  EXPECT_EQ(message("text,y,y\na,b,c\n"), path + ":1: two columns 'y'");
}

TEST(Corpus, FormatsThatAreNotKnownAreRefused) {
  TempFolder folder;
  EXPECT_THAT(refusal([&] { CorpusReader::open("x", {.format = "conlu"}); }),
              HasSubstr("did you mean 'conllu'?"));
  EXPECT_EQ(refusal([&] { CorpusReader::open((folder / "no.txt").string()); }),
            (folder / "no.txt").string() + ": no such file");
}

TEST(Corpus, EnglishWebTreebankIsReadWhole) {
  NEUROX_NEED(path, testing::shared("data/ud-ewt/en_ewt-ud-train.conllu.gz"));
  const auto corpus = CorpusReader::open(path.string());
  std::int64_t sentences = 0, words = 0;
  while (const auto sentence = corpus->next()) {
    ++sentences;
    words += static_cast<std::int64_t>(sentence->words.size());
  }
  EXPECT_EQ(sentences, 12544);
  EXPECT_EQ(words, 204577);
}

}  // namespace
}  // namespace neurox::io
