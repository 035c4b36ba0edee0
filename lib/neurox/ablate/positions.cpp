#include "neurox/ablate/positions.h"

#include "neurox/core/error.h"

namespace neurox::ablate {

PieceMask chosen_pieces(const Positions& positions, std::int64_t number, const extract::SentencePlan& plan) {
  PieceMask out;
  const bool all = positions.kind == Positions::Kind::All;
  for (const extract::Segment& segment : plan.segments) out.emplace_back(segment.ids.size(), all);
  if (out.empty() || all) return out;
  if (positions.kind == Positions::Kind::First && !out.front().empty()) out.front().front() = true;
  if (positions.kind == Positions::Kind::Last && !out.back().empty()) out.back().back() = true;
  if (positions.kind != Positions::Kind::Words) return out;
  const auto n = static_cast<std::size_t>(number);
  if (n >= positions.words.size())
    throw usage_error("positions: words of {} sentences were chosen, but there is sentence {}",
                      positions.words.size(), number + 1);
  const std::vector<bool>& words = positions.words[n];
  for (const extract::PlannedRow& row : plan.rows) {
    const auto word = static_cast<std::size_t>(row.word);
    if (row.word < 0 || word >= words.size() || !words[word]) continue;
    for (const auto& group : row.groups)
      for (const extract::Place place : group)
        out[static_cast<std::size_t>(place.segment)][static_cast<std::size_t>(place.piece)] = true;
  }
  return out;
}

extract::PlanOptions word_plan(extract::PlanOptions options) {
  options.unit = extract::Unit::Word;
  options.pooling = extract::Pooling::Mean;
  options.special_tokens = false;
  return options;
}

}  // namespace neurox::ablate
