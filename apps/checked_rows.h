#pragma once

#include <memory>
#include <span>
#include <string>

#include "neurox/core/neurons.h"
#include "neurox/core/row_source.h"

namespace neurox::apps {

/// Activations that are looked at for NaN and infinity whenever they are read, so that no pass is spent on
/// that alone. Keeps references to what it is given but for the source.
class CheckedRows final : public RowSource {
 public:
  /// @param rows  #rows of the source, the rows of the file that they are
  /// @param axis  the neurons of the source
  CheckedRows(std::unique_ptr<RowSource> source, std::span<const std::int64_t> rows, NeuronAxis axis,
              std::string name);
  Index rows() const override { return source_->rows(); }
  Index cols() const override { return source_->cols(); }
  /// @throws Error{Input} `acts.h5ad: NaN at row 17 of blocks.3.hook_resid_post:5`
  void read(Index first, MatrixFOut out) const override;

 private:
  std::unique_ptr<RowSource> source_;
  std::span<const std::int64_t> rows_;
  NeuronAxis axis_;
  std::string name_;
};

}  // namespace neurox::apps
