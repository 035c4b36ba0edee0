#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::array<std::string_view, 10> kConditionColumns{
    "ranking", "group", "keep", "share", "count", "draw", "operation", "target", "class", "tokens"};

std::vector<std::string> texts(const Loaded& file, const char* name) {
  if (file.data.obs.find(name) == nullptr)
    return std::vector<std::string>(static_cast<std::size_t>(file.data.obs.rows));
  return file.data.obs.strings(name, file.where);
}

std::vector<double> values(const Loaded& file, const char* name) {
  if (file.data.obs.find(name) == nullptr)
    return std::vector<double>(static_cast<std::size_t>(file.data.obs.rows), 0);
  return file.data.obs.numbers(name, file.where);
}

}  // namespace

AblationFindings ablation(const Loaded& file) {
  AblationFindings out;
  out.file = file.name;
  out.model = file.provenance.model;
  std::vector<std::vector<double>> measures;
  for (const io::Column& c : file.data.obs.columns) {
    if (std::find(kConditionColumns.begin(), kConditionColumns.end(), c.name) != kConditionColumns.end())
      continue;
    if (std::holds_alternative<io::Categorical>(c.data) ||
        std::holds_alternative<std::vector<std::string>>(c.data))
      continue;
    out.measures.push_back(c.name);
    measures.push_back(file.data.obs.numbers(c.name, file.where));
  }
  const auto group = file.data.obs.strings("group", file.where);
  const auto share = file.data.obs.numbers("share", file.where);
  const auto ranking = texts(file, "ranking"), operation = texts(file, "operation"),
             target = texts(file, "target"), class_name = texts(file, "class");
  const auto keep = values(file, "keep"), count = values(file, "count"), draw = values(file, "draw");
  for (std::size_t i = 0; i < group.size(); ++i) {
    AblationRow row{ranking[i],
                    group[i],
                    operation[i],
                    target[i],
                    class_name[i],
                    keep[i] != 0,
                    share[i],
                    static_cast<std::int64_t>(count[i]),
                    static_cast<int>(draw[i]),
                    {}};
    for (const auto& m : measures) row.values.push_back(m[i]);
    out.rows.push_back(std::move(row));
  }
  out.settings = settings(file.provenance.settings);
  return out;
}

}  // namespace neurox::load
