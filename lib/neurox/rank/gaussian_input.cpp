#include "neurox/rank/gaussian_input.h"

#include <algorithm>

#include "neurox/core/error.h"

namespace neurox {
namespace {

void check_gaussian_labels(Index tokens, std::span<const int> y, int classes) {
  if (static_cast<Index>(y.size()) != tokens)
    throw input_error("{} labels but activations of {} tokens", y.size(), tokens);
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y[i] < -1 || y[i] >= classes)
      throw input_error("label of token {} is {}: expected -1 to {}", i, y[i], classes - 1);
}

}  // namespace

int check_gaussian_input(Index tokens, std::span<const int> y, const GaussianOptions& options) {
  if (!(options.kappa >= 0)) throw usage_error("kappa is {}: it must be >= 0", options.kappa);
  if (!(options.floor > 0)) throw usage_error("the floor is {}: it must be positive", options.floor);
  const int largest = y.empty() ? -1 : *std::max_element(y.begin(), y.end());
  const int classes = options.num_classes > 0 ? options.num_classes : largest + 1;
  check_gaussian_labels(tokens, y, classes);
  return classes;
}

void check_gaussian_held_out(const RowSource& X, const GaussianHeldOut& held_out, int num_classes) {
  if (held_out.X.cols() != X.cols())
    throw input_error("{} neurons in training but {} in the held-out tokens", X.cols(), held_out.X.cols());
  check_gaussian_labels(held_out.X.rows(), held_out.y, num_classes);
}

bool on_held_out(GaussianCriterion criterion) {
  return criterion == GaussianCriterion::HeldOutLikelihood || criterion == GaussianCriterion::HeldOutAccuracy;
}

bool by_accuracy(GaussianCriterion criterion) {
  return criterion == GaussianCriterion::TrainAccuracy || criterion == GaussianCriterion::HeldOutAccuracy;
}

double criterion_of(const GaussianInformation& information, GaussianCriterion criterion) {
  return by_accuracy(criterion) ? information.accuracy : information.log_likelihood;
}

}  // namespace neurox
