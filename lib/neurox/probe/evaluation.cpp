#include "neurox/probe/evaluation.h"

#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox {
namespace {

double ratio(std::int64_t part, std::int64_t whole, double otherwise) {
  return whole == 0 ? otherwise : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Evaluation evaluate(std::span<const int> truth, std::span<const int> predicted, int num_classes) {
  if (truth.size() != predicted.size())
    throw input_error("{} true labels but {} predicted ones", truth.size(), predicted.size());
  if (truth.empty()) throw input_error("no tokens to evaluate on");
  const auto K = static_cast<std::size_t>(num_classes);
  Evaluation e;
  e.tokens = static_cast<std::int64_t>(truth.size());
  e.classes.resize(K);
  e.confusion.assign(K, std::vector<std::int64_t>(K, 0));
  std::int64_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < -1 || truth[i] >= num_classes)
      throw input_error("label of token {} is {}: expected -1 to {}", i, truth[i], num_classes - 1);
    if (predicted[i] < 0 || predicted[i] >= num_classes)
      throw input_error("prediction for token {} is {}: expected 0 to {}", i, predicted[i], num_classes - 1);
    const auto p = static_cast<std::size_t>(predicted[i]);
    ++e.classes[p].predicted;
    if (truth[i] < 0) {
      ++e.unknown;
      continue;
    }
    const auto t = static_cast<std::size_t>(truth[i]);
    ++e.classes[t].support;
    ++e.confusion[t][p];
    right += t == p ? 1 : 0;
  }
  e.accuracy = ratio(right, e.tokens, 0);
  double sum = 0, weighted = 0;
  std::int64_t present = 0, known = 0;
  for (std::size_t k = 0; k < K; ++k) {
    ClassScores& c = e.classes[k];
    const std::int64_t hit = e.confusion[k][k];
    c.precision = ratio(hit, c.predicted, 0);
    c.recall = ratio(hit, c.support, no_value);
    c.f1 = ratio(2 * hit, c.support + c.predicted, 0);
    if (c.support + c.predicted == 0) continue;
    ++present;
    sum += c.f1;
    known += c.support;
    weighted += c.f1 * static_cast<double>(c.support);
  }
  e.macro_f1 = sum / static_cast<double>(present);
  e.weighted_f1 = known == 0 ? 0 : weighted / static_cast<double>(known);
  return e;
}

double mean_cross_entropy(const MatrixF& logits, std::span<const int> truth) {
  if (static_cast<Index>(truth.size()) != logits.rows())
    throw input_error("{} labels but scores of {} tokens", truth.size(), logits.rows());
  double sum = 0;
  std::int64_t known = 0;
  for (Index i = 0; i < logits.rows(); ++i) {
    const int t = truth[static_cast<std::size_t>(i)];
    if (t < 0) continue;
    if (t >= logits.cols())
      throw input_error("label of token {} is {}: expected -1 to {}", i, t, logits.cols() - 1);
    const auto row = logits.row(i).cast<double>().array();
    const double top = row.maxCoeff();
    sum += top + std::log((row - top).exp().sum()) - static_cast<double>(logits(i, t));
    ++known;
  }
  return known == 0 ? no_value : sum / static_cast<double>(known);
}

std::vector<int> argmax_rows(const MatrixF& logits) {
  std::vector<int> best(static_cast<std::size_t>(logits.rows()), 0);
  for (Index i = 0; i < logits.rows(); ++i)
    for (Index k = 1; k < logits.cols(); ++k) {
      int& b = best[static_cast<std::size_t>(i)];
      if (logits(i, k) > logits(i, b)) b = static_cast<int>(k);
    }
  return best;
}

}  // namespace neurox
