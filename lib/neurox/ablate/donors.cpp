#include "neurox/ablate/donors.h"

#include <optional>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/random.h"
#include "neurox/extract/extract.h"

namespace neurox::ablate {
namespace {

/// Chosen pieces of a segment, as rows of its batch.
torch::Tensor chosen_rows(const std::vector<bool>& chosen, std::int64_t first_row) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i]) rows.push_back(first_row + static_cast<std::int64_t>(i));
  return torch::tensor(rows, torch::kInt64);
}

std::int64_t count(const PieceMask& mask) {
  std::int64_t n = 0;
  for (const auto& segment : mask)
    for (const bool chosen : segment) n += chosen ? 1 : 0;
  return n;
}

/// Position of a segment among those of its sentence.
std::size_t segment_within(const extract::Packing& packing, std::int64_t segment, std::size_t plan) {
  return static_cast<std::size_t>(segment - packing.first_segment(plan));
}

}  // namespace

Donors Donors::collect(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                       const DonorOptions& options) {
  const c10::InferenceMode no_gradients;
  Donors out;
  out.name_ = corpus.name();
  std::map<Site, std::vector<torch::Tensor>> parts;  // [segment of all sentences]
  std::map<Site, torch::Tensor> seen;
  std::vector<model::Hooks::Guard> guards;
  for (const Site site : options.sites)
    guards.push_back(model.hooks().observe(site, [&seen, site](const torch::Tensor& x) { seen[site] = x; }));
  corpus.rewind();
  std::int64_t number = 0;
  for (bool more = true; more;) {
    std::vector<extract::SentencePlan> plans;
    std::vector<PieceMask> masks;
    std::int64_t tokens = 0;
    while (tokens < 4 * options.batch_tokens) {
      const std::optional<io::Sentence> sentence = corpus.next();
      if (!sentence) {
        more = false;
        break;
      }
      plans.push_back(extract::plan_sentence(tokenizer, extract::plan_input(*sentence, corpus.name()),
                                             word_plan(options.plan)));
      masks.push_back(chosen_pieces(options.positions, number++, plans.back()));
      out.first_.push_back(out.first_.back() + count(masks.back()));
      for (const extract::Segment& s : plans.back().segments)
        tokens += static_cast<std::int64_t>(s.ids.size());
    }
    if (plans.empty()) break;
    const extract::Packing packing(plans, options.batch_tokens, extract::lengths_for(model));
    const std::size_t before = parts.empty() ? 0 : parts.begin()->second.size();
    for (const Site site : options.sites) parts[site].resize(before + packing.plan_of_segment().size());
    for (const extract::PackedBatch& packed : packing.batches()) {
      model.forward(packed.batch, *options.sites.rbegin());
      const std::vector<std::int64_t> offsets = packed.batch.offsets();
      for (std::size_t i = 0; i < packed.segments.size(); ++i) {
        const std::int64_t segment = packed.segments[i];
        const auto plan =
            static_cast<std::size_t>(packing.plan_of_segment()[static_cast<std::size_t>(segment)]);
        const torch::Tensor rows =
            chosen_rows(masks[plan][segment_within(packing, segment, plan)], offsets[i]);
        for (const Site site : options.sites)
          parts[site][before + static_cast<std::size_t>(segment)] =
              seen.at(site).index_select(0, rows.to(model.device()));
      }
    }
  }
  if (out.rows() == 0) throw input_error("{}: no piece of its text is chosen", corpus.name());
  for (const Site site : options.sites) out.rows_[site] = at::cat(parts.at(site));
  return out;
}

Places places_of(const Placement& placement, const PlacedWindow& window, const extract::Packing& packing,
                 const extract::PackedBatch& batch) {
  Places places;
  const Donors* donors = placement.donors;
  if (placement.positions.kind == Positions::Kind::All && donors == nullptr) return places;
  const std::int64_t tokens = batch.batch.tokens();
  places.chosen = torch::zeros({tokens}, torch::kBool);
  if (donors != nullptr) {
    places.donors = [donors](Site site) { return donors->at(site); };
    places.drawn = torch::zeros({tokens}, torch::kInt64);
    if (placement.counterparts) places.counterparts = torch::zeros({tokens}, torch::kInt64);
  }
  std::int64_t row = 0;
  for (const std::int64_t segment : batch.segments) {
    const auto plan = static_cast<std::size_t>(packing.plan_of_segment()[static_cast<std::size_t>(segment)]);
    const PieceMask& mask = window.chosen[plan];
    const std::size_t own = segment_within(packing, segment, plan);
    const std::int64_t sentence = window.first_sentence + static_cast<std::int64_t>(plan);
    std::int64_t k = 0;
    for (std::size_t s = 0; s < own; ++s)
      for (const bool chosen : mask[s]) k += chosen ? 1 : 0;
    if (placement.counterparts) {
      if (sentence >= donors->sentences())
        throw input_error("{}: {} sentences, but sentence {} of the corpus has no counterpart in it",
                          donors->name(), donors->sentences(), sentence + 1);
      const std::int64_t there = donors->first(sentence + 1) - donors->first(sentence);
      if (count(mask) != there)
        throw input_error(
            "{}: sentence {}: {} chosen pieces but {} in its counterpart; choose as many on both sides "
            "(--positions)",
            donors->name(), sentence + 1, count(mask), there);
    }
    for (const bool chosen : mask[own]) {
      if (chosen) {
        places.chosen[row] = true;
        if (donors != nullptr) {
          Random random(Random::mix(placement.seed ^ Random::mix(static_cast<std::uint64_t>(sentence + 1))) +
                        static_cast<std::uint64_t>(k));
          places.drawn[row] =
              static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(donors->rows())));
          if (placement.counterparts) places.counterparts[row] = donors->first(sentence) + k;
        }
        ++k;
      }
      ++row;
    }
  }
  return places;
}

}  // namespace neurox::ablate
