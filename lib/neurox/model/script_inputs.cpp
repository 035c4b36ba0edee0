#include "neurox/model/script_inputs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "neurox/core/error.h"

namespace neurox::model {
namespace {

using torch::Tensor;

bool contains(const std::string& name, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return name.find(part) != std::string::npos; });
}

}  // namespace

ScriptInputs::ScriptInputs(const std::filesystem::path& file,
                           const std::vector<ScriptGraph::Argument>& arguments,
                           const ScriptSettings& settings) {
  static const std::map<std::string, Kind> kinds{{"ids", Kind::Ids},
                                                 {"mask", Kind::Mask},
                                                 {"lengths", Kind::Lengths},
                                                 {"types", Kind::Types},
                                                 {"positions", Kind::Positions}};
  std::vector<std::string> names;
  for (const ScriptGraph::Argument& argument : arguments) names.push_back(argument.name);
  const std::string told =
      fmt::format("{}: \"inputs\" lists what each argument is: ids, mask, lengths, types, positions",
                  ScriptSettings::file_beside(file).filename().string());
  const std::vector<std::string>& given = settings.inputs;
  if (given.size() > names.size())
    throw input_error("{}: forward takes {} arguments ({}) but \"inputs\" names {}", file.string(),
                      names.size(), fmt::join(names, ", "), given.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ScriptGraph::Argument& argument = arguments[i];
    if (!given.empty()) {
      if (i >= given.size() && argument.optional) break;
      if (i >= given.size())
        throw input_error("{}: forward({}): \"inputs\" says nothing of '{}'", file.string(),
                          fmt::join(names, ", "), argument.name);
      add(kinds.at(given[i]));
      continue;
    }
    const std::string& name = argument.name;
    if (!argument.tensor && argument.optional) break;
    if (!argument.tensor)
      throw input_error(
          "{}: forward({}): '{}' is no tensor; token ids are given, with their mask or lengths. {}",
          file.string(), fmt::join(names, ", "), name, told);
    if (contains(name, {"mask"}))
      add(Kind::Mask);
    else if (contains(name, {"len"}))
      add(Kind::Lengths);
    else if (contains(name, {"type", "segment"}))
      add(Kind::Types);
    else if (contains(name, {"position"}))
      add(Kind::Positions);
    else if (i == 0 || contains(name, {"ids", "input"}))
      add(Kind::Ids);
    else if (argument.optional)
      break;
    else
      throw input_error("{}: forward({}): what is '{}'? {}", file.string(), fmt::join(names, ", "), name,
                        told);
  }
  const auto beyond =
      std::find_if(inputs_.begin(), inputs_.end(), [&](const Input& x) { return x.text >= texts_; });
  if (texts_ < 1 || texts_ > 2 || beyond != inputs_.end())
    throw input_error(
        "{}: forward({}): one or two of the arguments have to be token ids, each with one mask or lengths at "
        "most. "
        "{}",
        file.string(), fmt::join(names, ", "), told);
}

void ScriptInputs::add(Kind kind) {
  const auto before =
      std::count_if(inputs_.begin(), inputs_.end(), [&](const Input& x) { return x.kind == kind; });
  inputs_.push_back({kind, static_cast<std::size_t>(before)});
  if (kind == Kind::Ids) ++texts_;
}

std::vector<c10::IValue> ScriptInputs::make(const Tensor& ids, const Tensor& types,
                                            const ScriptLayout::Lengths& lengths) const {
  std::vector<c10::IValue> out;
  for (const Input& input : inputs_) {
    const auto text = lengths.begin() + static_cast<std::ptrdiff_t>(input.text);
    const std::int64_t first = std::accumulate(lengths.begin(), text, std::int64_t{0});
    const Tensor own = ids.narrow(1, first, *text).contiguous();
    switch (input.kind) {
      case Kind::Ids:
        out.emplace_back(own);
        break;
      case Kind::Mask:
        out.emplace_back(at::ones_like(own, own.options().dtype(mask_type_)));
        break;
      case Kind::Lengths:
        // On the host, where pack_padded_sequence wants them.
        out.emplace_back(at::full({own.size(0)}, *text, torch::kInt64));
        break;
      case Kind::Types:
        out.emplace_back(types.defined() && texts_ == 1 ? types : at::zeros_like(own));
        break;
      case Kind::Positions:
        out.emplace_back(at::arange(*text, own.options()).expand_as(own));
        break;
    }
  }
  return out;
}

}  // namespace neurox::model
