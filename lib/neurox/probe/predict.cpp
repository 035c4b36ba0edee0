#include "neurox/core/error.h"
#include "neurox/probe/evaluation.h"
#include "neurox/probe/logistic.h"

namespace neurox {
namespace {

constexpr Index kBandRows = 2048;

}  // namespace

MatrixF predict_logits(const RowSource& X, const LogisticFit& fit) {
  if (X.cols() != fit.W.cols())
    throw input_error("the probe has {} neurons but the activations {}", fit.W.cols(), X.cols());
  const Eigen::RowVectorXf mean = fit.mean.transpose().cast<float>();
  const Eigen::RowVectorXf inverse = fit.scale.cwiseInverse().transpose().cast<float>();
  MatrixF logits(X.rows(), fit.W.rows());
  MatrixF Z;
  for_each_band(X, kBandRows, [&](Index first, MatrixFRef band) {
    Z = (band.rowwise() - mean).array().rowwise() * inverse.array();
    // Weights of dead neurons are 0, but 0 times infinity is not.
    for (Index j : fit.dead) Z.col(j).setZero();
    auto out = logits.middleRows(first, band.rows());
    out.noalias() = Z * fit.W.transpose();
    out.rowwise() += fit.b.transpose();
  });
  return logits;
}

std::vector<int> predict_classes(const RowSource& X, const LogisticFit& fit) {
  return argmax_rows(predict_logits(X, fit));
}

RawWeights raw_weights(const LogisticFit& fit) {
  RawWeights raw{fit.W.cast<double>(), fit.b.cast<double>()};
  raw.W.array().rowwise() /= fit.scale.transpose().array();
  raw.b -= raw.W * fit.mean;
  return raw;
}

}  // namespace neurox
