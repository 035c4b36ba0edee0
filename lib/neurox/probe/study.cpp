#include "neurox/probe/study.h"

#include <algorithm>
#include <utility>

#include "neurox/probe/baselines.h"
#include "neurox/probe/split.h"

namespace neurox {
namespace {

double accuracy_of(std::span<const int> truth, const std::vector<int>& predicted) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += truth[i] == predicted[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

struct ControlLabels {
  std::vector<int> train, eval;
};

/// What is trained on the same columns: the task and, where asked for, its control.
SiteResult probe_columns(const RowSource& train, const RowSource& eval, const LabelledTokens& train_tokens,
                         const LabelledTokens& eval_tokens, const LogisticOptions& options,
                         const ControlLabels* control) {
  const LogisticFit fit = fit_logistic(train, train_tokens.y, options);
  const MatrixF logits = predict_logits(eval, fit);
  const Evaluation evaluation = evaluate(eval_tokens.y, argmax_rows(logits), options.num_classes);
  SiteResult result;
  result.neurons = train.cols();
  result.accuracy = evaluation.accuracy;
  result.macro_f1 = evaluation.macro_f1;
  result.cross_entropy = mean_cross_entropy(logits, eval_tokens.y);
  result.residual = fit.residual;
  result.iterations = fit.iterations;
  result.converged = fit.converged;
  if (control != nullptr) {
    const LogisticFit control_fit = fit_logistic(train, control->train, options);
    result.control_accuracy = accuracy_of(control->eval, predict_classes(eval, control_fit));
  }
  return result;
}

/// The penalty that serves held-out training sentences best.
PathResult choose_penalty(const LabelledTokens& train, const StudyOptions& options) {
  const Split split = split_by_sentence(train.sentences, options.held_out_share, options.seed);
  const RowSubset fit_rows(train.X, split.train), held_rows(train.X, split.held_out);
  const std::vector<int> fit_y = take(train.y, split.train), held_y = take(train.y, split.held_out);
  PathOptions path;
  path.fit = options.fit;
  path.lambdas = options.lambdas;
  return fit_path(fit_rows, fit_y, {held_rows, held_y}, path);
}

}  // namespace

Study study_probe(const LabelledTokens& train, const LabelledTokens& eval, const StudyOptions& options) {
  Study study;
  LogisticOptions fit_options = options.fit;
  if (fit_options.num_classes == 0)
    fit_options.num_classes = *std::max_element(train.y.begin(), train.y.end()) + 1;
  const int classes = fit_options.num_classes;

  std::optional<PathResult> path;
  if (options.whole_path || options.lambdas.size() > 1) {
    StudyOptions with_classes = options;
    with_classes.fit = fit_options;
    path = choose_penalty(train, with_classes);
    fit_options.lambda = path->points[path->best].lambda;
    fit_options.warm_start = &path->fit;
    study.path = path->points;
  } else if (options.lambdas.size() == 1) {
    fit_options.lambda = options.lambdas.front();
  }
  study.lambda = fit_options.lambda;

  study.fit = fit_logistic(train.X, train.y, fit_options);
  fit_options.warm_start = nullptr;
  const MatrixF train_logits = predict_logits(train.X, study.fit),
                eval_logits = predict_logits(eval.X, study.fit);
  study.train = evaluate(train.y, argmax_rows(train_logits), classes);
  study.eval = evaluate(eval.y, argmax_rows(eval_logits), classes);
  study.train_cross_entropy = mean_cross_entropy(train_logits, train.y);
  study.eval_cross_entropy = mean_cross_entropy(eval_logits, eval.y);

  study.majority = accuracy_of(eval.y, std::vector<int>(eval.y.size(), majority_class(train.y, classes)));
  study.lookup = accuracy_of(eval.y, predict_by_lookup({train.words, train.y, classes}, eval.words));

  std::optional<ControlLabels> control;
  if (options.control) {
    ControlTask task(train.y, {classes, options.control_distribution, options.seed});
    control.emplace();
    control->train = task.label(train.words);
    control->eval = task.label(eval.words);
    // A draw may leave one class only (tiny corpora): then there is nothing to learn and no selectivity to
    // state.
    if (std::adjacent_find(control->train.begin(), control->train.end(), std::not_equal_to<>()) ==
        control->train.end())
      control.reset();
  }
  if (control) {
    const LogisticFit fit = fit_logistic(train.X, control->train, fit_options);
    study.control_accuracy = accuracy_of(control->eval, predict_classes(eval.X, fit));
  }
  study.all = {train.X.cols(),         study.eval.accuracy, study.eval.macro_f1,  study.eval_cross_entropy,
               study.control_accuracy, study.fit.residual,  study.fit.iterations, study.fit.converged};

  if (options.sites.size() == 1) {
    study.sites.push_back(study.all);
  } else if (options.sites.size() > 1) {
    // Training slices are loaded several sites at a time; the evaluation tokens are few and read per site.
    for_each_slice(
        train.X, options.sites, options.fit.memory_bytes, [&](std::size_t i, const RowSource& columns) {
          const ColumnSlice eval_columns(eval.X, options.sites[i]);
          study.sites.push_back(
              probe_columns(columns, eval_columns, train, eval, fit_options, control ? &*control : nullptr));
        });
  }
  return study;
}

}  // namespace neurox
