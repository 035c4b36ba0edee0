#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "neurox/io/activation_reader.h"
#include "neurox/io/label_file.h"

namespace neurox::io {

/// Everything that an activation file's rows can be labelled by: its own columns, and those of label files.
/// Where a name occurs twice, the label file given last counts.
class LabelColumns {
 public:
  /// Reads and aligns the label files. Keeps a reference to `file`.
  /// @throws Error{Input} as read_label_file and align_labels
  explicit LabelColumns(const ActivationReader& file,
                        const std::vector<std::filesystem::path>& label_files = {});

  const ActivationReader& file() const { return file_; }
  /// Label sets of categories, then columns of numbers (`position` and its like among them).
  const std::vector<std::string>& names() const { return names_; }
  /// @throws Error{Input} when there is no such column (with the nearest)
  bool is_number(const std::string& name) const;
  /// Per row of the activation file. @throws Error{Input} likewise; when it holds numbers
  Categorical categories(const std::string& name) const;
  /// Per row of the activation file, NaN where there is none. Categories that are all numbers are read as
  /// numbers. @throws Error{Input} likewise; for a category that is no number, with the first row of it
  std::vector<double> numbers(const std::string& name) const;

 private:
  struct Aligned {
    LabelFile labels;
    std::vector<std::int64_t> row;
  };
  struct Place {
    const Column* column;
    const std::vector<std::int64_t>* rows;  ///< null: the activation file's own
    std::string where;
  };
  Place find(const std::string& name) const;

  const ActivationReader& file_;
  std::vector<Aligned> files_;
  std::vector<std::string> names_;
};

}  // namespace neurox::io
