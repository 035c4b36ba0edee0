#pragma once

#include <cstdint>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/row_source.h"

namespace neurox {

/// An activation that counts at a place (a condition and a position, say).
struct CourseRow {
  std::int64_t row = 0;
  std::int32_t place = 0;
  std::int64_t base = -1;  ///< the row that it is compared with; -1: none
};

/// What neurons are like at each place: #places x #neurons, NaN where there is nothing to say.
struct Course {
  std::vector<std::int64_t> rows, compared;  ///< per place: activations, and those that have a base
  MatrixD mean;
  MatrixD sd, standard_error;  ///< with n - 1 in the denominator; sd / sqrt(n). NaN of one activation
  /// Over the activations that have a base: the base's mean, the mean of x - base, its standard error.
  MatrixD base, difference, difference_error;
  /// Shares of them, which with the unchanged ones make 1.
  MatrixD strengthens, weakens, flips;
};

/// Mean and spread of neurons by place, and what changes between an activation x and its base b:
///
///     flips         (x - r) (b - r) < 0
///     strengthens   else, |x - r| > |b - r|
///     weakens       else, |x - r| < |b - r|
///
/// with the neuron's reference r (its mean over a corpus, 0).
///
/// @param X          #rows x #neurons; passed over twice at most, by bands
/// @param rows       any order; a row may count at several places
/// @param places     numbered from 0
/// @param reference  per neuron, in the unit of X
/// @throws Error{Usage} for a row, place or base that is not there, or another number of references
///
/// Means and squares are merged activation by activation in double (Welford 1962), in the order of the rows.
/// Cost: O(rows * neurons) time; memory #base rows x #neurons floats and 6 x #places x #neurons doubles.
Course course_of(const RowSource& X, std::vector<CourseRow> rows, std::int32_t places,
                 const VectorD& reference);

/// The share of the variance that lies between the places of a group (the conditions at one position):
///
///     sum_c n_c (mean_c - mean)^2 / sum_c ( n_c (mean_c - mean)^2 + (n_c - 1) sd_c^2 )
///
/// 0: they are alike in the mean, 1: every activation is its condition's mean (correlation ratio, eta
/// squared).
/// @param group  per place, numbered from 0; -1: of none
/// @return #groups x #neurons; NaN of groups with fewer than two places, or without any variance
MatrixD variance_between(const Course& course, const std::vector<std::int32_t>& group, std::int32_t groups);

}  // namespace neurox
