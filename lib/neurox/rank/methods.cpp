#include "neurox/rank/methods.h"

#include <array>
#include <string>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/rank/gaussian_f1.h"
#include "neurox/rank/mask_scores.h"
#include "neurox/rank/moment_scores.h"
#include "neurox/rank/mutual_information.h"
#include "neurox/rank/sorted_scores.h"
#include "neurox/rank/subset_scores.h"

namespace neurox {

std::span<const RankMethod> rank_methods() {
  static constexpr std::array kMethods{
      RankMethod{"probeless", "how far class means lie apart", false, true, true, score_probeless},
      RankMethod{"mean-difference", "mean of a class less that of all other tokens", false, true, true,
                 score_mean_difference},
      RankMethod{"cohens-d", "the same in pooled standard deviations", false, true, false, score_cohens_d},
      RankMethod{"correlation", "Pearson's r with a class (point-biserial) or a number", true, true, false,
                 score_correlation},
      RankMethod{"spearman", "Spearman's rank correlation with a class or a number", true, true, false,
                 score_spearman},
      RankMethod{"anova-f", "variance between classes over variance within", false, true, false,
                 score_anova_f},
      RankMethod{"average-precision", "the neuron as a detector of a class (expert units)", false, true,
                 false, score_average_precision},
      RankMethod{"auroc", "area under the ROC curve, to the better side", false, true, false, score_auroc},
      RankMethod{"iou-quantile", "overlap of a class with the neuron's highest values", false, true, false,
                 score_iou_quantile},
      RankMethod{"iou-threshold", "overlap of a class with values above one bound", false, true, false,
                 score_iou_threshold},
      RankMethod{"mutual-information", "what a neuron in quantile bins tells of the label, in nats", true,
                 true, false, score_mutual_information},
      RankMethod{"mutual-information-width", "likewise in bins of equal width", true, true, false,
                 score_mutual_information_width},
      RankMethod{"mutual-information-nearest", "likewise by nearest neighbours, without bins", false, true,
                 false, score_nearest_information},
      RankMethod{"threshold-f1", "best F1 of one threshold", false, true, false, score_threshold_f1},
      RankMethod{"gaussian-f1", "F1 of two Gaussians, class and rest", false, true, false, score_gaussian_f1},
      RankMethod{"gaussian", "sets that tell held-out labels best, by Gaussians, one neuron at a time", false,
                 false, false, search_gaussian},
      RankMethod{"gaussian-train", "likewise by mutual information on the training tokens", false, false,
                 false, search_gaussian_train},
  };
  return kMethods;
}

const RankMethod& rank_method(std::string_view name) {
  std::vector<std::string> names;
  for (const RankMethod& method : rank_methods()) {
    if (method.name == name) return method;
    names.emplace_back(method.name);
  }
  throw usage_error("no ranking method '{}'{}", name, did_you_mean(std::string(name), names));
}

}  // namespace neurox
