#include "neurox/cluster/linkage.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "neurox/cluster/correlation.h"
#include "neurox/core/random.h"
#include "oracle_files.h"
#include "support.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

Dendrogram linked(MatrixF distances, Linkage linkage) {
  Progress silent;
  return link_things({distances.data(), distances.rows()}, linkage, silent);
}

/// Distances of points of a plane.
MatrixF plane_distances(Index n, std::uint64_t seed) {
  Random random(seed);
  MatrixF points(n, 2), out(n, n);
  for (float& x : points.reshaped()) x = static_cast<float>(random.below(1000000)) / 1e6F;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) out(i, j) = (points.row(i) - points.row(j)).norm();
  return out;
}

/// Agglomerates by looking at all pairs of clusters at every step, with members' distances.
std::vector<double> heights_the_long_way(const MatrixF& D, Linkage linkage) {
  std::vector<std::vector<Index>> clusters;
  for (Index i = 0; i < D.rows(); ++i) clusters.push_back({i});
  const auto distance = [&](const std::vector<Index>& a, const std::vector<Index>& b) {
    double least = 1e9, most = 0, sum = 0;
    for (const Index i : a)
      for (const Index j : b) {
        const auto d = static_cast<double>(D(i, j));
        least = std::min(least, d);
        most = std::max(most, d);
        sum += d;
      }
    return linkage == Linkage::Single     ? least
           : linkage == Linkage::Complete ? most
                                          : sum / static_cast<double>(a.size() * b.size());
  };
  std::vector<double> out;
  while (clusters.size() > 1) {
    std::size_t a = 0, b = 1;
    for (std::size_t i = 0; i < clusters.size(); ++i)
      for (std::size_t j = i + 1; j < clusters.size(); ++j)
        if (distance(clusters[i], clusters[j]) < distance(clusters[a], clusters[b])) a = i, b = j;
    out.push_back(distance(clusters[a], clusters[b]));
    clusters[a].insert(clusters[a].end(), clusters[b].begin(), clusters[b].end());
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(b));
  }
  return out;
}

/// Whether two labellings say the same but for the numbers they use.
bool same_but_for_names(const std::vector<int>& a, const std::vector<int>& b) {
  std::map<int, int> there, back;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (there.try_emplace(a[i], b[i]).first->second != b[i] ||
        back.try_emplace(b[i], a[i]).first->second != a[i])
      return false;
  return a.size() == b.size();
}

TEST(Linkage, FourPointsOnALineByHand) {
  // 0 1 3 7: single joins at the gaps, complete at the ends, average in between.
  MatrixF D(4, 4);
  D << 0, 1, 3, 7, 1, 0, 2, 6, 3, 2, 0, 4, 7, 6, 4, 0;
  const auto heights = [&](Linkage linkage) {
    std::vector<double> out;
    for (const Merge& m : linked(D, linkage)) out.push_back(m.height);
    return out;
  };
  EXPECT_EQ(heights(Linkage::Single), (std::vector<double>{1, 2, 4}));
  EXPECT_EQ(heights(Linkage::Complete), (std::vector<double>{1, 3, 7}));
  EXPECT_EQ(heights(Linkage::Average)[1], 2.5);
  EXPECT_NEAR(heights(Linkage::Average)[2], 17.0 / 3, 1e-6);
  // Ward: sqrt((2 * 9 + 2 * 4 - 1) / 3) = sqrt(25 / 3).
  EXPECT_NEAR(heights(Linkage::Ward)[1], std::sqrt(25.0 / 3), 1e-6);
}
TEST(Linkage, AgreesWithLookingAtAllPairsHoweverOftenTheMatrixIsClosedUp) {
  for (const Linkage linkage : {Linkage::Single, Linkage::Complete, Linkage::Average}) {
    const MatrixF D = plane_distances(150, 5);
    const Dendrogram found = linked(D, linkage);
    const std::vector<double> expected = heights_the_long_way(D, linkage);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(found[i].height, expected[i], 1e-6) << i;
    EXPECT_EQ(found.back().size, 150);
  }
}
TEST(Linkage, ThingsInAnotherOrderGiveTheSameHeights) {
  const MatrixF D = plane_distances(300, 7);
  const Index n = D.rows();
  MatrixF turned(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) turned(i * 7 % n, j * 7 % n) = D(i, j);
  for (const Linkage linkage : {Linkage::Average, Linkage::Ward}) {
    const Dendrogram a = linked(D, linkage), b = linked(turned, linkage);
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i].height, b[i].height, 1e-5);
  }
}
TEST(Linkage, NothingAndOneThing) {
  EXPECT_THAT(refusal([] { linked(MatrixF(0, 0), Linkage::Average); }), HasSubstr("nothing to cluster"));
  EXPECT_TRUE(linked(MatrixF::Zero(1, 1), Linkage::Average).empty());
  EXPECT_EQ(linked(MatrixF::Zero(2, 2), Linkage::Ward).front().height, 0);
}
TEST(Linkage, AnUnknownNameIsAnsweredWithTheNearest) {
  EXPECT_THAT(refusal([] { linkage_of("averge"); }), HasSubstr("did you mean 'average'"));
}

TEST(Linkage, IsScipysOnCorrelationsOfRealNeurons) {
  NEUROX_NEED(path, shared("oracles/cluster/linkage.h5"));
  NEUROX_NEED(data, shared("oracles/probe/data.h5"));
  const Hdf5File expected(path), from(data);
  const MatrixF left = from.matrix("X3_train"), right = from.matrix("X6_train");
  MatrixF X(left.rows(), left.cols() + right.cols());
  X << left, right;
  Progress silent;
  const MatrixRows rows(std::move(X));
  const VaryingColumns columns = varying_columns(rows, silent);
  ASSERT_EQ(columns.constant, (std::vector<Index>{319}));
  const Index n = static_cast<Index>(columns.varying.size());
  MatrixF small(n, n);
  correlation_distances(rows, columns, {}, {small.data(), n});
  // The peer gives a constant neuron a correlation of 0 with all; here it is kept apart: put it back.
  MatrixF D = MatrixF::Ones(n + 1, n + 1);
  D.diagonal().setZero();
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      D(columns.varying[static_cast<std::size_t>(i)], columns.varying[static_cast<std::size_t>(j)]) =
          small(i, j);
  const MatrixF r = expected.matrix("corr_first32_rows");
  for (Index i = 0; i < r.rows(); ++i)
    for (Index j = 0; j < r.cols(); ++j)
      if (i != j) {
        ASSERT_NEAR(1 - D(i, j), std::abs(r(i, j)), 1e-6) << i << " " << j;
      }
  for (const std::string name : {"single", "complete", "average", "ward"}) {
    const Dendrogram found = linked(D, linkage_of(name));
    const MatrixF Z = expected.matrix(name + "/Z");
    ASSERT_EQ(static_cast<Index>(found.size()), Z.rows());
    for (Index i = 0; i < Z.rows(); ++i)
      ASSERT_NEAR(found[static_cast<std::size_t>(i)].height, Z(i, 2), 1e-6) << name << " merge " << i;
    for (const double t : {0.3, 0.5, 0.6, 0.7, 0.8, 0.9})
      EXPECT_TRUE(
          same_but_for_names(cut_at(found, t), expected.integers(fmt::format("{}/labels_{}", name, t))))
          << name << " at " << t;
    for (const Index k : {10, 50})
      EXPECT_TRUE(
          same_but_for_names(cut_into(found, k), expected.integers(fmt::format("{}/labels_k{}", name, k))))
          << name << " into " << k;
  }
  EXPECT_TRUE(
      same_but_for_names(cut_at(linked(D, Linkage::Average), 0.5), expected.integers("neurox_labels_0.5")));
}

}  // namespace
}  // namespace neurox::testing
