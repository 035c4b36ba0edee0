#include "neurox/ablate/change_measure.h"

namespace neurox::ablate {

ChangeMeasure::ChangeMeasure(std::size_t conditions, std::int64_t neurons)
    : sums_(VectorD::Zero(neurons)),
      squares_(VectorD::Zero(neurons)),
      changes_(MatrixD::Zero(static_cast<Index>(conditions), neurons)),
      absolute_changes_(changes_) {}

void ChangeMeasure::add(std::size_t condition, const Pass& pass) {
  if (condition == 0) {
    intact_ = pass.rows;
    rows_ += pass.rows.rows();
    for (Index i = 0; i < intact_.rows(); ++i) {
      const VectorD x = intact_.row(i).transpose().cast<double>();
      sums_ += x;
      squares_ += x.cwiseAbs2();
    }
    return;
  }
  const auto c = static_cast<Index>(condition);
  for (Index i = 0; i < intact_.rows(); ++i) {
    const VectorD change = (pass.rows.row(i).cast<double>() - intact_.row(i).cast<double>()).transpose();
    changes_.row(c) += change.transpose();
    absolute_changes_.row(c) += change.cwiseAbs().transpose();
  }
}

VectorD ChangeMeasure::mean() const {
  return sums_ / static_cast<double>(rows_);
}

VectorD ChangeMeasure::standard_deviation() const {
  const VectorD mean_of_squares = squares_ / static_cast<double>(rows_);
  return (mean_of_squares - mean().cwiseAbs2()).cwiseMax(0).cwiseSqrt();
}

VectorD ChangeMeasure::change(std::size_t condition) const {
  return changes_.row(static_cast<Index>(condition)).transpose() / static_cast<double>(rows_);
}

VectorD ChangeMeasure::absolute_change(std::size_t condition) const {
  return absolute_changes_.row(static_cast<Index>(condition)).transpose() / static_cast<double>(rows_);
}

}  // namespace neurox::ablate
