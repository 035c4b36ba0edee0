#pragma once

#include <cstdint>
#include <vector>

#include "neurox/io/activation_reader.h"
#include "neurox/report/contexts.h"
#include "neurox/report/report_data.h"

namespace neurox {

struct TextOptions {
  ContextOptions contexts;
  std::size_t context_tokens = 40;  ///< a longer sentence is cut around its focus
};

/// Neurons of an activation file on its text: statistics, histogram, the words that drive them, and sentences
/// where they are high, low, and anywhere. Kinds and scores are left to the caller.
///
/// The file is passed over twice whatever the number of neurons, then the sentences that are shown are read.
/// Special tokens, dropped and truncated words count nowhere. Word types are the file's tokens as they stand;
/// rows that are sentences have none.
/// @param columns  positions on the file's axis
/// @throws Error{Input} when the file cannot be read or holds NaN at these neurons
std::vector<NeuronFindings> neurons_on_text(const io::ActivationReader& file,
                                            const std::vector<std::int64_t>& columns,
                                            const TextOptions& options);

}  // namespace neurox
