#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/row_source.h"

namespace neurox {

struct ContextOptions {
  std::size_t contexts = 5;    ///< rows of each sort and neuron, from as many sentences
  std::size_t words = 10;      ///< word types at each end
  std::int64_t min_count = 3;  ///< a word type counts from this many occurrences on
  std::size_t bins = 24;       ///< of the histogram
  std::uint64_t seed = 0;      ///< of the random rows
};

/// What is known of the rows, #rows each.
struct ContextRows {
  std::span<const std::int32_t> sentence;  ///< rows of a sentence lie next to each other
  std::span<const std::int32_t> word;      ///< word type in [0, #types), -1 none
  std::span<const std::uint8_t> skip;      ///< not 0: padding, dropped, special; may be empty
};

struct RowValue {
  std::int64_t row;
  float value;
};

struct TypeScore {
  std::int32_t word;
  std::int64_t count;
  double mean;
  double z;
};

/// Where one neuron is high, low and, for comparison, anywhere.
struct NeuronContexts {
  std::int64_t rows = 0;  ///< not skipped
  double mean = 0, variance = 0, min = 0, max = 0;
  std::vector<std::int64_t>
      histogram;  ///< equal bins from min to max, the last with its upper end; empty when constant
  std::vector<RowValue> top;          ///< value descending, row ascending on ties
  std::vector<RowValue> bottom;       ///< value ascending, likewise
  std::vector<RowValue> random;       ///< by row
  std::vector<TypeScore> high_words;  ///< z descending, word ascending on ties
  std::vector<TypeScore> low_words;   ///< z ascending, likewise; no word stands in both
};

/// Contexts of every column of X in two passes over its bands: sums and extremes, then histograms.
///
///     z(word) = (mean over the word's rows - mean) / sqrt(variance)        population variance, sign kept
///
/// Top and bottom hold at most one row per sentence. The random rows are drawn before anything is read,
/// without replacement, from other sentences each while there are enough, and are the same for every neuron:
/// what they show does not depend on the neuron.
///
/// @param X  #rows x #neurons, those asked for only; values are finite
/// @throws Error{Input} when the sizes do not fit
/// Cost: O(rows * neurons) time, O(types * neurons) memory.
/// Source: top words as NeuroX's corpus analysis, which averages |z| and divides by the largest; here the
/// sign is kept.
std::vector<NeuronContexts> collect_contexts(const RowSource& X, const ContextRows& rows,
                                             const ContextOptions& options);

}  // namespace neurox
