#include <algorithm>
#include <cmath>

#include "neurox/io/neuron_table.h"
#include "neurox/report/load_parts.h"

/// What `attribute --sites` keeps beside its ranking: words with all their neurons, kinds of token at sites,
/// and the neurons that predictions use most.
namespace neurox::load {
namespace {

/// Where each site's neurons lie in the table; sites in order.
struct SiteRange {
  std::string site;
  std::size_t begin, end;
};
std::vector<SiteRange> ranges_of(const NeuronAxis& axis) {
  std::vector<SiteRange> out;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    if (out.empty() || out.back().site != axis.site(i)) out.push_back({axis.site(i), i, i});
    out.back().end = i + 1;
  }
  return out;
}

std::vector<WordNeurons> words_of(const Loaded& file, const std::vector<SiteRange>& sites) {
  const MatrixF* values = file.data.of_obs("kept_words");
  const io::Tree& table = child(file.data.uns, "kept_words");
  const auto token = strings(table, "token"), segment = strings(table, "segment"),
             text = strings(table, "text"), target = strings(table, "target");
  const auto row = numbers(table, "row");
  std::vector<WordNeurons> out;
  if (values == nullptr) return out;
  const auto n = std::min({token.size(), segment.size(), text.size(), target.size(), row.size(),
                           static_cast<std::size_t>(values->cols())});
  for (std::size_t w = 0; w < n; ++w) {
    WordNeurons word{text[w], token[w], segment[w], target[w], static_cast<std::int64_t>(row[w]), {}, {}};
    for (const SiteRange& s : sites) {
      word.sites.push_back(s.site);
      auto& of_site = word.values.emplace_back();
      for (std::size_t i = s.begin; i < s.end; ++i)
        of_site.push_back((*values)(static_cast<Index>(i), static_cast<Index>(w)));
    }
    out.push_back(std::move(word));
  }
  return out;
}

KindsBySite kinds_of(const Loaded& file, const std::vector<SiteRange>& sites) {
  KindsBySite out;
  const MatrixF* sums = file.data.layer("signed_sum");
  const std::vector<std::string> kinds = file.data.var.row_names.value_or(std::vector<std::string>{});
  if (sums == nullptr || !file.data.X || file.data.var.find("tokens") == nullptr) return out;
  const std::vector<double> tokens = file.data.var.numbers("tokens", file.where);
  for (const SiteRange& s : sites) out.sites.push_back(s.site);
  std::vector<Index> columns;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (kinds[k] == "overall") continue;
    out.kinds.push_back(kinds[k]);
    out.tokens.push_back(static_cast<std::int64_t>(tokens[k]));
    columns.push_back(static_cast<Index>(k));
  }
  const auto rows = static_cast<Index>(columns.size());
  out.signed_sum = out.magnitude = MatrixD::Zero(rows, static_cast<Index>(sites.size()));
  for (Index k = 0; k < rows; ++k)
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const auto begin = static_cast<Index>(sites[s].begin), size = static_cast<Index>(sites[s].end) - begin;
      const Index column = columns[static_cast<std::size_t>(k)], site = static_cast<Index>(s);
      out.signed_sum(k, site) = sums->col(column).segment(begin, size).cast<double>().sum();
      out.magnitude(k, site) = file.data.X->col(column).segment(begin, size).cast<double>().sum();
    }
  return out;
}

}  // namespace

bool is_of_attributions(const Loaded& file) {
  return file.data.uns.contains("tokens_by_site");
}

void add_neurons_used(const Loaded& file, AttributionFindings& out) {
  const auto sites = ranges_of(io::neuron_axis(file.data.obs, file.data.uns, file.where));
  out.asked = text(file.provenance.settings, "target");
  out.words = words_of(file, sites);
  out.kinds = kinds_of(file, sites);
}

std::vector<UsedNeuron> used_neurons(const Loaded& file, const std::vector<Loaded>& rankings,
                                     std::size_t per_site) {
  const RankedAxis used = ranked_axis(file);
  const auto overall = std::find(used.concepts.begin(), used.concepts.end(), "overall");
  if (overall == used.concepts.end()) return {};
  const auto column = static_cast<Index>(overall - used.concepts.begin());
  std::vector<UsedNeuron> out;
  for (const SiteRange& s : ranges_of(used.axis)) {
    std::vector<std::size_t> order;
    for (std::size_t i = s.begin; i < s.end; ++i) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return used.scores(static_cast<Index>(a), column) > used.scores(static_cast<Index>(b), column);
    });
    for (std::size_t k = 0; k < order.size() && k < per_site; ++k)
      out.push_back({s.site,
                     used.axis.address(order[k]),
                     static_cast<double>(used.scores(static_cast<Index>(order[k]), column)),
                     static_cast<std::int64_t>(k) + 1,
                     {}});
  }
  for (const Loaded& other : rankings) {
    if (is_of_attributions(other)) continue;
    const RankedAxis r = ranked_axis(other);
    const std::string label = text(child(other.data.uns, "ranking"), "label");
    for (UsedNeuron& neuron : out)
      for (std::size_t i = 0; i < r.axis.size(); ++i) {
        if (r.axis.address(i) != neuron.address) continue;
        EncodedConcept best{label, "", 0, static_cast<std::int64_t>(r.axis.size()), 0};
        for (std::size_t c = 0; c < r.concepts.size(); ++c) {
          if (r.concepts[c] == "overall") continue;
          ++best.concepts;
          const auto rank = static_cast<std::int64_t>(r.ranks(static_cast<Index>(i), static_cast<Index>(c)));
          if (best.rank == 0 || rank < best.rank) best.rank = rank, best.concept_name = r.concepts[c];
        }
        if (best.rank > 0) neuron.encodes.push_back(std::move(best));
      }
  }
  return out;
}

}  // namespace neurox::load
