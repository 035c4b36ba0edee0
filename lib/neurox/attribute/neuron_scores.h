#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "neurox/attribute/example.h"
#include "neurox/attribute/layer_gradients.h"
#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"

namespace neurox::attribute {

/// Attributions of neurons added up over a corpus, by kinds of token.
///
///     abs(c, j)  = mean over the tokens of kind c of |a_j|        what the ranking orders by
///     sum(c, j)  = mean over the examples of the sum of a_j over their tokens of kind c, signed
///
/// Kinds: `overall` (every token, special ones too), and whatever names the caller gives a token.
class NeuronScores {
 public:
  explicit NeuronScores(Index neurons) : neurons_(neurons) {}

  /// @param attribution  sites side by side, as long as the neurons
  /// @param kinds        per row of the example: its kind, or empty for none
  void add(const LayerAttribution& attribution, const Example& example,
           const std::vector<std::string>& kinds);

  struct Result {
    std::vector<std::string> kinds;  ///< in byte order, then `overall`
    MatrixF magnitude;               ///< #neurons x #kinds
    MatrixF signed_sum;              ///< #neurons x #kinds
    MatrixF ranks;                   ///< #neurons x #kinds, from 1; ties by the order of the neurons
    std::vector<std::int64_t> tokens;
  };
  Result result() const;

 private:
  struct Sums {
    VectorD magnitude, value;
    std::int64_t tokens = 0;
  };
  Sums& of(const std::string& kind);

  Index neurons_;
  std::int64_t examples_ = 0;
  std::map<std::string, Sums> sums_;
  Sums overall_;
};

}  // namespace neurox::attribute
