#include "ranked_activations.h"

#include <algorithm>
#include <utility>

#include "checked_rows.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"

namespace neurox::apps {

RankedTokens ranked_tokens(const ConceptRows& rows) {
  return {rows.rows(), rows.sentences(), static_cast<int>(rows.numeric ? 0 : rows.labelled.classes.size())};
}

RankedActivations::RankedActivations(std::shared_ptr<const io::ActivationReader> file,
                                     const std::string& pattern, RankedTokens tokens)
    : RankedActivations(file, chosen_neurons(pattern.empty() ? "all" : pattern, file->neurons()),
                        std::move(tokens)) {}

RankedActivations::RankedActivations(std::shared_ptr<const io::ActivationReader> file,
                                     std::vector<std::int64_t> columns, RankedTokens tokens)
    : file_(std::move(file)),
      columns_(std::move(columns)),
      axis_(select(file_->neurons(), columns_)),
      tokens_(std::move(tokens)),
      X_(read(0, static_cast<Index>(columns_.size()))) {}

RankData RankedActivations::data() const {
  RankData data{*X_, tokens_.num_classes};
  data.columns = [this](Index first, Index width) { return read(first, width); };
  data.sentences = tokens_.sentences;
  return data;
}

std::unique_ptr<RowSource> RankedActivations::read(Index first, Index width) const {
  const std::vector<std::int64_t> part(columns_.begin() + first, columns_.begin() + first + width);
  return std::make_unique<CheckedRows>(file_->select_rows(tokens_.rows, part), tokens_.rows,
                                       select(file_->neurons(), part), file_->name());
}

std::shared_ptr<const io::ActivationReader> open_same_text(const std::string& path,
                                                           const io::ActivationReader& like,
                                                           const std::string& advice) {
  auto file = io::ActivationReader::open(path);
  if (const std::string differs = difference(file->neurons(), like.neurons()); !differs.empty())
    throw input_error("{} and {} differ in their neurons: {}", path, like.name(), differs);
  if (file->rows() != like.rows())
    throw input_error("{}: {} rows but {} in {}; {}", path, file->rows(), like.rows(), like.name(), advice);
  if (file->obs().find("token") != nullptr && like.obs().find("token") != nullptr) {
    const auto found = file->obs().strings("token", path), wanted = like.obs().strings("token", like.name());
    const auto at = std::mismatch(found.begin(), found.end(), wanted.begin());
    if (at.first != found.end())
      throw input_error("{}: row {} is '{}' but '{}' in {}; {}", path, at.first - found.begin(), *at.first,
                        *at.second, like.name(), advice);
  }
  return file;
}

}  // namespace neurox::apps
