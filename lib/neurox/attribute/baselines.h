#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::attribute {

/// What stands for the absence of a word, as a command line names it.
///
///     pad, mask  that token's embedding in place of every word, special tokens kept
///     mean       the mean word embedding of the vocabulary, special tokens kept
///     zero       zeros everywhere
///     file:PATH  numbers of a .npy or .safetensors file (one tensor, or the one named `baseline`): a vector
///     as
///                wide as the embeddings in place of every word, special tokens kept; or #tokens x width,
///                which is the whole sentence's
class Baselines {
 public:
  /// @throws Error{Usage} for a name that is none of these (with the nearest), a baseline named twice, and a
  /// token that the tokenizer lacks; Error{Input} for a file that cannot be read or is of another width
  /// @param names  none: pad, or zero where the tokenizer has no such token
  Baselines(const model::Model& model, const text::Tokenizer& tokenizer, std::vector<std::string> names);

  const std::vector<std::string>& names() const { return names_; }
  /// Files that were read.
  static std::vector<std::string> files(const std::vector<std::string>& names);

  /// One for each name, #tokens x width.
  /// @param words  the sentence's own word embeddings
  /// @param special  its places of special tokens
  /// @param where  the sentence, for messages
  /// @throws Error{Input} for a file's matrix that is not of this many tokens
  std::vector<torch::Tensor> of(const torch::Tensor& words, const std::vector<std::int64_t>& special,
                                const std::string& where) const;

 private:
  std::vector<std::string> names_;
  std::vector<torch::Tensor> fills_;  ///< per name: 1 x width, or #tokens x width
  std::vector<bool> whole_;           ///< per name: special tokens are not kept
};

}  // namespace neurox::attribute
