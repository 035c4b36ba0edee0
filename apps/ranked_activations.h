#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "concept_options.h"
#include "neurox/core/neurons.h"
#include "neurox/io/activation_reader.h"
#include "neurox/rank/rank_data.h"

namespace neurox::apps {

/// The tokens of an activation file that a ranking looks at.
struct RankedTokens {
  std::vector<std::int64_t> rows;  ///< of the file
  std::vector<std::int32_t> sentences;
  int num_classes = 0;  ///< 0 with numeric labels, or without labels
};

RankedTokens ranked_tokens(const ConceptRows& rows);

/// The neurons and tokens of an activation file that are ranked, read by bands or by blocks, always checked.
class RankedActivations {
 public:
  /// @param pattern  of the neurons; empty: all
  RankedActivations(std::shared_ptr<const io::ActivationReader> file, const std::string& pattern,
                    RankedTokens tokens);
  /// @param columns  of the file, in this order
  RankedActivations(std::shared_ptr<const io::ActivationReader> file, std::vector<std::int64_t> columns,
                    RankedTokens tokens);
  RankedActivations(const RankedActivations&) = delete;
  RankedActivations& operator=(const RankedActivations&) = delete;

  const std::shared_ptr<const io::ActivationReader>& reader() const { return file_; }
  const std::vector<std::int64_t>& columns() const { return columns_; }  ///< of the file
  const NeuronAxis& axis() const { return axis_; }
  /// Refers to this.
  RankData data() const;

 private:
  std::unique_ptr<RowSource> read(Index first, Index width) const;

  std::shared_ptr<const io::ActivationReader> file_;
  std::vector<std::int64_t> columns_;
  NeuronAxis axis_;
  RankedTokens tokens_;
  std::unique_ptr<RowSource> X_;
};

/// Activations of the same text from another model of the same shape.
/// @throws Error{Input} naming what differs: neurons, the number of rows, a token
std::shared_ptr<const io::ActivationReader> open_same_text(const std::string& path,
                                                           const io::ActivationReader& like,
                                                           const std::string& advice);

}  // namespace neurox::apps
