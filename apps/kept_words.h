#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/attribute/example.h"
#include "neurox/attribute/layer_gradients.h"
#include "neurox/io/anndata.h"
#include "neurox/io/corpus.h"

namespace neurox::apps {

/// The attributions of every neuron for some words of the first sentences, where sums over a corpus would not
/// do: obsm/kept_words (#neurons x #kept words) and the table uns/kept_words (`sentence`, `row`, `token`,
/// `segment`, `text`, `target`).
class KeptWords {
 public:
  /// Sentences after this many have no words kept, so that memory does not grow with the corpus.
  static constexpr std::int64_t most_sentences = 20;

  /// @param which  words as they stand in the text, and numbers N: the N words of a sentence with the largest
  /// sum of absolute attributions
  explicit KeptWords(std::vector<std::string> which) : which_(std::move(which)) {}

  /// @param found  sites in the order of the neurons of the file
  void add(std::int64_t number, const io::Sentence& sentence, const attribute::Example& example,
           const attribute::LayerAttribution& found);
  bool empty() const { return columns_.empty(); }
  void put(io::AnnData& file) const;

 private:
  std::vector<std::string> which_;
  std::vector<std::vector<float>> columns_;  ///< per kept word: its neurons
  io::Tree words_ = io::Tree::object();
};

}  // namespace neurox::apps
