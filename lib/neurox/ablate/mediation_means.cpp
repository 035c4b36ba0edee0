#include "neurox/ablate/mediation_means.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::ablate {
namespace {

enum Sum : std::size_t { Pairs, Indirect, Squares, Direct, LogIndirect, LogDirect, Sums };

double mean_of(const double* row, Sum what) {
  return row[Pairs] > 0 ? row[what] / row[Pairs] : no_value;
}

/// Of the mean of what `Indirect` and `Squares` add up.
double standard_error_of(const double* row) {
  if (row[Pairs] < 2) return no_value;
  const double spread = row[Squares] - row[Indirect] * row[Indirect] / row[Pairs];
  return std::sqrt(std::max(0.0, spread) / (row[Pairs] - 1) / row[Pairs]);
}

}  // namespace

MediationMeans::MediationMeans(std::size_t mediators, std::size_t classes)
    : mediators_(mediators), classes_(classes), sums_((classes + 1) * (mediators + 1) * Sums) {}

double* MediationMeans::row(std::size_t class_number, std::size_t mediator) {
  return sums_.data() + (class_number * (mediators_ + 1) + mediator) * Sums;
}

const double* MediationMeans::row(std::size_t class_number, std::size_t mediator) const {
  return sums_.data() + (class_number * (mediators_ + 1) + mediator) * Sums;
}

void MediationMeans::add(int class_number, const PairEffects& pair) {
  for (std::size_t c = 0; c <= classes_; ++c) {
    if (c < classes_ && static_cast<int>(c) != class_number) continue;
    for (std::size_t m = 0; m <= mediators_; ++m) {
      const double indirect = m < mediators_ ? pair.indirect[m] : pair.counterfactual,
                   direct = m < mediators_ ? pair.direct[m] : pair.counterfactual;
      const double effect = relative_effect(indirect, pair.base);
      double* sums = row(c, m);
      sums[Pairs] += 1;
      sums[Indirect] += effect;
      sums[Squares] += effect * effect;
      sums[Direct] += relative_effect(direct, pair.base);
      sums[LogIndirect] += indirect - pair.base;
      sums[LogDirect] += direct - pair.base;
    }
  }
}

MediationMeans::Effects MediationMeans::effects() const {
  const auto rows = static_cast<Index>(mediators_), columns = static_cast<Index>(classes_ + 1);
  Effects out;
  for (MatrixD* matrix :
       {&out.indirect, &out.direct, &out.indirect_error, &out.log_indirect, &out.log_direct})
    matrix->resize(rows, columns);
  for (Index c = 0; c < columns; ++c)
    for (Index m = 0; m < rows; ++m) {
      const double* sums = row(static_cast<std::size_t>(c), static_cast<std::size_t>(m));
      out.indirect(m, c) = mean_of(sums, Indirect);
      out.direct(m, c) = mean_of(sums, Direct);
      out.indirect_error(m, c) = standard_error_of(sums);
      out.log_indirect(m, c) = mean_of(sums, LogIndirect);
      out.log_direct(m, c) = mean_of(sums, LogDirect);
    }
  return out;
}

MediationMeans::Total MediationMeans::total(std::size_t class_number) const {
  const double* sums = row(class_number, mediators_);
  return {static_cast<std::int64_t>(sums[Pairs]), mean_of(sums, Indirect), standard_error_of(sums),
          mean_of(sums, LogIndirect)};
}

void MediationMeans::restore(std::span<const double> state) {
  if (state.size() != sums_.size())
    throw usage_error("{} sums of effects but {}", state.size(), sums_.size());
  sums_.assign(state.begin(), state.end());
}

}  // namespace neurox::ablate
