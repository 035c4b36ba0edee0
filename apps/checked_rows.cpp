#include "checked_rows.h"

#include <utility>

#include "neurox/io/activation_reader.h"

namespace neurox::apps {

CheckedRows::CheckedRows(std::unique_ptr<RowSource> source, std::span<const std::int64_t> rows,
                         NeuronAxis axis, std::string name)
    : source_(std::move(source)), rows_(rows), axis_(std::move(axis)), name_(std::move(name)) {}

void CheckedRows::read(Index first, MatrixFOut out) const {
  source_->read(first, out);
  for (Index i = 0; i < out.rows(); ++i)
    io::check_finite(out.middleRows(i, 1), rows_[static_cast<std::size_t>(first + i)], axis_, name_);
}

}  // namespace neurox::apps
