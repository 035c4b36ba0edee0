#pragma once

#include <memory>

#include "neurox/ablate/measure.h"
#include "neurox/core/matrix.h"

namespace neurox::ablate {

/// How neurons that are not edited change when others are: over all rows of a corpus, with x of the intact
/// and x' of the edited model,
///
///     mean x' - x,    mean |x' - x|,    mean x,    standard deviation of x
///
/// Rows are those that extraction gives (words, pooled), of AblationOptions::probe_sites. Sums are kept in
/// double precision.
class ChangeMeasure final : public Measure {
 public:
  /// @param conditions  with the intact model
  ChangeMeasure(std::size_t conditions, std::int64_t neurons);

  bool needs_heads() const override { return false; }
  void add(std::size_t condition, const Pass& pass) override;
  std::vector<Figures> figures() const override { return {}; }
  std::vector<SentenceFigures> sentence_figures() const override { return {}; }

  std::int64_t rows() const { return rows_; }
  VectorD mean() const;
  VectorD standard_deviation() const;  ///< over rows, of the population
  VectorD change(std::size_t condition) const;
  VectorD absolute_change(std::size_t condition) const;

 private:
  std::int64_t rows_ = 0;
  MatrixF intact_;  ///< of the window
  VectorD sums_, squares_;
  MatrixD changes_, absolute_changes_;  ///< #conditions x #neurons
};

}  // namespace neurox::ablate
