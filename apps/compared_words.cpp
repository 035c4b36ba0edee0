#include "compared_words.h"

#include <map>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/io/provenance.h"
#include "ranked_activations.h"

namespace neurox::apps {
namespace {

constexpr std::int64_t kFewestTokens = 3;  ///< of a word

}  // namespace

ComparedWords::ComparedWords(const std::vector<std::string>& activations,
                             const std::vector<NeuronFile>& files, const NeuronAxis& axis)
    : before_(io::ActivationReader::open(activations[0])),
      after_(open_same_text(activations[1], *before_, "extract the same text with both models")),
      axis_(axis) {
  if (before_->obs().find("token") == nullptr)
    throw input_error("{}: has no tokens, so no words to compare", before_->name());
  io::check_same_model(files[0].path, files[0].provenance, before_->name(), before_->provenance());
  io::check_same_model(files[1].path, files[1].provenance, after_->name(), after_->provenance());
  io::StringIds ids;
  tokens_ = io::usable_tokens(*before_, ids);
  names_ = before_->obs().strings("token", before_->name());
  words_ = ngram_units({tokens_.rows, tokens_.words, tokens_.sentences}, 1, kFewestTokens);
}

std::vector<std::int64_t> ComparedWords::columns_of(const NeuronList& neurons) const {
  std::map<std::string, std::int64_t> at;
  for (std::size_t i = 0; i < before_->neurons().size(); ++i)
    at.emplace(before_->neurons().address(i), static_cast<std::int64_t>(i));
  std::vector<std::int64_t> out;
  for (const Index j : neurons) {
    const std::string address = axis_.address(static_cast<std::size_t>(j));
    const auto found = at.find(address);
    if (found == at.end())
      throw input_error("{}: has no activations of {}, which the rankings hold", before_->name(), address);
    out.push_back(found->second);
  }
  return out;
}

void ComparedWords::add(const ComparedSet& set, Index depth, Progress& progress,
                        ComparisonTable& table) const {
  NeuronList neurons;
  for (const MovedNeuron& m : moved_neurons(set.items[0].ranking.order, set.items[1].ranking.order, depth))
    neurons.push_back(m.neuron);
  const std::vector<std::int64_t> columns = columns_of(neurons);
  const RankedTokens tokens{tokens_.rows, tokens_.sentences};
  const RankedActivations before(before_, columns, tokens), after(after_, columns, tokens);
  RankOptions settings;
  settings.progress = &progress;
  progress.stage("words", static_cast<Index>(neurons.size()), "neurons");
  table.add_word_changes(set, neurons, word_changes(before.data(), after.data(), words_, {}, settings),
                         [this](std::int32_t type) {
                           const auto sample =
                               static_cast<std::size_t>(words_.sample[static_cast<std::size_t>(type)]);
                           return names_[static_cast<std::size_t>(tokens_.rows[sample])];
                         });
}

}  // namespace neurox::apps
