#pragma once

#include <torch/types.h>

#include <optional>

#include "neurox/core/site.h"
#include "neurox/model/batch.h"
#include "neurox/model/hooks.h"
#include "neurox/model/transformer.h"

namespace neurox::model {

/// A batch of sources and targets, parted: what the encoder reads and what the decoder reads.
struct Sides {
  Batch source, target;  ///< no sentence: that side is not there
  /// Rows of the batch, int64; undefined where one side has all rows.
  torch::Tensor source_rows, target_rows;
};

/// By the batch's token types (Batch::type_ids). Behind a cache that holds the sources all tokens are
/// targets.
/// @throws Error{Input}, with the sentence, for one without a source, or without a target where others have
/// one, and for a source that goes on behind the target
Sides part_sides(const Batch& batch);

/// An encoder and a decoder that attends to its result. Rows are those of the batch: at the source's tokens
/// the encoder's, at the target's the decoder's.
struct EncoderDecoder {
  const Transformer& encoder;
  const Transformer& decoder;

  /// #tokens x embedding_width
  torch::Tensor embed_words(const Batch& batch) const;
  /// From word embeddings to the end, or to `stop_after`: #tokens x width of the site, 0 where it has no
  /// rows.
  /// @throws Error{Input} as part_sides, and for a batch without targets when the pass goes beyond the
  /// encoder
  torch::Tensor run(const torch::Tensor& words, const Batch& batch, const Hooks& hooks,
                    std::optional<Site> stop_after) const;
};

}  // namespace neurox::model
