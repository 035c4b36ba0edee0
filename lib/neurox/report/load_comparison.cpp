#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

/// Names in the order in which they come.
std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it != names.end()) return static_cast<std::size_t>(it - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

/// Column of obs, and what it is called in the page.
struct Measure {
  std::string column, title;
};

/// One map per measure and set of rankings.
std::vector<AgreementMaps> maps_of(const Loaded& file, const std::vector<Measure>& measures) {
  const io::Table& obs = file.data.obs;
  const auto concepts = obs.strings("concept", file.where), units = obs.strings("unit", file.where),
             first = obs.strings("first", file.where), second = obs.strings("second", file.where);
  std::vector<AgreementMaps> out;
  const auto set_of = [&](std::size_t row) -> AgreementMaps& {
    for (AgreementMaps& set : out)
      if (set.concept_name == concepts[row] && set.unit == units[row]) return set;
    return out.emplace_back(AgreementMaps{concepts[row], units[row], {}, {}});
  };
  for (std::size_t r = 0; r < concepts.size(); ++r) {
    AgreementMaps& set = set_of(r);
    place_of(set.names, first[r]), place_of(set.names, second[r]);
  }
  for (const Measure& measure : measures) {
    const auto values = obs.numbers(measure.column, file.where);
    for (AgreementMaps& set : out) {
      const auto n = static_cast<Index>(set.names.size());
      set.maps.push_back({measure.title, MatrixD::Constant(n, n, no_value), false});
      set.maps.back().values.diagonal().setOnes();
    }
    for (std::size_t r = 0; r < values.size(); ++r) {
      AgreementMaps& set = set_of(r);
      const auto a = static_cast<Index>(place_of(set.names, first[r])),
                 b = static_cast<Index>(place_of(set.names, second[r]));
      set.maps.back().values(a, b) = set.maps.back().values(b, a) = values[r];
      set.maps.back().is_signed = set.maps.back().is_signed || values[r] < 0;
    }
  }
  return out;
}

std::vector<std::int64_t> places_in_rankings(std::string_view list) {
  std::vector<std::int64_t> out;
  const char* const end = list.data() + list.size();
  for (const char* at = list.data(); at < end; ++at) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(at, end, value);
    if (error != std::errc()) break;
    out.push_back(value);
    at = stop;
  }
  return out;
}

}  // namespace

bool comparison(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "comparison" || file.data.obs.find("rank_biased_overlap") == nullptr)
    return false;
  ComparisonFindings found;
  found.file = file.name, found.model = file.provenance.model;
  const auto firsts = numbers(file.data.uns, "firsts");
  if (!firsts.empty()) found.first = static_cast<std::int64_t>(firsts.back());
  const std::string overlap = fmt::format("overlap_{}", found.first);
  std::vector<Measure> measures;
  if (file.data.obs.find(overlap) != nullptr)
    measures.push_back({overlap, fmt::format("shared among the first {}", found.first)});
  measures.push_back({"rank_biased_overlap", "rank-biased overlap"});
  measures.push_back({"kendall", "Kendall’s τ-b"});
  if (file.data.obs.find("fingerprint_cosine") != nullptr)
    measures.push_back({"fingerprint_cosine", "cosine of the shares per site"});
  found.sets = maps_of(file, measures);

  const io::Tree& rankings = child(file.data.uns, "rankings");
  const auto concepts = strings(rankings, "concept"), names = strings(rankings, "name"),
             methods = strings(rankings, "method");
  const auto shared = numbers(rankings, fmt::format("mean_jaccard_{}", found.first).c_str()),
             votes = numbers(rankings, fmt::format("neuron_vote_{}", found.first).c_str()),
             others = numbers(rankings, fmt::format("vote_of_others_{}", found.first).c_str());
  const std::size_t n =
      std::min({concepts.size(), names.size(), methods.size(), shared.size(), votes.size(), others.size()});
  for (std::size_t i = 0; i < n; ++i)
    found.votes.push_back({concepts[i], names[i], methods[i], shared[i], votes[i], others[i]});

  const io::Tree& together = child(file.data.uns, "consensus");
  const auto of = strings(together, "concept"), neurons = strings(together, "neuron"),
             places = strings(together, "places");
  const auto scores = numbers(together, "score");
  for (std::size_t i = 0; i < std::min({of.size(), neurons.size(), places.size(), scores.size()}); ++i)
    found.consensus.push_back({of[i], neurons[i], scores[i], places_in_rankings(places[i])});

  const io::Tree& moved = child(file.data.uns, "moved");
  const auto c = strings(moved, "concept"), a = strings(moved, "first"), b = strings(moved, "second"),
             address = strings(moved, "neuron");
  const auto from = numbers(moved, "from"), to = numbers(moved, "to");
  for (std::size_t i = 0;
       i < std::min({c.size(), a.size(), b.size(), address.size(), from.size(), to.size()}); ++i)
    found.moved.push_back(
        {c[i], a[i], b[i], address[i], static_cast<std::int64_t>(from[i]), static_cast<std::int64_t>(to[i])});
  const io::Tree& words = child(file.data.uns, "word_changes");
  const auto word_concept = strings(words, "concept"), word_neuron = strings(words, "neuron"),
             word_moved = strings(words, "moved");
  const auto correlation = numbers(words, "correlation"), kept = numbers(words, "kept");
  for (std::size_t i = 0; i < std::min({word_concept.size(), word_neuron.size(), word_moved.size(),
                                        correlation.size(), kept.size()});
       ++i)
    found.words.push_back({word_concept[i], word_neuron[i], word_moved[i], correlation[i], kept[i]});
  out.comparisons.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
