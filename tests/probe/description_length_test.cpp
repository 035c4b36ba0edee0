#include "neurox/probe/description_length.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "oracle_files.h"
#include "support.h"
#include "synthetic.h"

namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::made_up;
using neurox::testing::read_json;
using neurox::testing::refusal;
using neurox::testing::shared;
using neurox::testing::StreamedRows;

std::vector<Index> as_they_stand(Index n) {
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// Labels 0 0 | 0 1: the first block costs 2 log2 2; after two 0s p(0) = 3/4 and p(1) = 1/4.
TEST(DescriptionLength, WithOneClassBeforeTheCodeIsThatOfFrequencies) {
  DescriptionLengthOptions o;
  o.shares = {0.5, 1};
  o.order = as_they_stand(4);
  const DescriptionLength d =
      description_length(MatrixRows(MatrixF::Random(4, 2)), std::vector<int>{0, 0, 0, 1}, o);
  ASSERT_EQ(d.blocks.size(), 2U);
  EXPECT_NEAR(d.blocks[0].bits, 2, 1e-12);
  EXPECT_NEAR(d.blocks[1].bits, std::log2(4.0 / 3) + 2, 1e-12);
  EXPECT_EQ(d.blocks[1].accuracy, 0.5);
  EXPECT_NEAR(d.bits, d.blocks[0].bits + d.blocks[1].bits, 1e-12);
  EXPECT_EQ(d.uniform_bits, 4);
}

/// Where no neuron says anything, the best probe is the shares: a fair coin cannot be compressed.
TEST(DescriptionLength, UselessNeuronsCompressNothing) {
  MatrixF X(256, 1);
  std::vector<int> y;
  for (Index i = 0; i < 256; ++i) {
    X(i, 0) = i % 2 == 0 ? 1.0F : -1.0F;
    y.push_back(static_cast<int>(i / 2 % 2));
  }
  DescriptionLengthOptions o;
  o.order = as_they_stand(256);
  o.shares = {0.125, 0.25, 0.5, 1};
  const DescriptionLength d = description_length(MatrixRows(X), y, o);
  EXPECT_NEAR(d.compression, 1, 1e-4);
  EXPECT_NEAR(d.data_bits, 256, 1e-2);
}

TEST(DescriptionLength, LabelsThatNeuronsTellAreShorterThanShuffledOnes) {
  const auto data = made_up(1500, 20, 3);
  std::vector<int> shuffled = data.y;
  std::rotate(shuffled.begin(), shuffled.begin() + 701, shuffled.end());
  const DescriptionLength own = description_length(MatrixRows(data.X), data.y, {});
  const DescriptionLength none = description_length(MatrixRows(data.X), shuffled, {});
  EXPECT_GT(own.compression, 1.15);
  EXPECT_LT(none.compression, 1.02);
  EXPECT_GT(none.bits, own.bits);
  for (const DescriptionLength& d : {own, none}) {
    EXPECT_NEAR(d.model_bits, d.bits - d.data_bits, 1e-9);
    EXPECT_GT(d.model_bits, 0);
    EXPECT_EQ(d.blocks.front().begin, 0);
    EXPECT_EQ(d.blocks.back().end, 1500);
    for (std::size_t i = 1; i < d.blocks.size(); ++i) EXPECT_EQ(d.blocks[i].begin, d.blocks[i - 1].end);
  }
}

TEST(DescriptionLength, TheSeedDrawsTheOrderAndRowsMayBeRead) {
  const auto data = made_up(400, 6, 3);
  DescriptionLengthOptions o;
  const double first = description_length(MatrixRows(data.X), data.y, o).bits;
  EXPECT_EQ(description_length(StreamedRows(data.X), data.y, o).bits, first);
  o.seed = 1;
  EXPECT_NE(description_length(MatrixRows(data.X), data.y, o).bits, first);
}

TEST(DescriptionLength, LeftOutTokensAreNotSent) {
  auto data = made_up(300, 4, 2);
  for (std::size_t i = 0; i < 300; i += 3) data.y[i] = -1;
  const DescriptionLength d = description_length(MatrixRows(data.X), data.y, {});
  EXPECT_EQ(d.blocks.back().end, 200);
  EXPECT_EQ(d.uniform_bits, 200);
}

TEST(DescriptionLength, WhatCannotBeSentIsRefused) {
  const MatrixRows X(MatrixF::Random(4, 2));
  const std::vector<int> y{0, 1, 0, 1};
  const auto said = [&](const DescriptionLengthOptions& o) {
    return refusal([&] { description_length(X, y, o); });
  };
  DescriptionLengthOptions o;
  o.shares = {0.5, 0.4, 1};
  EXPECT_EQ(said(o), "shares at which blocks end must ascend from above 0 to 1");
  o.shares = {0.5};
  EXPECT_EQ(said(o), "shares at which blocks end must ascend from above 0 to 1");
  o = {};
  o.order = {0, 1, 2, 2};
  EXPECT_EQ(said(o), "the order of 4 tokens is no permutation of the 4 that have a label");
  o = {};
  o.fit.bias_l2 = 0;
  EXPECT_EQ(said(o), "bias_l2 is 0: it must be positive, or a class not yet seen costs infinitely many bits");
  EXPECT_EQ(refusal([&] {
              description_length(X, std::vector<int>{0, 1}, {});
            }),
            "2 labels but activations of 4 tokens");
  EXPECT_EQ(refusal([&] {
              description_length(X, std::vector<int>{1, 1, -1, 1}, {});
            }),
            "all 3 tokens have the same label: nothing to tell apart");
}

TEST(DescriptionLengthOracle, BlocksAreCodedAsByTheConvexProbeOfScikitLearn) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const auto peer = read_json(folder / "mdl.json");
  const std::vector<int> y = data.integers("y_train");
  DescriptionLengthOptions o;
  o.order = peer["permutation"].get<std::vector<Index>>();
  o.fit.num_classes = 14;
  for (const std::string site : {"X6", "X3"}) {
    const auto& expected = peer["result"][site];
    const DescriptionLength d = description_length(MatrixRows(data.matrix(site + "_train")), y, o);
    ASSERT_EQ(d.blocks.size(), peer["block_ends"].size());
    for (std::size_t i = 0; i < d.blocks.size(); ++i) {
      EXPECT_EQ(d.blocks[i].end, peer["block_ends"][i].get<Index>());
      const double bits = expected["parts"][i];
      EXPECT_NEAR(d.blocks[i].bits, bits, 1e-4 * bits) << site << " " << i;
      EXPECT_TRUE(d.blocks[i].converged);
    }
    EXPECT_NEAR(d.bits, expected["codelength_bits"].get<double>(), 1e-4 * d.bits);
    EXPECT_NEAR(d.compression, expected["compression"].get<double>(), 1e-3);
    RecordProperty(site,
                   fmt::format("{:.2f} of {:.2f} bits", d.bits, expected["codelength_bits"].get<double>()));
  }
}

}  // namespace
}  // namespace neurox
