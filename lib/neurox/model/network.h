#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/core/site.h"
#include "neurox/model/batch.h"
#include "neurox/model/hooks.h"

namespace neurox::model {

/// A model that is no Transformer: from word embeddings to the output's rows, with sites of its own names
/// (SiteKind::Module, numbered in the order of computation).
class Network {
 public:
  enum class Task {
    Text,   ///< #sentences x classes
    Words,  ///< #tokens x classes
    Next,   ///< #tokens x vocabulary
    None    ///< #tokens x width: vectors of words, nothing is told from them
  };
  virtual ~Network() = default;

  virtual const std::vector<SiteColumns>& sites() const = 0;
  /// Whether a site has a row for each word, not one for the text (of which each word's row is a copy).
  virtual bool has_words(std::size_t site) const = 0;
  /// Whether everything that the output sees of the words passes through this site: without its gradient
  /// there is none.
  virtual bool is_cut(std::size_t site) const = 0;
  virtual Task task() const = 0;
  /// Numbers in a row of the output.
  virtual std::int64_t classes() const = 0;
  /// #vocabulary x width
  virtual const torch::Tensor& word_embeddings() const = 0;
  /// What looks the words up: a module's path, or a site's name.
  virtual std::string embedding() const = 0;
  /// Whether sentences of several lengths may go together while somebody listens.
  virtual bool mixes_lengths() const = 0;
  /// Whether Batch::cache carries its state from token to token.
  virtual bool keeps_state() const { return false; }

  /// From word embeddings (#tokens x width) to the output's rows, or to the site `stop_after`, behind which
  /// nobody listens any more.
  /// A pair is a sentence whose second text's words have the type id 1.
  /// @throws Error{Usage} for pairs where one text is taken and the other way round
  virtual torch::Tensor run(const torch::Tensor& words, const Batch& batch, const Hooks& hooks,
                            std::optional<Site> stop_after) const = 0;

 protected:
  Network() = default;
  Network(const Network&) = default;
  Network& operator=(const Network&) = default;
  Network(Network&&) = default;
  Network& operator=(Network&&) = default;
};

}  // namespace neurox::model
