#include <gmock/gmock.h>

#include <cmath>

#include "neurox/rank/mask_scores.h"
#include "neurox/rank/moment_scores.h"
#include "neurox/rank/mutual_information.h"
#include "neurox/rank/scores.h"
#include "neurox/rank/sorted_scores.h"
#include "oracle_files.h"
#include "support.h"

/// Against scikit-learn, numpy and NeuroX on 4,000 words of EWT and 192 neurons of MiniLM.
namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::read_json;
using neurox::testing::shared;

struct Words {
  MatrixF X;
  Labelling labels;
  std::vector<std::string> names;
};
Words words(const std::filesystem::path& folder) {
  const Hdf5File file(folder / "data.h5");
  return {file.matrix("X6_train"), {file.integers("y_train")}, file.strings("labels")};
}

template <class Score>
NeuronScores score(Score method, const Words& words, const RankOptions& options = {}) {
  const MatrixRows rows(words.X);
  return std::move(method({rows, static_cast<int>(words.names.size())}, {&words.labels, 1}, options).front());
}

double largest_difference(const MatrixD& ours, const MatrixF& theirs) {
  return (ours.leftCols(theirs.cols()) - theirs.cast<double>()).cwiseAbs().maxCoeff();
}

TEST(LabelScoresOracle, AveragePrecisionAndAurocAreScikitLearns) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  Words all = words(folder);
  const Hdf5File peer(folder / "average-precision.h5");
  const NeuronScores ap = score(score_average_precision, all), auc = score(score_auroc, all);
  // The peers' numbers are read as float32, hence 1e-7.
  EXPECT_LT(largest_difference(ap.scores, peer.matrix("ap")), 1e-7);
  EXPECT_LT(largest_difference(ap.layers[0].second, peer.matrix("ap_negated")), 1e-7);
  EXPECT_LT(largest_difference(auc.layers[0].second, peer.matrix("auc")), 1e-7);
  for (Index i = 0; i < all.X.size(); ++i) all.X.data()[i] = std::nearbyint(all.X.data()[i] * 10);
  EXPECT_LT(largest_difference(score(score_average_precision, all).scores, peer.matrix("ap_tied")), 1e-7);
  EXPECT_LT(largest_difference(score(score_auroc, all).layers[0].second, peer.matrix("auc_tied")), 1e-7);
}

TEST(LabelScoresOracle, MutualInformationOfBinsIsScikitLearns) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Words all = words(folder);
  const auto peer = read_json(folder / "mutual-information.json");
  for (const int bins : {10, 20}) {
    const auto width = peer["width" + std::to_string(bins) + "_nats"].get<std::vector<double>>();
    const auto quantile = peer["quantile" + std::to_string(bins) + "_nats"].get<std::vector<double>>();
    const NeuronScores by_width = score(score_mutual_information_width, all, {.bins = bins});
    const NeuronScores by_quantile = score(score_mutual_information, all, {.bins = bins});
    for (std::size_t j = 0; j < width.size(); ++j) {
      EXPECT_NEAR(by_width.scores(static_cast<Index>(j), 14), width[j], 1e-9) << j;
      EXPECT_NEAR(by_quantile.scores(static_cast<Index>(j), 14), quantile[j], 1e-9) << j;
    }
  }
}

TEST(LabelScoresOracle, ProbelessIsNeuroXs) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Words all = words(folder);
  const auto peer = read_json(folder / "probeless.json");
  const NeuronScores found = score(score_probeless, all);
  const auto overall = peer["scores_float64"].get<std::vector<double>>();
  for (std::size_t j = 0; j < overall.size(); ++j)
    EXPECT_NEAR(found.scores(static_cast<Index>(j), 14), overall[j], 1e-9 * overall[j]);
  for (std::size_t c = 0; c < all.names.size(); ++c) {
    const auto of_class = peer["scores_tag_float64"][all.names[c]].get<std::vector<double>>();
    for (std::size_t j = 0; j < of_class.size(); ++j)
      EXPECT_NEAR(found.scores(static_cast<Index>(j), static_cast<Index>(c)), of_class[j],
                  1e-9 * std::max(1.0, of_class[j]));
  }
}

TEST(LabelScoresOracle, MaskOverlapsAndTheirRankingsAreNumpys) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Words all = words(folder);
  const auto peer = read_json(folder / "iou.json");
  const NeuronScores above = score(score_iou_threshold, all);
  for (const std::string tag : {"NOUN", "VERB", "PUNCT"}) {
    const auto c = std::find(all.names.begin(), all.names.end(), tag) - all.names.begin();
    for (const std::string rule : {"gt0", "q95", "q80"}) {
      const NeuronScores found =
          rule == "gt0" ? above : score(score_iou_quantile, all, {.quantile = rule == "q95" ? 0.95 : 0.8});
      const auto expected = peer["mask_iou"][tag][rule]["iou"].get<std::vector<double>>();
      for (std::size_t j = 0; j < expected.size(); ++j)
        EXPECT_NEAR(found.scores(static_cast<Index>(j), c), expected[j], 1e-12) << tag << rule << j;
    }
  }
}

/// NeuroX's `iou_probe` is average precision after small values are set to 0.
TEST(LabelScoresOracle, NeuroXsIouProbeIsAveragePrecisionOfWhatIsNotSmall) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  Words all = words(folder);
  const auto peer = read_json(folder / "iou.json");
  all.X = (all.X.array().abs() < 0.05F).select(0, all.X);
  const NeuronScores found = score(score_average_precision, all);
  for (const std::string tag : {"NOUN", "VERB", "PUNCT"}) {
    const auto c = std::find(all.names.begin(), all.names.end(), tag) - all.names.begin();
    const auto expected = peer["scores_after_zeroing"][tag].get<std::vector<double>>();
    for (std::size_t j = 0; j < expected.size(); ++j)
      EXPECT_NEAR(found.scores(static_cast<Index>(j), c), expected[j], 1e-9);
  }
}

}  // namespace
}  // namespace neurox
