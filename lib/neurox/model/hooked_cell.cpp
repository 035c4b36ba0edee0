#include "neurox/model/hooked_cell.h"

#include <utility>

namespace neurox::model {

using torch::Tensor;

HookedCell::HookedCell(const Hooks& hooks, int first_site, int stop, Tensor& stopped, Rows rows)
    : hooks_(hooks), first_(first_site), stop_(stop), stopped_(stopped), rows_(std::move(rows)) {}

Tensor HookedCell::among_all(const Tensor& rows) const {
  if (!rows_.own.defined()) return rows;
  return at::zeros({rows_.all, rows.size(1)}, rows.options()).index_copy(0, rows_.own, rows);
}

Tensor HookedCell::own(const Tensor& all) const {
  return rows_.own.defined() ? all.index_select(0, rows_.own) : all;
}

Tensor HookedCell::edited(int site, const Tensor& rows) const {
  return own(hooks_.edited(first_ + site, among_all(rows)));
}

std::optional<Tensor> HookedCell::edited_rows(int site, const Tensor& x, const Tensor& rows) const {
  return hooks_.edited_rows(first_ + site, x, rows_.own.defined() ? rows_.own.index_select(0, rows) : rows);
}

Tensor HookedCell::show(int site, const Tensor& rows) const {
  const Tensor all = among_all(rows);
  hooks_.show(first_ + site, all);
  if (first_ + site == stop_) stopped_ = all;
  return own(all);
}

}  // namespace neurox::model
