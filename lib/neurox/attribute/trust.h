#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/attribute/infidelity.h"
#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// Is a method of words to be trusted, on one example: what its own numbers say of perturbations.
struct Trust {
  /// Of uniform noise on the word embeddings, NaN where the method knows words only, or draws from several
  /// baselines.
  Infidelity noise;
  /// Of random sets of words that the baseline replaces: predicted is the sum of their attributions. NaN for
  /// a single word.
  Infidelity words;
  double sensitivity = 0;  ///< sensitivity_max under the same noise, of embeddings, else of words
};

struct TrustOptions {
  int draws = 10;
  double radius = 0.02;  ///< of the noise, in the unit of the embeddings
  std::uint64_t seed = 0;
};

/// @param found  what the method gave for the example (over_baselines.h)
/// The example is the same afterwards. Cost: `draws` more runs of the method, and 2 `draws` values.
/// Source: Yeh et al., NeurIPS 2019; draws and radius are Captum's.
Trust trust(const InputMethod& method, Example& example, const RowAttribution& found,
            const MethodOptions& settings, const TrustOptions& options = {});

/// The same sentence and target in another model of the same kind: with random weights, a method that
/// explains the trained ones should say something else. Adebayo et al., NeurIPS 2018.
/// @param baselines  of that model
Example in_model(const Example& example, model::Model& other, const Baselines& baselines,
                 std::int64_t memory_bytes);

/// The attributions of the words (special tokens left out).
std::vector<double> word_values(const Example& example, const RowAttribution& found);

}  // namespace neurox::attribute
