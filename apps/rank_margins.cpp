#include "rank_margins.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "neurox/probe/split.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr Index kMarginNeurons = 50;
constexpr double kMarginTokens = 50000;
constexpr double kMarginHeldOut = 0.2;

}  // namespace

std::vector<std::string> Margins::not_beaten() const {
  std::vector<std::string> out;
  for (const Baseline& b : baselines)
    if (accuracy <= b.accuracy) out.push_back(fmt::format("{} ({:.3f})", b.name, b.accuracy));
  return out;
}

Margins margins_of(const SetStudy& study, const std::vector<double>& random_model) {
  Margins out;
  if (study.sets.empty()) return out;
  const SetResult& last = study.sets.back();
  out.neurons = last.size, out.accuracy = last.accuracy;
  out.baselines = {{"majority", study.majority}, {"word_majority", study.lookup}};
  if (!std::isnan(last.control)) out.baselines.push_back({"control", last.control});
  if (last.random_high > 0) out.baselines.push_back({"random_neurons", last.random_high});
  if (!random_model.empty()) out.baselines.push_back({"random_model", random_model.back()});
  return out;
}

Tree margin_figures(const Margins& margins) {
  Tree t{{"neurons", margins.neurons}, {"accuracy", margins.accuracy}};
  for (const Margins::Baseline& b : margins.baselines) {
    t[b.name] = b.accuracy;
    t["over_" + b.name] = margins.accuracy - b.accuracy;
  }
  t["beats_all"] = margins.not_beaten().empty();
  if (!margins.not_beaten().empty()) t["not_beaten"] = margins.not_beaten();
  return t;
}

void warn_of_margins(Console& console, const std::string& method, const Margins& margins) {
  if (const auto names = margins.not_beaten(); !names.empty())
    console.warn(fmt::format("the probe on {} neurons by {} ({:.3f}) does not beat {}", margins.neurons,
                             method, margins.accuracy, fmt::join(names, ", ")));
}

std::optional<SetsInput> margins_input(const std::shared_ptr<const io::ActivationReader>& file,
                                       const ConceptRows& rows, std::uint64_t seed) {
  if (rows.numeric) return std::nullopt;
  const std::vector<std::int32_t>& sentences = rows.sentences();
  if (sentences.empty() ||
      std::all_of(sentences.begin(), sentences.end(), [&](std::int32_t s) { return s == sentences.front(); }))
    return std::nullopt;
  std::vector<Index> drawn(sentences.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = static_cast<Index>(i);
  if (const double share = kMarginTokens / static_cast<double>(sentences.size()); share < 1)
    drawn = split_by_sentence(sentences, share, seed).held_out;
  std::vector<std::int32_t> of_drawn;
  for (const Index i : drawn) of_drawn.push_back(sentences[static_cast<std::size_t>(i)]);
  if (std::all_of(of_drawn.begin(), of_drawn.end(), [&](std::int32_t s) { return s == of_drawn.front(); }))
    return std::nullopt;
  const Split split = split_by_sentence(of_drawn, kMarginHeldOut, seed);
  const auto places = [&](const std::vector<Index>& of) {
    std::vector<std::int64_t> out;
    for (const Index i : of) out.push_back(drawn[static_cast<std::size_t>(i)]);
    return out;
  };
  SetsInput out{file, file, take(rows, places(split.train)), take(rows, places(split.held_out))};
  std::vector<bool> seen(rows.labelled.classes.size(), false);
  for (const int c : out.train.labelled.y) seen[static_cast<std::size_t>(c)] = true;
  if (std::find(seen.begin(), seen.end(), false) != seen.end()) return std::nullopt;
  return out;
}

RankSetsOptions margin_set(Index neurons) {
  RankSetsOptions out;
  out.sizes = {std::min(kMarginNeurons, neurons)};
  out.draws = 0;
  out.smallest = false;
  return out;
}

}  // namespace neurox::apps
