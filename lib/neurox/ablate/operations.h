#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace neurox::ablate {

/// What becomes of a neuron's activation x.
enum class Operation {
  Zero,      ///< 0
  Mean,      ///< its mean over a corpus
  Set,       ///< one value
  Scale,     ///< x times a factor
  Add,       ///< x plus a direction's entry times a strength
  Quantile,  ///< a quantile of its activations where a concept is there
  Resample,  ///< its activation at a place of other text, drawn at random
  Patch      ///< its activation at the same place of a counterpart
};

/// How the number that an operation has for a neuron goes in.
enum class Change {
  Replace,  ///< x = v
  Scale,    ///< x = v x
  Add,      ///< x = x + v
  Patch,    ///< x = the counterpart's activation; there is no v
  Resample  ///< x = the activation at the drawn place; likewise
};

/// Whether it takes activations of other text.
constexpr bool has_donors(Change change) {
  return change == Change::Patch || change == Change::Resample;
}

/// What the number behind `=` in `set=2` is to an operation.
enum class Parameter { None, Optional, Needed };

struct OperationRow {
  Operation operation;
  std::string_view name;
  Change change;
  Parameter parameter;
  bool per_neuron;  ///< needs a number of its own for each neuron (mean, quantile, direction)
  std::string_view summary;
};

/// The one table of operations: the command's help, its page and the edits go by it.
std::span<const OperationRow> operations();
const OperationRow& row_of(Operation operation);

/// An operation with its number.
struct OperationChoice {
  Operation operation = Operation::Zero;
  double value = 0;           ///< of Set, Scale, Add (strength) and Quantile (share)
  std::string text = "zero";  ///< as it was asked for
};

/// `zero`, `set=2`, `scale=0.5`, `add=8`, `quantile=0.9`, ...
/// @param value  where the text gives none
/// @throws Error{Usage} for what is no operation (with the nearest that is), a number that is none or
/// missing, or stands where none belongs, and a quantile outside [0, 1]
OperationChoice parse_operation(const std::string& text, std::optional<double> value = {});

/// The share-quantile of values that ascend, linear between neighbours (numpy's default).
/// @param values  #values > 0
double quantile_of_sorted(std::span<const float> values, double share);

}  // namespace neurox::ablate
