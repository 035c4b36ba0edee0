#include "neurox/report/contexts.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;

/// Reads only by bands, as a file does.
class Streamed final : public RowSource {
 public:
  explicit Streamed(const MatrixF& X) : X_(X) {}
  Index rows() const override { return X_.rows(); }
  Index cols() const override { return X_.cols(); }
  void read(Index first, MatrixFOut out) const override { out = X_.middleRows(first, out.rows()); }

 private:
  const MatrixF& X_;
};

// Two neurons on 3 sentences: (the cat) (a cat the) (dog). Row 2 is skipped.
struct Example {
  MatrixF X{{1, 0}, {5, -1}, {100, 100}, {0, 2}, {4, 2}, {2, 3}, {3, -3}};
  std::vector<std::int32_t> sentence{0, 0, 0, 1, 1, 1, 2}, word{0, 1, 4, 2, 1, 0, 3};
  std::vector<std::uint8_t> skip{0, 0, 1, 0, 0, 0, 0};
  ContextOptions options;
  Example() { options.contexts = 2, options.min_count = 2, options.bins = 5; }
  std::vector<NeuronContexts> collect() const {
    return collect_contexts(MatrixRows(X), {sentence, word, skip}, options);
  }
};

TEST(Contexts, OfAHandComputedExample) {
  const auto c = Example().collect();
  ASSERT_EQ(c.size(), 2U);
  // Neuron 0 is 1 5 0 4 2 3: mean 15/6, variance (2.25 + 6.25 + 6.25 + 2.25 + .25 + .25) / 6.
  EXPECT_EQ(c[0].rows, 6);
  EXPECT_DOUBLE_EQ(c[0].mean, 2.5);
  EXPECT_DOUBLE_EQ(c[0].variance, 17.5 / 6);
  EXPECT_EQ(c[0].min, 0);
  EXPECT_EQ(c[0].max, 5);
  EXPECT_THAT(c[0].histogram, ElementsAre(1, 1, 1, 1, 2));
  // `cat` is 5 and 4, `the` 1 and 2; words that occur once do not count.
  ASSERT_EQ(c[0].high_words.size(), 1U);
  EXPECT_EQ(c[0].high_words[0].word, 1);
  EXPECT_EQ(c[0].high_words[0].count, 2);
  EXPECT_DOUBLE_EQ(c[0].high_words[0].mean, 4.5);
  EXPECT_DOUBLE_EQ(c[0].high_words[0].z, 2 / std::sqrt(17.5 / 6));
  ASSERT_EQ(c[0].low_words.size(), 1U);
  EXPECT_EQ(c[0].low_words[0].word, 0);
}

TEST(Contexts, TopAndBottomHoldOneRowPerSentence) {
  const auto c = Example().collect();
  ASSERT_EQ(c[0].top.size(), 2U);
  EXPECT_EQ(c[0].top[0].row, 1);
  EXPECT_EQ(c[0].top[1].row, 4);
  EXPECT_EQ(c[0].bottom[0].row, 3);
  EXPECT_EQ(c[0].bottom[1].row, 0);
  EXPECT_EQ(c[1].bottom[0].row, 6);
  EXPECT_EQ(c[1].bottom[0].value, -3);
}

TEST(Contexts, OnTiesTheEarlierRowComesFirst) {
  Example e;
  e.X.col(0).setConstant(1);
  const auto c = e.collect();
  EXPECT_EQ(c[0].top[0].row, 0);
  EXPECT_EQ(c[0].top[1].row, 3);
  EXPECT_TRUE(c[0].histogram.empty());
  EXPECT_TRUE(c[0].high_words.empty());
}

TEST(Contexts, RandomRowsAreTheSameForEveryNeuronAndDependOnTheSeed) {
  const Index n = 3000;
  MatrixF X = MatrixF::Random(n, 2);
  std::vector<std::int32_t> sentence, word(static_cast<std::size_t>(n), -1);
  for (Index i = 0; i < n; ++i) sentence.push_back(static_cast<std::int32_t>(i / 10));
  ContextOptions options;
  const auto rows = [&](std::uint64_t seed, std::size_t neuron) {
    options.seed = seed;
    std::vector<std::int64_t> out;
    const auto found = collect_contexts(MatrixRows(X), {sentence, word, {}}, options);
    for (const RowValue& r : found[neuron].random) {
      EXPECT_EQ(r.value, X(r.row, static_cast<Index>(neuron)));
      out.push_back(r.row);
    }
    return out;
  };
  EXPECT_EQ(rows(1, 0), rows(1, 1));
  EXPECT_EQ(rows(1, 0), rows(1, 0));
  EXPECT_NE(rows(1, 0), rows(2, 0));
  EXPECT_EQ(rows(1, 0).size(), 5U);
}

TEST(Contexts, ReadingByBandsEqualsReadingFromMemoryAndANaiveSearch) {
  const Index n = 2500;
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  MatrixF X = MatrixF::NullaryExpr(n, 7, [&] { return normal(random); });
  std::vector<std::int32_t> sentence, word;
  for (Index i = 0; i < n; ++i)
    sentence.push_back(static_cast<std::int32_t>(i)),
        word.push_back(static_cast<std::int32_t>(random() % 50));
  const auto a = collect_contexts(MatrixRows(X), {sentence, word, {}}, {});
  const auto b = collect_contexts(Streamed(X), {sentence, word, {}}, {});
  for (Index j = 0; j < 7; ++j) {
    const auto& x = a[static_cast<std::size_t>(j)];
    const auto& y = b[static_cast<std::size_t>(j)];
    EXPECT_EQ(x.mean, y.mean);
    EXPECT_EQ(x.histogram, y.histogram);
    Index top = 0, bottom = 0;
    X.col(j).maxCoeff(&top);
    X.col(j).minCoeff(&bottom);
    EXPECT_EQ(x.top[0].row, top);
    EXPECT_EQ(y.bottom[0].row, bottom);
    EXPECT_NEAR(x.mean, X.col(j).cast<double>().mean(), 1e-12);
    std::int64_t total = 0;
    for (const std::int64_t k : x.histogram) total += k;
    EXPECT_EQ(total, n);
    for (std::size_t k = 1; k < x.high_words.size(); ++k) EXPECT_GE(x.high_words[k - 1].z, x.high_words[k].z);
  }
}

TEST(Contexts, RefuseSizesThatDoNotFit) {
  Example e;
  e.sentence.pop_back();
  EXPECT_EQ(testing::refusal([&] { e.collect(); }), "contexts: 6 sentence numbers but 7 rows");
}

}  // namespace
}  // namespace neurox
