#include "neurox/ablate/operations.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::ablate {
namespace {

constexpr std::array<OperationRow, 8> table{{
    {Operation::Zero, "zero", Change::Replace, Parameter::None, false, "0"},
    {Operation::Mean, "mean", Change::Replace, Parameter::None, true, "the neuron's mean over a corpus"},
    {Operation::Set, "set", Change::Replace, Parameter::Needed, false, "set=X: the number X"},
    {Operation::Scale, "scale", Change::Scale, Parameter::Needed, false, "scale=X: the activation times X"},
    {Operation::Add, "add", Change::Add, Parameter::Needed, true,
     "add=X: the activation plus X, or plus X times a direction"},
    {Operation::Quantile, "quantile", Change::Replace, Parameter::Needed, true,
     "quantile=Q: the neuron's quantile where a concept is there"},
    {Operation::Resample, "resample", Change::Resample, Parameter::None, false,
     "its activation at a random place of other text"},
    {Operation::Patch, "patch", Change::Patch, Parameter::None, false,
     "its activation at the same place of a counterpart"},
}};

}  // namespace

std::span<const OperationRow> operations() {
  return table;
}

const OperationRow& row_of(Operation operation) {
  return table[static_cast<std::size_t>(operation)];
}

OperationChoice parse_operation(const std::string& text, std::optional<double> value) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const OperationRow* row = nullptr;
  std::vector<std::string> names;
  for (const OperationRow& r : table) {
    names.emplace_back(r.name);
    if (r.name == name) row = &r;
  }
  if (row == nullptr) throw usage_error("no operation '{}'{}", name, did_you_mean(name, names));
  OperationChoice choice{.operation = row->operation, .value = 0, .text = text};
  if (equals != std::string::npos) {
    if (row->parameter == Parameter::None) throw usage_error("operation '{}' takes no number", name);
    const char *begin = text.data() + equals + 1, *end = text.data() + text.size();
    const auto [after, error] = std::from_chars(begin, end, choice.value);
    if (error != std::errc{} || after != end || !std::isfinite(choice.value))
      throw usage_error("operation '{}': '{}' is no number", name, text.substr(equals + 1));
  } else if (row->parameter == Parameter::Needed) {
    if (!value) throw usage_error("operation '{}' needs a number: {}=0.5", name, name);
    choice.value = *value;
    choice.text = fmt::format("{}={}", name, *value);
  }
  if (row->operation == Operation::Quantile && (choice.value < 0 || choice.value > 1))
    throw usage_error("operation '{}': {} does not lie in [0, 1]", name, choice.value);
  return choice;
}

double quantile_of_sorted(std::span<const float> values, double share) {
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double low = values[below], high = values[above];
  return low + (place - static_cast<double>(below)) * (high - low);
}

}  // namespace neurox::ablate
