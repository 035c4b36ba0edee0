#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "neurox/ablate/donors.h"
#include "neurox/ablate/edits.h"
#include "neurox/ablate/schedule.h"
#include "neurox/model/generate.h"
#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::ablate {

/// How an edited model is let write.
struct WritingOptions {
  model::GenerationOptions generation;  ///< its stop_ids too; before_step, sources, first_number are set here
  /// Of an encoder with a decoder: of each prompt the tokens that are its source
  /// (GenerationOptions::sources).
  std::vector<std::int64_t> sources = {};
  std::int64_t samples = 1;  ///< texts per prompt; more than one only where they are sampled
  std::int64_t batch_texts = 32;
  Schedule schedule;
  const Donors* donors = nullptr;
  bool counterparts = false;  ///< the k-th edited piece of a prompt takes from the k-th of its counterpart
};

/// A text that a model wrote.
struct WrittenText {
  std::int64_t prompt = 0, sample = 0;
  model::TokenIds ids;      ///< without the token that ended it
  std::string text;         ///< of the new tokens
  std::int64_t tokens = 0;  ///< new ones, the last one included
  double nll = 0;           ///< of the new tokens given the prompt, under the intact model
};

/// Continuations of every prompt under these edits, prompt by prompt, sample by sample. A sampled text
/// depends on the seed, the prompt's number and the sample's, so that conditions are compared draw by draw.
/// @throws Error{Usage} as model::generate, and for samples without sampling
std::vector<WrittenText> write_texts(model::Model& model, const text::Tokenizer& tokenizer,
                                     std::span<const model::TokenIds> prompts,
                                     const std::vector<SiteEdit>& edits, const WritingOptions& options);

}  // namespace neurox::ablate
