#include "neurox/rank/methods.h"

#include <array>
#include <string>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/rank/gaussian_f1.h"
#include "neurox/rank/mask_scores.h"
#include "neurox/rank/model_scores.h"
#include "neurox/rank/moment_scores.h"
#include "neurox/rank/mutual_information.h"
#include "neurox/rank/sorted_scores.h"
#include "neurox/rank/subset_scores.h"

namespace neurox {

std::span<const RankMethod> rank_methods() {
  static constexpr std::array kMethods{
      RankMethod{"probeless", "how far class means lie apart", kTakesClasses | kScoresEach | kHasUnit,
                 score_probeless},
      RankMethod{"mean-difference", "mean of a class less that of all other tokens",
                 kTakesClasses | kScoresEach | kHasUnit, score_mean_difference},
      RankMethod{"cohens-d", "the same in pooled standard deviations", kTakesClasses | kScoresEach,
                 score_cohens_d},
      RankMethod{"correlation", "Pearson's r with a class (point-biserial) or a number",
                 kTakesClasses | kTakesNumbers | kScoresEach, score_correlation},
      RankMethod{"spearman", "Spearman's rank correlation with a class or a number",
                 kTakesClasses | kTakesNumbers | kScoresEach, score_spearman},
      RankMethod{"anova-f", "variance between classes over variance within", kTakesClasses | kScoresEach,
                 score_anova_f},
      RankMethod{"average-precision", "the neuron as a detector of a class (expert units)",
                 kTakesClasses | kScoresEach, score_average_precision},
      RankMethod{"auroc", "area under the ROC curve, to the better side", kTakesClasses | kScoresEach,
                 score_auroc},
      RankMethod{"iou-quantile", "overlap of a class with the neuron's highest values",
                 kTakesClasses | kScoresEach, score_iou_quantile},
      RankMethod{"iou-threshold", "overlap of a class with values above one bound",
                 kTakesClasses | kScoresEach, score_iou_threshold},
      RankMethod{"mutual-information", "what a neuron in quantile bins tells of the label, in nats",
                 kTakesClasses | kTakesNumbers | kScoresEach, score_mutual_information},
      RankMethod{"mutual-information-width", "likewise in bins of equal width",
                 kTakesClasses | kTakesNumbers | kScoresEach, score_mutual_information_width},
      RankMethod{"mutual-information-nearest", "likewise by nearest neighbours, without bins",
                 kTakesClasses | kTakesNumbers | kScoresEach, score_nearest_information},
      RankMethod{"threshold-f1", "best F1 of one threshold", kTakesClasses | kScoresEach, score_threshold_f1},
      RankMethod{"gaussian-f1", "F1 of two Gaussians, class and rest", kTakesClasses | kScoresEach,
                 score_gaussian_f1},
      RankMethod{"forest", "Gini importance in a random forest", kTakesClasses, score_forest},
      RankMethod{"ridge", "weight in a ridge regression of numeric labels", kTakesNumbers, score_ridge},
      RankMethod{"gaussian", "sets that tell held-out labels best, by Gaussians, one neuron at a time",
                 kTakesClasses | kSearchesSets, search_gaussian},
      RankMethod{"gaussian-train", "likewise by mutual information on the training tokens",
                 kTakesClasses | kSearchesSets, search_gaussian_train},
      RankMethod{"greedy", "likewise by the accuracy of a logistic probe on held-out tokens",
                 kTakesClasses | kSearchesSets, search_greedy},
      RankMethod{"genetic", "a set that tells held-out labels best, by Gaussians, bred from random sets",
                 kTakesClasses | kSearchesSets, search_genetic_sets},
  };
  return kMethods;
}

const RankMethod& rank_method(std::string_view name) {
  std::vector<std::string> names;
  for (const RankMethod& method : rank_methods()) {
    if (method.name == name) return method;
    names.emplace_back(method.name);
  }
  throw usage_error("no ranking method '{}'{}", name, did_you_mean(name, names));
}

}  // namespace neurox
