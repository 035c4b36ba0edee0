#include "neurox/rank/corpus_methods.h"

#include <array>

#include "neurox/core/error.h"

namespace neurox {
namespace {

std::vector<CorpusUnits> words(const CorpusTokens& tokens, const CorpusMethodOptions& options) {
  return {ngram_units(tokens, 1, options.min_count)};
}

std::vector<CorpusUnits> contexts(const CorpusTokens& tokens, const CorpusMethodOptions& options) {
  if (options.longest < 1)
    throw usage_error("contexts of {} words; the longest has at least 1", options.longest);
  std::vector<CorpusUnits> out;
  for (int n = 1; n <= options.longest; ++n) out.push_back(ngram_units(tokens, n, options.min_count));
  return out;
}

std::vector<CorpusUnits> sentences(const CorpusTokens& tokens, const CorpusMethodOptions& /*options*/) {
  return {sentence_units(tokens)};
}

}  // namespace

std::span<const CorpusMethod> corpus_methods() {
  static constexpr std::array kMethods{
      CorpusMethod{"top-words", "word types on which a neuron is far from its mean", UnitOrder::Distance,
                   words},
      CorpusMethod{"top-contexts", "words and n-grams at whose end a neuron is highest", UnitOrder::Height,
                   contexts},
      CorpusMethod{"top-sentences", "sentences over which a neuron is highest in the mean", UnitOrder::Height,
                   sentences},
  };
  return kMethods;
}

const CorpusMethod* find_corpus_method(std::string_view name) {
  for (const CorpusMethod& method : corpus_methods())
    if (method.name == name) return &method;
  return nullptr;
}

}  // namespace neurox
