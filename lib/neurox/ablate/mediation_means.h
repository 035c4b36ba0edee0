#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "neurox/ablate/mediation.h"
#include "neurox/core/matrix.h"

namespace neurox::ablate {

/// Effects averaged over pairs of prompts, class by class: with y_i the ratio of pair i,
///
///     effect     = mean_i ( y_i(intervened) / y_i(base) - 1 )
///     log effect = mean_i ( log y_i(intervened) - log y_i(base) )
///
/// The first is the paper's; pairs whose ratio changes by a large factor outweigh the others in it, which the
/// second does not know.
class MediationMeans {
 public:
  MediationMeans(std::size_t mediators, std::size_t classes);

  /// @param class_number  -1: of none
  void add(int class_number, const PairEffects& pair);

  /// #mediators x #classes + 1, the last over all pairs; NaN of a class without pairs.
  struct Effects {
    MatrixD indirect, direct;
    MatrixD indirect_error;  ///< standard error of the mean; NaN of fewer than two pairs
    MatrixD log_indirect, log_direct;
  };
  Effects effects() const;

  /// What the pairs of a class (the last one: all) did as a whole.
  struct Total {
    std::int64_t pairs = 0;
    double total = 0, total_error = 0, log_total = 0;
  };
  Total total(std::size_t class_number) const;

  /// The sums, for a run that goes on later.
  std::span<const double> state() const { return sums_; }
  /// @throws Error{Usage} when they are of other sizes
  void restore(std::span<const double> state);

 private:
  double* row(std::size_t class_number, std::size_t mediator);
  const double* row(std::size_t class_number, std::size_t mediator) const;

  std::size_t mediators_, classes_;
  /// [class][mediator, the total last][pairs, sum, squares, sum of direct, sums of both logarithms]
  std::vector<double> sums_;
};

}  // namespace neurox::ablate
