#include "neurox/attribute/trust.h"

#include "neurox/attribute/over_baselines.h"
#include "neurox/attribute/players.h"
#include "neurox/core/no_value.h"
#include "neurox/core/random.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// Mean over the baselines that the method takes one at a time.
template <class Each>
Tensor mean_over_baselines(const InputMethod& method, Example& example, const Each& each) {
  if (method.uses != BaselineUse::Each) return each();
  const Tensor kept = example.baseline;
  Tensor sum;
  for (const Tensor& baseline : example.baselines) {
    example.baseline = baseline;
    const Tensor one = each();
    sum = sum.defined() ? sum + one : one;
  }
  example.baseline = kept;
  return sum / static_cast<double>(example.baselines.size());
}

Tensor embedding_values(const InputMethod& method, Example& example, const MethodOptions& settings) {
  return mean_over_baselines(
      method, example, [&] { return method.of_embeddings(example, settings).values.to(torch::kFloat64); });
}

/// Attributions per unit of embedding, as noise asks for them.
Tensor slopes(const InputMethod& method, Example& example, const MethodOptions& settings) {
  return mean_over_baselines(method, example, [&] {
    Tensor values = method.of_embeddings(example, settings).values.to(torch::kFloat64);
    const Tensor x = example.function->embeddings();
    if (method.factor == Factor::None) return values;
    return per_unit(values, x, method.factor == Factor::Input ? at::zeros_like(x) : example.baseline);
  });
}

Infidelity under_noise(const InputMethod& method, Example& example, const MethodOptions& settings,
                       const Tensor& noise) {
  if (method.of_embeddings == nullptr || (method.uses == BaselineUse::All && example.baselines.size() > 1))
    return {no_value, no_value};
  const SentenceFunction& f = *example.function;
  const Tensor x = f.embeddings(), perturbed = x + noise;
  const Tensor change = f.value(x) - f.values(perturbed).to(torch::kFloat64);
  // The perturbation that the model saw: rounding of x + noise included.
  const Tensor p = x.to(torch::kFloat64) - perturbed.to(torch::kFloat64);
  return infidelity((p * slopes(method, example, settings)).sum({1, 2}), change);
}

Infidelity without_words(const Example& example, const RowAttribution& found, const TrustOptions& options) {
  Players players;
  std::vector<double> values;
  for (std::size_t r = 0; r < example.rows.size(); ++r) {
    if (example.rows[r].special) continue;
    players.push_back(example.rows[r].places);
    values.push_back(found.values[r]);
  }
  if (players.size() < 2) return {no_value, no_value};
  Random random(options.seed);
  std::vector<Coalition> asked(static_cast<std::size_t>(options.draws), Coalition(players.size(), true));
  std::vector<double> predicted;
  for (Coalition& present : asked) {
    std::size_t left = players.size();
    while (left == players.size() || left == 0) {
      left = 0;
      for (std::size_t i = 0; i < players.size(); ++i) {
        present[i] = random.below(2) == 1;
        if (present[i]) ++left;
      }
    }
    double sum = 0;
    for (std::size_t i = 0; i < players.size(); ++i)
      if (!present[i]) sum += values[i];
    predicted.push_back(sum);
  }
  const double whole = example.function->value(example.function->embeddings());
  std::vector<double> change(asked.size(), whole);
  for (const Tensor& baseline : example.baselines) {
    const std::vector<double> without = baseline_words(*example.function, players, baseline)(asked);
    for (std::size_t i = 0; i < change.size(); ++i)
      change[i] -= without[i] / static_cast<double>(example.baselines.size());
  }
  return infidelity(torch::tensor(predicted, torch::kFloat64), torch::tensor(change, torch::kFloat64));
}

/// Other embeddings while it lives.
class Replaced {
 public:
  Replaced(SentenceFunction& f, const Tensor& embeddings) : f_(f) { f_.replace_embeddings(embeddings); }
  ~Replaced() { f_.replace_embeddings({}); }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;

 private:
  SentenceFunction& f_;
};

}  // namespace

Trust trust(const InputMethod& method, Example& example, const RowAttribution& found,
            const MethodOptions& settings, const TrustOptions& options) {
  SentenceFunction& f = *example.function;
  const Tensor x = f.embeddings();
  const Tensor noise = uniform_noise(x, options.draws, options.radius, options.seed);
  Trust out{under_noise(method, example, settings, noise), without_words(example, found, options), 0};
  const Explanation explain = [&](const Tensor& at) {
    const Replaced guard(f, at);
    return method.of_embeddings != nullptr
               ? embedding_values(method, example, settings)
               : torch::tensor(over_baselines(method, example, settings).values, torch::kFloat64);
  };
  out.sensitivity = sensitivity_max(explain, x, noise);
  return out;
}

Example in_model(const Example& example, model::Model& other, const Baselines& baselines,
                 std::int64_t memory_bytes) {
  Example out;
  out.rows = example.rows;
  out.target = example.target;
  out.where = example.where;
  out.answer = example.answer;
  out.function = std::make_unique<SentenceFunction>(other, example.function->sentence(),
                                                    example.function->target(), memory_bytes);
  out.function->name_in_messages(example.where);
  std::vector<std::int64_t> special;
  for (const ExampleRow& row : example.rows)
    if (row.special) special.insert(special.end(), row.places.begin(), row.places.end());
  out.baselines = baselines.of(out.function->embeddings(), special, example.where);
  out.baseline = out.baselines.front();
  return out;
}

std::vector<double> word_values(const Example& example, const RowAttribution& found) {
  std::vector<double> out;
  for (std::size_t r = 0; r < example.rows.size(); ++r)
    if (!example.rows[r].special) out.push_back(found.values[r]);
  return out;
}

}  // namespace neurox::attribute
