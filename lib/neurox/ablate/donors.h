#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "neurox/ablate/edits.h"
#include "neurox/ablate/positions.h"
#include "neurox/extract/packing.h"
#include "neurox/io/corpus.h"
#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::ablate {

struct DonorOptions {
  std::set<Site> sites;  ///< where edits take from them
  Positions positions;   ///< which of their pieces are kept
  extract::PlanOptions plan;
  std::int64_t batch_tokens = 2048;
};

/// Activations of other text under the intact model: what `resample` and `patch` put in.
class Donors {
 public:
  /// @throws Error{Input} as corpus and tokenizer do, and when no piece is chosen
  static Donors collect(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                        const DonorOptions& options);

  /// #rows x width: the chosen pieces of all sentences, in the order of the text.
  const torch::Tensor& at(Site site) const { return rows_.at(site); }
  std::int64_t rows() const { return first_.back(); }
  std::int64_t sentences() const { return static_cast<std::int64_t>(first_.size()) - 1; }
  /// Row of a sentence's first chosen piece; of `sentences()` the number of rows.
  std::int64_t first(std::int64_t sentence) const { return first_[static_cast<std::size_t>(sentence)]; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::map<Site, torch::Tensor> rows_;
  std::vector<std::int64_t> first_{0};
};

/// How edits lie in a corpus.
struct Placement {
  Positions positions;
  const Donors* donors = nullptr;
  bool counterparts = false;  ///< donors are the counterparts of the sentences, one each
  std::uint64_t seed = 0;     ///< of the places that are drawn among the donors
};

/// A window of sentences, as `places_of` looks at it.
struct PlacedWindow {
  std::int64_t first_sentence = 0;  ///< number in the corpus
  std::vector<PieceMask> chosen;    ///< per sentence
};

/// Where edits act in one batch of a window, and which donor each piece has. The k-th chosen piece of
/// sentence s has as counterpart the k-th of sentence s of the donors; what is drawn depends on the seed, the
/// sentence and k alone, and is one place for all neurons.
/// @throws Error{Input} when a sentence and its counterpart have different numbers of chosen pieces, or there
/// are fewer counterparts than sentences
Places places_of(const Placement& placement, const PlacedWindow& window, const extract::Packing& packing,
                 const extract::PackedBatch& batch);

}  // namespace neurox::ablate
