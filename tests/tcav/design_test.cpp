#include "neurox/tcav/design.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "neurox/io/corpus.h"
#include "tiny_model.h"

namespace neurox::tcav {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;

class DesignTest : public ::testing::Test {
 protected:
  DesignTest() : tokenizer_(text::Tokenizer::load(testing::tiny_model(folder_))) { reading_.plan = plan_(); }

  /// Lines "PREFIX a", "PREFIX b", ...
  ExampleSet lines(Examples& examples, const std::string& prefix, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += prefix + " " + std::string(1, static_cast<char>('a' + i)) + "\n";
    const auto path = folder_ / (prefix + ".txt");
    testing::write_text(path, text);
    return examples.read(prefix, *io::CorpusReader::open(path.string()));
  }
  static extract::PlanOptions plan_() {
    extract::PlanOptions plan;
    plan.unit = extract::Unit::Sentence;
    plan.max_pieces = 20;
    return plan;
  }

  testing::TempFolder folder_;
  text::Tokenizer tokenizer_;
  ReadOptions reading_;
};

TEST_F(DesignTest, SetsMakeARunEachAndControlsInACircle) {
  Examples examples(tokenizer_, reading_);
  const ExampleSet c = lines(examples, "c", 12), d = lines(examples, "d", 10);
  const std::vector<ExampleSet> random{lines(examples, "x", 10), lines(examples, "y", 11),
                                       lines(examples, "z", 12)};
  Design design(examples, {});
  design.against_sets(c, random);
  design.against_sets(d, random);
  ASSERT_EQ(design.tasks().size(), 9U);  // 3 controls once, 3 runs for each concept
  EXPECT_EQ(design.comparisons()[0].controls, design.comparisons()[1].controls);
  const VectorTask& run = design.tasks()[design.comparisons()[0].runs[1]];
  EXPECT_EQ(run.examples.size(), 11U);  // both sides of the size of the smaller
  EXPECT_EQ(run.counterpart, random[1].examples);
  const VectorTask& control = design.tasks()[design.comparisons()[0].controls[2]];
  EXPECT_EQ(control.examples.size(), 10U);
  EXPECT_EQ(control.counterpart, random[0].examples);
}
TEST_F(DesignTest, DrawsAreTwoSeparateSetsOfOthersForEveryRunAndTheSameAgain) {
  Examples examples(tokenizer_, reading_);
  const ExampleSet c = lines(examples, "c", 10), pool = lines(examples, "x", 26);
  DesignOptions options;
  options.runs = 4;
  Design design(examples, options), again(examples, options);
  design.against_draws(c, pool);
  again.against_draws(c, pool);
  for (std::size_t i = 0; i < 4; ++i) {
    const VectorTask& run = design.tasks()[design.comparisons()[0].runs[i]];
    const VectorTask& control = design.tasks()[design.comparisons()[0].controls[i]];
    EXPECT_EQ(std::set<Index>(run.counterpart.begin(), run.counterpart.end()),
              std::set<Index>(control.counterpart.begin(), control.counterpart.end()));
    for (const Index x : control.examples)
      EXPECT_EQ(std::count(control.counterpart.begin(), control.counterpart.end(), x), 0);
    EXPECT_EQ(again.tasks()[again.comparisons()[0].runs[i]].counterpart, run.counterpart);
  }
  EXPECT_NE(design.tasks()[0].counterpart, design.tasks()[2].counterpart);
}
TEST_F(DesignTest, RelativeVectorsSetAConceptAgainstAnother) {
  Examples examples(tokenizer_, reading_);
  const ExampleSet c = lines(examples, "c", 10), d = lines(examples, "d", 10),
                   pool = lines(examples, "x", 26);
  DesignOptions options;
  options.runs = 3;
  Design design(examples, options);
  design.against_draws(c, pool);
  design.against_concept(c, d);
  const Comparison& relative = design.comparisons()[1];
  EXPECT_EQ(relative.against, "d");
  EXPECT_TRUE(relative.resampled);
  EXPECT_EQ(relative.controls, design.comparisons()[0].controls);
  ASSERT_EQ(relative.runs.size(), 3U);
  EXPECT_EQ(design.tasks()[relative.runs[0]].counterpart, d.examples);
  EXPECT_NE(design.tasks()[relative.runs[0]].seed, design.tasks()[relative.runs[1]].seed);
}
TEST_F(DesignTest, RefusesWhatCannotBeTested) {
  Examples examples(tokenizer_, reading_);
  const ExampleSet c = lines(examples, "c", 12), few = lines(examples, "f", 3);
  const std::vector<ExampleSet> random{lines(examples, "x", 10), lines(examples, "y", 11),
                                       lines(examples, "z", 12)};
  Design design(examples, {});
  EXPECT_THAT(refusal([&] { design.against_sets(few, random); }),
              HasSubstr("concept 'f' has 3 examples but at least 10 are needed"));
  EXPECT_THAT(refusal([&] { design.against_sets(c, std::span(random).first(2)); }),
              HasSubstr("2 random sets: a score has to be held against several random vectors"));
  const std::vector<ExampleSet> with_itself{random[0], lines(examples, "c", 12), random[1]};
  EXPECT_THAT(refusal([&] { design.against_sets(c, with_itself); }),
              HasSubstr("concept 'c' equals its counterpart"));
  const std::vector<ExampleSet> twice{random[0], random[0], random[1]};
  EXPECT_THAT(refusal([&] { design.against_sets(c, twice); }), HasSubstr("hold the same texts"));
  DesignOptions more;
  more.runs = 9;
  EXPECT_THAT(refusal([&] { Design(examples, more).against_sets(c, random); }),
              HasSubstr("9 runs with 3 random sets"));
  EXPECT_THAT(refusal([&] { Design(examples, more).against_draws(c, pool_without_texts(examples, c, c)); }),
              HasSubstr("is the concept its own counterpart?"));
  EXPECT_THAT(refusal([&] { design.against_draws(c, random[0]); }),
              HasSubstr("0 runs: a test needs at least 2"));
  EXPECT_THAT(refusal([&] { design.against_concept(c, lines(examples, "c", 12)); }),
              HasSubstr("concept 'c' equals its counterpart"));
}
TEST_F(DesignTest, DroppedWordsLeaveTheTextsAndEmptyOnesAreLeftOut) {
  reading_.dropped_words = {"pad"};
  Examples examples(tokenizer_, reading_);
  testing::write_text(folder_ / "c.txt", "pad a  pad b\npad\nc pad\n");
  const ExampleSet set = examples.read("c", *io::CorpusReader::open((folder_ / "c.txt").string()));
  EXPECT_THAT(examples.texts(set), ElementsAre("a b", "c"));
}
TEST_F(DesignTest, LabelledWordsAreSampledWithOthersBesideThem) {
  reading_.plan.unit = extract::Unit::Word;
  reading_.most = 5;
  Examples examples(tokenizer_, reading_);
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += fmt::format("1\t{0}\t{0}\t{1}\t_\t_\t0\troot\t_\t_\n2\tz\tz\tX\t_\t_\t0\troot\t_\t_\n\n",
                        static_cast<char>('a' + i), i % 2 == 0 ? "ADJ" : "NOUN");
  testing::write_text(folder_ / "t.conllu", text);
  const auto corpus = io::CorpusReader::open((folder_ / "t.conllu").string());
  const auto sets = examples.read_labels(*corpus, "upos", {"ADJ"}, 30);
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].examples.size(), 5U);
  for (const Index i : sets[0].examples) EXPECT_EQ(examples.label_of(i), "ADJ");
  EXPECT_EQ(sets[1].examples.size(), 30U);
  for (const Index i : pool_without_label(examples, sets[1], "ADJ").examples)
    EXPECT_NE(examples.label_of(i), "ADJ");
  corpus->rewind();
  EXPECT_THAT(refusal([&] { examples.read_labels(*corpus, "upos", {"ADG"}, 30); }),
              HasSubstr("no word has upos=ADG (did you mean 'ADJ'?)"));
  EXPECT_THAT(refusal([&] { examples.read_labels(*corpus, "upso", {"ADJ"}, 30); }),
              HasSubstr("no word labels 'upso' (did you mean 'upos'?)"));
}

}  // namespace
}  // namespace neurox::tcav
