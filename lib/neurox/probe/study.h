#pragma once

#include <optional>
#include <span>
#include <vector>

#include "neurox/probe/control_task.h"
#include "neurox/probe/evaluation.h"
#include "neurox/probe/path.h"
#include "neurox/probe/sites.h"

namespace neurox {

/// Tokens with what is known of each.
struct LabelledTokens {
  const RowSource& X;                       ///< #tokens x #neurons
  std::span<const int> y;                   ///< #tokens classes; -1 (evaluation only): none that training has
  std::span<const int> words;               ///< #tokens word types, shared between training and evaluation
  std::span<const std::int32_t> sentences;  ///< #tokens sentence ids
};

struct StudyOptions {
  LogisticOptions fit;          ///< lambda is used when `lambdas` is empty
  std::vector<double> lambdas;  ///< penalties to choose from on held-out training sentences
  bool whole_path = false;      ///< choose among penalties from lambda_max down, `lambdas` empty
  double held_out_share = 0.1;  ///< of the training tokens, to choose the penalty on
  bool control = true;          ///< also train on the control task
  ControlDistribution control_distribution = ControlDistribution::Training;
  std::uint64_t seed = 0;
  std::vector<ColumnRange>
      sites;  ///< columns of each site, probed on their own as well when there are several
};

/// What a probe of some columns comes to.
struct SiteResult {
  Index neurons = 0;
  double accuracy = 0, macro_f1 = 0, cross_entropy = 0;
  std::optional<double> control_accuracy;
  double residual = 0;
  int iterations = 0;
  bool converged = false;
};

struct Study {
  LogisticFit fit;              ///< trained on all training tokens and all columns
  double lambda = 0;            ///< the penalty in use
  std::vector<PathPoint> path;  ///< the penalties tried; empty when one was given
  Evaluation train, eval;
  double train_cross_entropy = 0, eval_cross_entropy = 0;
  double majority = 0;                     ///< accuracy of the most frequent class, on the evaluation tokens
  double lookup = 0;                       ///< accuracy of the most frequent class per word type
  std::optional<double> control_accuracy;  ///< on the evaluation tokens
  std::vector<SiteResult> sites;           ///< per entry of StudyOptions::sites; with one site, that of `fit`
  SiteResult all;                          ///< all columns
};

/// Trains a probe on all columns and on each site's, with baselines and control task.
///
/// With several penalties the best is chosen by cross-entropy on sentences held out of the training tokens,
/// then the probe is trained on all of them. Without separate evaluation tokens the caller splits beforehand
/// (split_by_sentence).
/// @throws Error as fit_logistic, control task and split do
Study study_probe(const LabelledTokens& train, const LabelledTokens& eval, const StudyOptions& options);

}  // namespace neurox
