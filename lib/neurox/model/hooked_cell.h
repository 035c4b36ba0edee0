#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "neurox/model/hooks.h"
#include "neurox/model/recurrent_cell.h"

namespace neurox::model {

/// The hooks of a model at the sites of one cell, which have consecutive numbers.
class HookedCell final : public CellListener {
 public:
  /// The cell's tokens among those of the batch.
  struct Rows {
    torch::Tensor own = {};  ///< int64, where they stand; undefined: they are all
    std::int64_t all = 0;    ///< of the batch
  };
  /// @param stop     number of the site at which the pass ends, or -1
  /// @param stopped  gets what that site holds
  HookedCell(const Hooks& hooks, int first_site, int stop, torch::Tensor& stopped, Rows rows);

  bool edits(int site) const override { return hooks_.edits(first_ + site); }
  bool observes(int site) const override { return hooks_.observes(first_ + site) || first_ + site == stop_; }
  torch::Tensor edited(int site, const torch::Tensor& rows) const override;
  std::optional<torch::Tensor> edited_rows(int site, const torch::Tensor& x,
                                           const torch::Tensor& rows) const override;
  torch::Tensor show(int site, const torch::Tensor& rows) const override;

 private:
  torch::Tensor among_all(const torch::Tensor& rows) const;
  torch::Tensor own(const torch::Tensor& all) const;

  const Hooks& hooks_;
  int first_, stop_;
  torch::Tensor& stopped_;
  Rows rows_;
};

}  // namespace neurox::model
