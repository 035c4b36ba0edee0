#include "neurox/ablate/measure.h"
#include "neurox/core/no_value.h"

#include <algorithm>

namespace neurox::ablate {

void SentenceTable::set(std::size_t condition, std::int64_t sentence, double value) {
  std::vector<float>& row = rows_[condition];
  if (row.size() <= static_cast<std::size_t>(sentence))
    row.resize(static_cast<std::size_t>(sentence) + 1, no_value);
  row[static_cast<std::size_t>(sentence)] = static_cast<float>(value);
}

MatrixF SentenceTable::matrix() const {
  std::size_t columns = 0;
  for (const auto& row : rows_) columns = std::max(columns, row.size());
  MatrixF out = MatrixF::Constant(static_cast<Index>(rows_.size()), static_cast<Index>(columns), no_value);
  for (std::size_t r = 0; r < rows_.size(); ++r)
    for (std::size_t c = 0; c < rows_[r].size(); ++c)
      out(static_cast<Index>(r), static_cast<Index>(c)) = rows_[r][c];
  return out;
}

}  // namespace neurox::ablate
