#include "neurox/model/beam_search.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/model/next_logits.h"

namespace neurox::model {
namespace {

struct Beam {
  TokenIds ids;
  double sum = 0;    ///< log-probability
  double score = 0;  ///< of a finished one
};

}  // namespace

Continuation search_beams(const Model& model, const TokenIds& prompt, std::int64_t number,
                          const GenerationOptions& options) {
  const auto beams = static_cast<std::size_t>(options.beams);
  const std::int64_t looked_at =
      options.beams * std::max<std::int64_t>(2, 1 + static_cast<std::int64_t>(options.stop_ids.size()));
  std::vector<Beam> open(1), finished;
  NextLogits next(model, options, {prompt}, {number});
  for (std::int64_t length = 1; length <= options.most_tokens; ++length) {
    torch::Tensor sums = next.allowed(next.logits().log_softmax(1)).to(torch::kCPU);
    std::vector<float> before;
    for (const Beam& b : open) before.push_back(static_cast<float>(b.sum));
    sums = sums + torch::tensor(before).unsqueeze(1);
    const std::int64_t vocabulary = sums.size(1);
    const auto [best, places] = sums.flatten().topk(std::min(looked_at, sums.numel()));
    std::vector<Beam> going_on;
    std::vector<std::int64_t> rows, tokens;
    for (std::int64_t i = 0; i < best.size(0); ++i) {
      if (!std::isfinite(best[i].item<double>())) continue;  // not allowed
      const std::int64_t place = places[i].item<std::int64_t>(), row = place / vocabulary,
                         token = place % vocabulary;
      Beam beam = open[static_cast<std::size_t>(row)];
      beam.ids.push_back(token);
      beam.sum = best[i].item<double>();
      const bool ends =
          length == options.most_tokens ||
          std::find(options.stop_ids.begin(), options.stop_ids.end(), token) != options.stop_ids.end();
      if (!ends) {
        if (going_on.size() == beams) continue;
        going_on.push_back(std::move(beam));
        rows.push_back(row);
        tokens.push_back(token);
      } else if (i < options.beams) {
        beam.score = beam.sum / std::pow(static_cast<double>(length), options.length_penalty);
        finished.push_back(std::move(beam));
      }
    }
    std::stable_sort(finished.begin(), finished.end(),
                     [](const Beam& a, const Beam& b) { return a.score > b.score; });
    if (finished.size() > beams) finished.resize(beams);
    if (going_on.empty()) break;
    if (finished.size() == beams) {
      if (options.early_stopping == EarlyStopping::Yes) break;
      const bool at_longest = options.early_stopping == EarlyStopping::Never && options.length_penalty > 0;
      const double reachable =
          going_on.front().sum /
          std::pow(static_cast<double>(at_longest ? options.most_tokens : length), options.length_penalty);
      if (reachable <= finished.back().score) break;
    }
    open = std::move(going_on);
    next.go_on(rows, tokens);
  }
  if (finished.empty())
    throw numeric_error("generation: within {} tokens the rules of writing forbid every token",
                        options.most_tokens);
  return {finished.front().ids, finished.front().sum};
}

}  // namespace neurox::model
