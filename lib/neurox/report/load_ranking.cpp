#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/io/neuron_table.h"
#include "neurox/report/html.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

/// Shares of all neurons whose place is shown, beside the weight-mass rule of the file.
constexpr double kShares[] = {0.01, 0.05, 0.2};

Spread spread_of_best(const RankedAxis& r, double share) {
  const auto n = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lround(share * static_cast<double>(r.axis.size()))));
  Spread out{fmt::format("top {} ({} {})", html::round_percent(share), n, n == 1 ? "neuron" : "neurons"), {}};
  for (std::size_t c = 0; c < r.concepts.size(); ++c) {
    std::vector<std::int64_t> counts(r.axis.sites.size());
    for (const std::size_t i : best(r, c, n)) ++counts[static_cast<std::size_t>(r.axis.neurons[i].site)];
    for (std::size_t s = 0; s < counts.size(); ++s)
      out.cells.push_back({r.concepts[c], r.axis.sites[s].site, counts[s]});
  }
  return out;
}

Spread spread_of_file(const io::Tree& uns) {
  const io::Tree& tree = child(uns, "spread");
  const auto concepts = strings(tree, "concept"), site = strings(tree, "site");
  const auto count = numbers(tree, "count");
  const double share = number(child(uns, "ranking"), "share");
  Spread out{std::isnan(share) ? std::string("weight-mass rule")
                               : fmt::format("holding {} of the weight", html::round_percent(share)),
             {}};
  for (std::size_t i = 0; i < concepts.size() && i < site.size() && i < count.size(); ++i)
    out.cells.push_back({concepts[i], site[i], static_cast<std::int64_t>(count[i])});
  return out;
}

}  // namespace

RankedAxis ranked_axis(const Loaded& file) {
  if (!file.data.X) throw input_error("{}: a ranking without X, its scores", file.where);
  RankedAxis out;
  out.axis = io::neuron_axis(file.data.obs, file.data.uns, file.where);
  if (file.data.var.row_names)
    out.concepts = *file.data.var.row_names;
  else
    for (std::int64_t i = 0; i < file.data.var.rows; ++i) out.concepts.push_back(std::to_string(i));
  out.scores = *file.data.X;
  if (const MatrixF* rank = file.data.layer("rank")) {
    out.ranks = *rank;
    return out;
  }
  out.ranks = MatrixF(out.scores.rows(), out.scores.cols());
  std::vector<Index> order(static_cast<std::size_t>(out.scores.rows()));
  for (Index c = 0; c < out.scores.cols(); ++c) {
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return out.scores(a, c) > out.scores(b, c); });
    for (std::size_t i = 0; i < order.size(); ++i) out.ranks(order[i], c) = static_cast<float>(i + 1);
  }
  return out;
}

std::vector<std::size_t> best(const RankedAxis& r, std::size_t concept_index, std::size_t n) {
  std::vector<std::size_t> order(r.axis.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  n = std::min(n, order.size());
  const auto c = static_cast<Index>(concept_index);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(n), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      const float x = r.ranks(static_cast<Index>(a), c),
                                  y = r.ranks(static_cast<Index>(b), c);
                      return x != y ? x < y : a < b;
                    });
  order.resize(n);
  return order;
}

RankingFindings ranking(const Loaded& file, const ReportOptions& options) {
  const io::Tree& uns = file.data.uns;
  const RankedAxis r = ranked_axis(file);
  RankingFindings out;
  out.file = file.name;
  out.model = file.provenance.model;
  out.label = text(child(uns, "ranking"), "label");
  out.method = text(child(uns, "ranking"), "method");
  for (const SiteColumns& s : r.axis.sites) out.sites.push_back({s.site, s.block, 0});
  for (const Neuron& n : r.axis.neurons) ++out.sites[static_cast<std::size_t>(n.site)].neurons;
  std::erase_if(out.sites, [](const SiteSize& s) { return s.neurons == 0; });
  const io::Tree& mass = child(uns, "mass");
  const auto concepts = strings(mass, "concept");
  const auto share = numbers(mass, "share"), neurons = numbers(mass, "neurons");
  for (std::size_t i = 0; i < concepts.size() && i < share.size() && i < neurons.size(); ++i)
    out.mass.push_back({concepts[i], share[i], static_cast<std::int64_t>(neurons[i])});
  for (const double s : kShares) out.spreads.push_back(spread_of_best(r, s));
  if (Spread own = spread_of_file(uns); !own.cells.empty()) out.spreads.push_back(std::move(own));
  const io::Tree& shared = child(uns, "shared");
  const auto names = strings(shared, "class");
  const auto top = numbers(shared, "top"), focused = numbers(shared, "focused");
  for (std::size_t i = 0; i < names.size() && i < top.size() && i < focused.size(); ++i)
    out.shared.push_back(
        {names[i], static_cast<std::int64_t>(top[i]), static_cast<std::int64_t>(focused[i])});
  for (std::size_t c = 0; c < r.concepts.size(); ++c) {
    out.top.push_back({r.concepts[c], {}});
    for (const std::size_t i : best(r, c, options.listed))
      out.top.back().neurons.push_back(
          {r.axis.address(i), static_cast<double>(r.scores(static_cast<Index>(i), static_cast<Index>(c)))});
  }
  // What holds for all classes together comes first.
  std::stable_partition(out.top.begin(), out.top.end(),
                        [](const TopList& t) { return t.concept_name == "overall"; });
  std::stable_partition(out.mass.begin(), out.mass.end(),
                        [](const MassRow& m) { return m.concept_name == "overall"; });
  out.settings = settings(child(uns, "ranking"));
  return out;
}

}  // namespace neurox::load
