#include "neurox/rank/corpus_scores.h"

#include <cmath>
#include <map>

#include "neurox/core/random.h"
#include "neurox/rank/selectivity.h"
#include "neurox/rank/word_change.h"
#include "support.h"

namespace neurox {
namespace {

using testing::refusal;

/// the(0) cat(1) sat(2) | the(0) cat(1) ran(3): rows 0-2 and 4-6, row 3 is a special token.
struct TwoSentences {
  std::vector<std::int64_t> rows{0, 1, 2, 4, 5, 6};
  std::vector<int> words{0, 1, 2, 0, 1, 3};
  std::vector<std::int32_t> sentences{0, 0, 0, 1, 1, 1};
  CorpusTokens tokens() const { return {rows, words, sentences}; }
};

MatrixRows column(const std::vector<float>& values) {
  MatrixF X(static_cast<Index>(values.size()), 1);
  for (std::size_t i = 0; i < values.size(); ++i) X(static_cast<Index>(i), 0) = values[i];
  return MatrixRows(std::move(X));
}

TEST(CorpusUnits, AnNgramEndsAtItsTokenAndStaysInItsSentence) {
  const TwoSentences text;
  const CorpusUnits pairs = ngram_units(text.tokens(), 2, 1);
  // the cat, cat sat, the cat, cat ran
  EXPECT_EQ(pairs.type, (std::vector<std::int32_t>{-1, 0, 1, -1, 0, 2}));
  EXPECT_EQ(pairs.count, (std::vector<std::int64_t>{2, 1, 1}));
  EXPECT_EQ(pairs.sample, (std::vector<std::int64_t>{1, 2, 5}));
  EXPECT_EQ(pairs.kind, "2 words");
  EXPECT_EQ(ngram_units(text.tokens(), 3, 1).count, (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(ngram_units(text.tokens(), 4, 1).count.size(), 0U);
}

TEST(CorpusUnits, RareTypesAreLeftOut) {
  const TwoSentences text;
  const CorpusUnits words = ngram_units(text.tokens(), 1, 2);
  EXPECT_EQ(words.type, (std::vector<std::int32_t>{0, 1, -1, 0, 1, -1}));
  EXPECT_EQ(words.count, (std::vector<std::int64_t>{2, 2}));
}

TEST(CorpusUnits, AMissingRowBreaksAnNgram) {
  TwoSentences text;
  text.rows = {0, 2, 3, 4, 5, 6};
  EXPECT_EQ(ngram_units(text.tokens(), 2, 1).type, (std::vector<std::int32_t>{-1, -1, 0, -1, 1, 2}));
}

TEST(CorpusUnits, RefuseWhatDoesNotFit) {
  TwoSentences text;
  EXPECT_EQ(refusal([&] { ngram_units(text.tokens(), 0, 1); }), "n-grams of 0 words; n is at least 1");
  text.sentences.pop_back();
  EXPECT_EQ(refusal([&] { sentence_units(text.tokens()); }),
            "corpus: 6 rows, 6 words and 5 sentence numbers; there is one of each per token");
}

TEST(CorpusScores, OfOneNeuronByHand) {
  // Values 4 0 2 | 2 0 -2: mean 1, deviations 3 -1 1 1 -1 -3, variance 22/6.
  const TwoSentences text;
  const MatrixRows X = column({4, 0, 2, 2, 0, -2});
  const std::vector<CorpusUnits> words{ngram_units(text.tokens(), 1, 1)};
  const double sd = std::sqrt(22.0 / 6);
  const auto high = score_units({X}, words, UnitOrder::Height, 2, {});
  ASSERT_EQ(high[0].size(), 2U);
  EXPECT_EQ(high[0][0].type, 0);  // the: mean 3
  EXPECT_DOUBLE_EQ(high[0][0].mean, 3);
  EXPECT_DOUBLE_EQ(high[0][0].z, 2 / sd);
  EXPECT_DOUBLE_EQ(high[0][0].distance, 2 / sd);
  EXPECT_EQ(high[0][1].type, 2);  // sat: mean 2
  const auto far = score_units({X}, words, UnitOrder::Distance, 4, {});
  EXPECT_EQ(far[0][0].type, 3);  // ran: 3 below the mean
  EXPECT_DOUBLE_EQ(far[0][0].distance, 3 / sd);
  EXPECT_DOUBLE_EQ(far[0][0].z, -3 / sd);
  EXPECT_EQ(far[0][1].type, 0);
}

TEST(CorpusScores, OfSentencesAreTheirMeans) {
  const TwoSentences text;
  const MatrixRows X = column({4, 0, 2, 2, 0, -2});
  const std::vector<CorpusUnits> units{sentence_units(text.tokens())};
  const auto found = score_units({X}, units, UnitOrder::Height, 9, {});
  ASSERT_EQ(found[0].size(), 2U);
  EXPECT_EQ(found[0][0].type, 0);
  EXPECT_DOUBLE_EQ(found[0][0].mean, 2);
  EXPECT_DOUBLE_EQ(found[0][1].mean, 0);
}

TEST(CorpusScores, DoNotChangeWithScaleAndShiftAndAConstantNeuronHasNone) {
  const TwoSentences text;
  MatrixF X(6, 3);
  X.col(0) << 4, 0, 2, 2, 0, -2;
  X.col(1) = (X.col(0).array() * 4 - 8).matrix();
  X.col(2).setConstant(3);
  const MatrixRows rows(X);
  const std::vector<CorpusUnits> units{ngram_units(text.tokens(), 1, 1), ngram_units(text.tokens(), 2, 1)};
  const auto found = score_units({rows}, units, UnitOrder::Distance, 3, {});
  ASSERT_EQ(found[0].size(), 6U);
  ASSERT_EQ(found[1].size(), 6U);
  EXPECT_TRUE(found[2].empty());
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(found[0][i].kind, i / 3);
    EXPECT_EQ(found[0][i].type, found[1][i].type);
    EXPECT_NEAR(found[0][i].z, found[1][i].z, 1e-12);
    EXPECT_NEAR(found[0][i].distance, found[1][i].distance, 1e-12);
  }
}

TEST(CorpusScores, CountWeightedMeansOfAllTypesGiveTheMeanOfTheNeuron) {
  Random random(7);
  constexpr Index n = 500;
  MatrixF X(n, 4);
  std::vector<std::int64_t> rows;
  std::vector<int> words;
  std::vector<std::int32_t> sentences;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < 4; ++j) X(i, j) = static_cast<float>(random.below(1000));
    rows.push_back(i);
    words.push_back(static_cast<int>(random.below(40)));
    sentences.push_back(static_cast<std::int32_t>(i / 10));
  }
  const MatrixRows source(X);
  const std::vector<CorpusUnits> units{ngram_units({rows, words, sentences}, 1, 1)};
  const auto found = score_units({source}, units, UnitOrder::Height, 1000, {});
  for (Index j = 0; j < 4; ++j) {
    double sum = 0;
    for (const UnitScore& s : found[static_cast<std::size_t>(j)])
      sum += s.z * static_cast<double>(units[0].count[static_cast<std::size_t>(s.type)]);
    EXPECT_NEAR(sum / static_cast<double>(n), 0, 1e-12);
  }
}

TEST(CorpusScores, RefuseTypesOfAnotherCorpus) {
  const TwoSentences text;
  const MatrixRows X = column({1, 2});
  const std::vector<CorpusUnits> units{sentence_units(text.tokens())};
  EXPECT_EQ(refusal([&] { score_units({X}, units, UnitOrder::Height, 1, {}); }),
            "corpus: types of 6 tokens but 2 rows of activations");
}

TEST(Selectivity, ComparesSentencesWithAndWithoutAConcept) {
  // Sentence means 2, 0 of 4 0 2 | 2 0 -2, and a third sentence of one token with -2.
  TwoSentences text;
  text.rows.push_back(8), text.words.push_back(0), text.sentences.push_back(2);
  const MatrixRows X = column({4, 0, 2, 2, 0, -2, -2});
  const std::vector<std::vector<std::int32_t>> concepts{{0}, {1, 2}, {1}, {0, 1, 2}};
  const std::vector<std::vector<std::size_t>> wanted{{0, 1, 2, 3}};
  const auto found = selectivity({X}, sentence_units(text.tokens()), concepts, wanted, {});
  // (2 - -1) / 4; the complement; (0 - 0) / 4; all sentences hold it
  EXPECT_EQ(found[0], (std::vector<double>{0.75, -0.75, 0, 0}));
  EXPECT_EQ(refusal([&] { selectivity({X}, sentence_units(text.tokens()), concepts, {}, {}); }),
            "selectivity: concepts of 0 neurons but there are 1");
}

TEST(WordChange, OfAModelAgainstItselfIsNoneAndOfTheTurnedOneIsFull) {
  const TwoSentences text;
  const CorpusUnits words = ngram_units(text.tokens(), 1, 1);
  const MatrixRows X = column({4, 0, 2, 2, 0, -2}), scaled = column({9, 1, 5, 5, 1, -3}),
                   turned = column({-4, 0, -2, -2, 0, 2});
  const WordChange same = word_changes({X}, {scaled}, words, {}, {}).front();
  EXPECT_NEAR(same.correlation, 1, 1e-12);
  EXPECT_EQ(same.kept, 1);
  EXPECT_NEAR(same.moved.front().after - same.moved.front().before, 0, 1e-6);
  const WordChange other = word_changes({X}, {turned}, words, {2, 1}, {}).front();
  EXPECT_NEAR(other.correlation, -1, 1e-12);
  EXPECT_EQ(other.kept, 1) << "the same words, with the other sign";
  ASSERT_EQ(other.moved.size(), 1U);
  EXPECT_EQ(other.moved[0].type, 3) << "ran, 3 below the mean, is now as far above";
  EXPECT_NEAR(other.moved[0].before, -3 / std::sqrt(22.0 / 6), 1e-12);
  EXPECT_NEAR(other.moved[0].after, 3 / std::sqrt(22.0 / 6), 1e-12);
}

TEST(WordChange, OfAConstantNeuronIsUnknownAndOtherTokensAreRefused) {
  const TwoSentences text;
  const CorpusUnits words = ngram_units(text.tokens(), 1, 1);
  const MatrixRows X = column({4, 0, 2, 2, 0, -2}), flat = column({1, 1, 1, 1, 1, 1}), few = column({1, 2});
  const WordChange change = word_changes({X}, {flat}, words, {}, {}).front();
  EXPECT_TRUE(std::isnan(change.correlation));
  EXPECT_TRUE(change.moved.empty());
  EXPECT_EQ(refusal([&] { word_changes({X}, {few}, words, {}, {}); }),
            "words of two models: 6 tokens x 1 neurons but 2 x 1");
}

}  // namespace
}  // namespace neurox
