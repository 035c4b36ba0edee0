#pragma once

#include <string>
#include <utility>
#include <vector>

#include "neurox/label/features.h"
#include "neurox/label/label_set.h"

namespace neurox::label {

/// Everything that a condition can speak of: columns of the words, sets made so far, features of the text
/// (computed when first named).
class Columns {
 public:
  Columns(const Words& words, FeatureOptions options) : words_(words), options_(std::move(options)) {}

  /// @throws Error{Usage} when there is a set or column of that name already
  void add(LabelSet set);
  const std::vector<LabelSet>& sets() const { return sets_; }

  /// The rows where a condition holds.
  /// @throws Error{Usage} as Expression; Error{Input} as Expression::holds and features
  std::vector<bool> where(const std::string& condition);
  /// A concept of these rows. @throws likewise, and as binary_set, with values that no row has
  LabelSet concept_where(const std::string& name, const std::string& condition,
                         const std::vector<bool>& among);
  /// The labels that another set, or a feature, gives the rows of `among`; further rows have none.
  /// @throws Error{Input} when there is no such set (with the nearest), or none of these rows has a label of
  /// it
  LabelSet narrowed(const std::string& name, const std::string& set, const std::vector<bool>& among);

 private:
  const io::Column* find(const std::string& name);
  std::vector<std::string> names() const;

  const Words& words_;
  FeatureOptions options_;
  std::vector<LabelSet> sets_;
  std::vector<io::Column> columns_;  ///< of sets_
  std::vector<io::Column> features_;
};

}  // namespace neurox::label
