#include "neurox/tcav/scores.h"

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::tcav {

MatrixD directional_derivatives(const MatrixF& gradients, const MatrixD& directions) {
  if (gradients.cols() != directions.cols())
    throw input_error("directional derivatives: gradients of {} neurons but directions of {}",
                      gradients.cols(), directions.cols());
  return gradients.cast<double>() * directions.transpose();
}

void ScoreSums::add(const MatrixD& derivatives) {
  positive_ += (derivatives.array() > 0).cast<double>().matrix().colwise().sum().transpose();
  sum_ += derivatives.colwise().sum().transpose();
  absolute_ += derivatives.cwiseAbs().colwise().sum().transpose();
  examples_ += derivatives.rows();
}

Score ScoreSums::score(Index direction) const {
  if (examples_ == 0) {
    return {no_value, no_value, no_value, 0};
  }
  const auto n = static_cast<double>(examples_);
  return {positive_[direction] / n, sum_[direction] / n, absolute_[direction] / n, examples_};
}

}  // namespace neurox::tcav
