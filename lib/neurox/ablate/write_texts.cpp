#include "neurox/ablate/write_texts.h"

#include <algorithm>
#include <functional>
#include <string>

#include "neurox/ablate/not_finite.h"
#include "neurox/core/error.h"
#include "neurox/core/random.h"
#include "neurox/model/likelihood.h"

namespace neurox::ablate {
namespace {

/// Where edits act in a step of generation.
class StepPlaces {
 public:
  StepPlaces(const WritingOptions& options) : options_(options) {
    if (options.donors == nullptr) return;
    places_.donors = [donors = options.donors](Site site) { return donors->at(site); };
  }

  void update(const model::GenerationStep& step) {
    const std::int64_t tokens = step.batch.tokens();
    places_.chosen = torch::zeros({tokens}, torch::kBool);
    if (options_.donors != nullptr) {
      places_.drawn = torch::zeros({tokens}, torch::kInt64);
      if (options_.counterparts) places_.counterparts = torch::zeros({tokens}, torch::kInt64);
    }
    auto* chosen = places_.chosen.data_ptr<bool>();
    std::int64_t row = 0;
    for (std::size_t s = 0; s < step.batch.lengths.size(); ++s)
      for (std::int64_t i = 0; i < step.batch.lengths[s]; ++i, ++row) {
        const std::int64_t text = step.prompts[s], place = step.firsts[s] + i;
        chosen[row] = options_.schedule.acts(text / options_.samples, place);
        if (chosen[row] && options_.donors != nullptr) take(text, place, row);
      }
  }

  const Places& places() const { return places_; }

 private:
  void take(std::int64_t text, std::int64_t place, std::int64_t row) {
    const Donors& donors = *options_.donors;
    Random random(Random::mix(options_.generation.seed ^ Random::mix(static_cast<std::uint64_t>(text) + 1)) +
                  static_cast<std::uint64_t>(place));
    places_.drawn[row] = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(donors.rows())));
    if (!options_.counterparts) return;
    const std::int64_t prompt = text / options_.samples;
    std::int64_t k = 0;
    for (std::int64_t p = 0; p < place; ++p) k += options_.schedule.acts(prompt, p) ? 1 : 0;
    if (prompt >= donors.sentences() || donors.first(prompt) + k >= donors.first(prompt + 1))
      throw input_error(
          "{}: prompt {}: more edited pieces than its counterpart has; patch only the prompt "
          "(--positions prompt), and choose as many pieces on both sides",
          donors.name(), prompt + 1);
    places_.counterparts[row] = donors.first(prompt) + k;
  }

  const WritingOptions& options_;
  Places places_;
};

/// Negative log-likelihoods of continuations under the intact model.
void add_likelihoods(const model::Model& model, std::span<const model::TokenIds> prompts,
                     std::span<const std::int64_t> sources, std::span<const model::Continuation> found,
                     std::span<WrittenText> out) {
  std::vector<model::TokenIds> whole;
  for (std::size_t i = 0; i < found.size(); ++i) {
    whole.push_back(prompts[i]);
    whole.back().insert(whole.back().end(), found[i].ids.begin(), found[i].ids.end());
  }
  model::Batch batch = model::Batch::of(whole);
  if (!sources.empty()) batch.mark_sources(sources);
  const auto parts =
      model::token_log_likelihoods(model, model.forward(batch), batch).split_with_sizes(batch.lengths);
  for (std::size_t i = 0; i < found.size(); ++i)
    out[i].nll = -parts[i].slice(0, static_cast<std::int64_t>(prompts[i].size())).sum().item<double>();
}

/// Of the texts from `first` on.
std::vector<std::int64_t> sources_of(const WritingOptions& options, std::size_t first, std::size_t n) {
  std::vector<std::int64_t> out;
  for (std::size_t i = first; !options.sources.empty() && i < first + n; ++i)
    out.push_back(options.sources[i / static_cast<std::size_t>(options.samples)]);
  return out;
}

/// Says so where what ended the writing is a number that is no longer finite. What is written depends on
/// nothing but the prompts and the seed: a second run meets the same.
void refuse_not_finite(model::Model& model, const std::vector<SiteEdit>& edits,
                       const std::function<void()>& write, std::size_t first_prompt,
                       std::size_t last_prompt) {
  const std::string site = first_not_finite(model, [&] {
    try {
      write();
    } catch (const Error&) {  // the one that is being looked into
    }
  });
  if (site.empty()) return;
  const std::string prompts = first_prompt == last_prompt
                                  ? fmt::format("prompt {}", first_prompt)
                                  : fmt::format("prompts {} to {}", first_prompt, last_prompt);
  throw numeric_error("{}: {}", prompts, not_finite_words(edits, site));
}

}  // namespace

std::vector<WrittenText> write_texts(model::Model& model, const text::Tokenizer& tokenizer,
                                     std::span<const model::TokenIds> prompts,
                                     const std::vector<SiteEdit>& edits, const WritingOptions& options) {
  if (options.samples < 1 || (options.samples > 1 && !options.generation.sampling))
    throw usage_error("{} texts of each prompt: without sampling they are the same", options.samples);
  const c10::InferenceMode no_gradients;
  const auto samples = static_cast<std::size_t>(options.samples);
  std::vector<model::TokenIds> all;
  for (const model::TokenIds& prompt : prompts)
    for (std::int64_t s = 0; s < options.samples; ++s) all.push_back(prompt);
  std::vector<WrittenText> out(all.size());
  for (std::size_t first = 0; first < all.size();) {
    const std::size_t n = std::min(static_cast<std::size_t>(options.batch_texts), all.size() - first);
    const auto some = std::span(all).subspan(first, n);
    std::vector<model::Continuation> found;
    {
      StepPlaces step(options);
      model::GenerationOptions generation = options.generation;
      generation.first_number = static_cast<std::int64_t>(first);
      generation.sources = sources_of(options, first, n);
      generation.before_step = [&step](const model::GenerationStep& s) { step.update(s); };
      const auto guards = put_edits(model.hooks(), edits, model.device(), &step.places());
      const auto write = [&] { found = model::generate(model, some, generation); };
      try {
        write();
      } catch (const Error& e) {
        if (e.kind() == ErrorKind::Numeric && !edits.empty())
          refuse_not_finite(model, edits, write, first / samples + 1, (first + n - 1) / samples + 1);
        throw;
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      WrittenText& text = out[first + i];
      text.prompt = static_cast<std::int64_t>(first + i) / options.samples;
      text.sample = static_cast<std::int64_t>(first + i) % options.samples;
      text.ids = found[i].ids;
      text.tokens = static_cast<std::int64_t>(text.ids.size());
      const auto& stops = options.generation.stop_ids;
      if (std::find(stops.begin(), stops.end(), text.ids.back()) != stops.end()) text.ids.pop_back();
      const std::vector<std::int32_t> ids(text.ids.begin(), text.ids.end());
      text.text = tokenizer.decode(ids, true);
    }
    add_likelihoods(model, some, sources_of(options, first, n), found, std::span(out).subspan(first, n));
    first += n;
  }
  return out;
}

}  // namespace neurox::ablate
