#include "tcav_targets.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "neurox/attribute/example.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/model/class_names.h"

namespace neurox::apps {
namespace {

using attribute::Target;

const std::map<std::string, Target::Scale> scales{{"logit", Target::Scale::Logit},
                                                  {"log-probability", Target::Scale::LogProbability},
                                                  {"probability", Target::Scale::Probability}};

/// All classes; of a model that answers questions start and end, of a language model the next token.
std::vector<std::string> usual_targets(const TcavCommandOptions& options, const model::Model& model) {
  if (model.has_sequence_classifier() || model.has_token_classifier()) return model.labels();
  if (model.has_question_answering()) return {"start", "end"};
  if (model.has_causal_lm()) return {"next"};
  throw usage_error(
      "tcav: {} has no head, so there is no class to explain; name a neuron as --target, e.g. "
      "resid_post@-1:0",
      options.model);
}

TcavTargets of_classes(const TcavCommandOptions& options, const std::vector<std::string>& wanted,
                       const model::Model& model) {
  const std::vector<std::string> names = model.labels();
  TcavTargets out;
  for (const std::string& name : wanted) {
    const std::int64_t k = model::class_of_label(names, name);
    if (k < 0)
      throw usage_error("tcav: the model has no class '{}'{}; it has {}", name, did_you_mean(name, names),
                        fmt::join(names, ", "));
    const std::string& known = names[static_cast<std::size_t>(k)];
    if (std::find(out.names.begin(), out.names.end(), known) != out.names.end()) continue;
    Target target;
    target.scale = scales.at(options.scale);
    target.index = k;
    out.classes.push_back(target);
    out.names.push_back(known);
  }
  return out;
}

bool is_neuron(const std::string& target) {
  return target.find(':') != std::string::npos && !target.starts_with("next=");
}

}  // namespace

TcavTargets tcav_targets(const TcavCommandOptions& options, model::Model& model,
                         const text::Tokenizer& tokenizer, const io::CorpusReader& corpus) {
  const std::vector<std::string> wanted =
      options.targets.empty() ? usual_targets(options, model) : options.targets;
  const bool classes =
      model.has_sequence_classifier() && std::none_of(wanted.begin(), wanted.end(), [&](const auto& name) {
        return is_neuron(name) && model::class_of_label(model.labels(), name) < 0;
      });
  if (classes) {
    if (options.word >= 0) throw usage_error("tcav: --word goes with a classifier of words or a neuron");
    return of_classes(options, wanted, model);
  }
  TcavTargets out;
  auto makers = std::make_shared<std::vector<attribute::ExampleMaker>>();
  for (const std::string& name : wanted) {
    attribute::ExampleOptions examples;
    examples.target = {.what = name, .word = options.word, .scale = scales.at(options.scale)};
    examples.baselines = {"zero"};  // none takes part
    examples.cut = true;
    makers->emplace_back(model, tokenizer, corpus, examples);
    out.names.push_back(name);
  }
  out.explain = [makers](const io::Sentence& sentence) {
    std::vector<tcav::Explained> found;
    for (const attribute::ExampleMaker& maker : *makers) {
      const attribute::Example example = maker.make(sentence);
      found.push_back({example.function->sentence(), example.function->target()});
    }
    return found;
  };
  return out;
}

}  // namespace neurox::apps
