#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "neurox/attribute/target.h"
#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/extract/sentence_plan.h"
#include "neurox/model/model.h"

namespace neurox::tcav {

/// Where on a sentence a concept is looked for.
enum class At {
  Summary,  ///< the summary token: an example is a sentence, by the vector that a classifier reads
  Mean,     ///< an example is a sentence, by the mean of its pieces
  Word      ///< an example is a word, by the mean of its pieces
};
extern const std::map<std::string, At> at_names;

/// How text becomes examples: one row for each.
extract::PlanOptions plan_at(At at, int max_pieces);

struct SensitivityOptions {
  std::vector<SiteColumns> sites;                       ///< side by side in the results
  std::vector<attribute::Target> targets;               ///< one pass back each
  std::int64_t memory_bytes = std::int64_t{512} << 20;  ///< about what a pass forth and back may hold
};

/// What sentences hold at several sites and how a target depends on it.
struct Sensitivities {
  MatrixD values;       ///< #targets x #sentences
  MatrixF activations;  ///< #sentences x #neurons of all sites: means over the sentence's positions
  std::vector<MatrixF> gradients;  ///< per target, likewise: sums over the positions
  std::vector<bool> present;       ///< sentences that have positions; the others are zero
};

/// One pass forward for each batch of sentences and one back for each target: sentences do not touch each
/// other, so the gradient of the sum of their targets holds every sentence's own.
///
/// The positions of a sentence are those that the rows of its plan are made of: the summary token, or the
/// pieces without special tokens. The sum of their gradients g_t is the derivative with respect to a shift of
/// all of them alike, and so of their mean m: d target / d m along v = sum_t g_t . v, as every position moves
/// by v.
/// @throws Error{Usage} for a site without columns, a site that the target does not depend on, a plan of
/// several windows, and as target_values; Error{Numeric} for a value or gradient that is not finite (says
/// where)
Sensitivities sensitivities(model::Model& model, std::span<const extract::SentencePlan> plans,
                            const SensitivityOptions& options);

/// A sentence as the model reads it, and what is explained of it: where sentences have targets of their own
/// (the token that follows, an answer, a neuron at a word).
struct Explained {
  model::Batch sentence;  ///< the plan's pieces; more may follow them
  attribute::Target target;
};

/// As sensitivities, a pass forth and back for each sentence and target; options.targets do not count.
/// @param explained  [sentence][target], one for each target of each plan
Sensitivities sensitivities_of_each(model::Model& model, std::span<const extract::SentencePlan> plans,
                                    std::span<const std::vector<Explained>> explained,
                                    const SensitivityOptions& options);

}  // namespace neurox::tcav
