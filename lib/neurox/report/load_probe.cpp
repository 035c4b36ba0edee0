#include <fmt/format.h>

#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/report/html.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

/// Element i, NaN past the end: an older file may lack a column.
double at(const std::vector<double>& values, std::size_t i) {
  return i < values.size() ? values[i] : no_value;
}

void read_sites(const io::Tree& figures, ProbeFindings& p) {
  const auto site = strings(figures, "site");
  const auto block = numbers(figures, "block"), neurons = numbers(figures, "neurons"),
             accuracy = numbers(figures, "accuracy");
  const auto f1 = numbers(figures, "macro_f1"), control = numbers(figures, "control_accuracy"),
             selectivity = numbers(figures, "selectivity");
  for (std::size_t i = 0; i < site.size(); ++i) {
    const double n = at(neurons, i), b = at(block, i);
    SiteScore s{site[i],
                std::isnan(b) ? -1 : static_cast<int>(b),
                std::isnan(n) ? 0 : static_cast<std::int64_t>(n),
                at(accuracy, i),
                at(f1, i),
                at(control, i),
                at(selectivity, i)};
    if (site[i] == "all")
      p.all = s;
    else
      p.sites.push_back(s);
  }
}

void read_confusion(const Loaded& file, ProbeFindings& p) {
  const io::Tree& rows = child(file.data.uns, "confusion");
  if (!rows.is_array() || rows.empty()) return;
  const auto n = static_cast<Index>(p.confusion_classes.size());
  if (static_cast<Index>(rows.size()) != n)
    throw input_error("{}:/uns/confusion: {} rows but {} classes", file.where, rows.size(), n);
  p.confusion = MatrixD::Zero(n, n);
  for (Index g = 0; g < n; ++g) {
    const io::Tree& row = rows[static_cast<std::size_t>(g)];
    if (!row.is_array() || static_cast<Index>(row.size()) != n)
      throw input_error("{}:/uns/confusion: row {} has {} entries but there are {} classes", file.where, g,
                        row.size(), n);
    for (Index k = 0; k < n; ++k) p.confusion(g, k) = row[static_cast<std::size_t>(k)].get<double>();
  }
}

}  // namespace

ProbeFindings probe(const Loaded& file) {
  const io::Tree& uns = file.data.uns;
  if (!uns.contains("probe")) throw input_error("{}: says it is a probe but has no uns/probe", file.where);
  const io::Tree& tree = uns["probe"];
  ProbeFindings p;
  p.file = file.name;
  p.model = file.provenance.model;
  p.label = text(tree, "label");
  p.unit = text(child(file.provenance.settings, "activations"), "unit");
  const auto& inputs = file.provenance.inputs;
  if (inputs.size() > 1)
    p.evaluated_on = inputs[1].first;
  else if (inputs.size() == 1)
    p.evaluated_on = "sentences held out of " + inputs[0].first;
  const double tokens = number(child(tree, "eval"), "tokens");
  if (!std::isnan(tokens))
    p.evaluated_on +=
        fmt::format("{}{} {}s", p.evaluated_on.empty() ? "" : ", ",
                    html::count(static_cast<std::int64_t>(tokens)), p.unit.empty() ? "token" : p.unit);
  // Without a table by site there is still the probe itself.
  const io::Tree& evaluation = child(tree, "eval");
  const io::Tree& control = child(tree, "control");
  p.all = {"all",
           -1,
           file.data.obs.rows,
           number(evaluation, "accuracy"),
           number(evaluation, "macro_f1"),
           number(control, "accuracy"),
           number(control, "selectivity")};
  read_sites(child(uns, "site_figures"), p);
  p.majority = number(tree, "majority");
  p.word_majority = number(tree, "word_majority");
  const io::Tree& classes = child(uns, "classes");
  const auto name = strings(classes, "class");
  const auto count = numbers(classes, "count"), precision = numbers(classes, "precision"),
             recall = numbers(classes, "recall"), f1 = numbers(classes, "f1");
  for (std::size_t i = 0; i < name.size(); ++i)
    p.classes.push_back({name[i], std::isnan(at(count, i)) ? 0 : static_cast<std::int64_t>(at(count, i)),
                         at(precision, i), at(recall, i), at(f1, i)});
  p.confusion_classes = strings(tree, "classes");
  read_confusion(file, p);
  p.settings = settings(tree);
  return p;
}

}  // namespace neurox::load
