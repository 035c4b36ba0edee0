#include "cascade_table.h"

#include <cmath>
#include <utility>

#include "neurox/attribute/agreement.h"
#include "neurox/attribute/over_baselines.h"
#include "neurox/core/no_value.h"
#include "neurox/core/rank_correlation.h"

namespace neurox::apps {
namespace {

const std::vector<std::string> likenesses{"spearman", "spearman_absolute"};

std::vector<double> sizes_of(std::vector<double> values) {
  for (double& x : values) x = std::abs(x);
  return values;
}

}  // namespace

CascadeTable::CascadeTable(const AttributeCommandOptions& options,
                           std::vector<const attribute::InputMethod*> methods, const LoadedModel& loaded,
                           const model::Model& drawn)
    : options_(options),
      methods_(std::move(methods)),
      cascade_(loaded.model, drawn, model::Model::load(options.model, {.device = options.device})),
      steps_(cascade_.steps()) {}

void CascadeTable::add(std::int64_t sentence, const attribute::Example& example,
                       const std::vector<std::vector<double>>& words,
                       const std::vector<attribute::MethodOptions>& settings,
                       const attribute::Baselines& of_drawn) {
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    attribute::Example after = cascade_.after(s + 1, example, of_drawn, options_.memory);
    for (std::size_t m = 0; m < methods_.size(); ++m) {
      const std::vector<double> found =
          attribute::word_values(after, attribute::over_baselines(*methods_[m], after, settings[m]));
      rows_["sentence"].push_back(sentence);
      rows_["method"].push_back(options_.methods[m]);
      rows_["step"].push_back(s + 1);
      rows_["drawn_down_to"].push_back(steps_[s]);
      rows_["spearman"].push_back(spearman(words[m], found));
      rows_["spearman_absolute"].push_back(spearman(sizes_of(words[m]), sizes_of(found)));
    }
  }
}

/// Of each method and step over the sentences that have a number.
io::Tree CascadeTable::means() const {
  io::Tree out = io::Tree::object();
  if (rows_.empty()) return out;
  for (const std::string& method : options_.methods)
    for (std::size_t s = 0; s < steps_.size(); ++s) {
      out["method"].push_back(method);
      out["step"].push_back(s + 1);
      out["drawn_down_to"].push_back(steps_[s]);
      for (const std::string& name : likenesses) {
        double sum = 0;
        std::int64_t count = 0;
        for (std::size_t r = 0; r < rows_["method"].size(); ++r) {
          const double x = rows_[name][r].get<double>();
          if (rows_["method"][r] != method || rows_["step"][r] != s + 1 || !std::isfinite(x)) continue;
          sum += x;
          ++count;
        }
        out[name].push_back(count > 0 ? sum / static_cast<double>(count) : no_value);
      }
    }
  return out;
}

void CascadeTable::put(io::AnnData& file) const {
  file.uns["cascade"] = {{"examples", rows_}, {"mean", means()}};
}

void CascadeTable::show(Console& console) const {
  const io::Tree mean = means();
  if (mean.empty()) return;
  std::vector<std::vector<io::Tree>> table;
  for (std::size_t i = 0; i < mean["method"].size(); ++i)
    table.push_back({mean["method"][i], mean["drawn_down_to"][i],
                     shown_number(mean["spearman"][i].get<double>()),
                     shown_number(mean["spearman_absolute"][i].get<double>())});
  console.table("cascade", {"method", "drawn down to", "spearman", "spearman_absolute"}, table);
}

}  // namespace neurox::apps
