#include "command_attribute.h"

#include <map>
#include <optional>

#include "attribute_concepts.h"
#include "attribute_groups.h"
#include "attribute_readings.h"
#include "attribute_shares.h"
#include "attribute_trees.h"
#include "attribute_trust.h"
#include "neurox/attribute/example.h"
#include "neurox/attribute/methods.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"

namespace neurox::apps {
namespace {

using attribute::Join;
using Scale = attribute::Target::Scale;

const std::map<std::string, Scale> scales{
    {"logit", Scale::Logit}, {"probability", Scale::Probability}, {"log-probability", Scale::LogProbability}};
const std::map<std::string, Join> joins{{"sum", Join::Sum}, {"l2", Join::L2}};

}  // namespace

attribute::ExampleOptions example_options(const AttributeCommandOptions& options) {
  attribute::ExampleOptions out;
  out.target = {.what = options.target,
                .against = options.against,
                .word = options.word,
                .scale = scales.at(options.scale),
                .label = options.corpus.label_column,
                .answer = options.answer};
  out.baselines = options.baselines;
  out.cut = options.too_long == "cut";
  out.unit = options.unit == "token" ? extract::Unit::Token : extract::Unit::Word;
  out.memory_bytes = options.memory;
  return out;
}

attribute::MethodOptions method_options(const AttributeCommandOptions& options) {
  return {.join = options.join.empty() ? Join::Sum : joins.at(options.join),
          .rule = attribute::parse_rule(options.rule),
          .steps = options.steps,
          .tolerance = options.tolerance,
          .most_steps = options.most_steps,
          .samples = options.samples,
          .noise = options.noise,
          .window = options.window,
          .stride = options.stride,
          .merged_pairs = options.merged_pairs,
          .seed = options.seed,
          .captum = options.captum};
}

namespace {

/// The neuron of --through.
std::optional<attribute::Through> through_of(const AttributeCommandOptions& options,
                                             const model::Model& model) {
  if (options.through.empty()) return std::nullopt;
  const NeuronAxis axis = all_neurons(model.sites());
  const auto chosen = select_neurons(options.through, axis);
  if (chosen.size() != 1)
    throw usage_error("--through '{}': {} neurons; name one", options.through, chosen.size());
  const Neuron& neuron = axis.neurons[static_cast<std::size_t>(chosen.front())];
  return attribute::Through{*site_of(axis.sites[static_cast<std::size_t>(neuron.site)]), neuron.index,
                            options.through_word};
}

}  // namespace

attribute::MethodOptions method_options(const AttributeCommandOptions& options, const model::Model& model) {
  attribute::MethodOptions out = method_options(options);
  out.through = through_of(options, model);
  return out;
}

void declare_attribute(CLI::App& app, AttributeCommandOptions& options) {
  app.add_option("MODEL", options.model, "Folder of the model, or a GGUF or TorchScript file")
      ->required()
      ->type_name("");
  declare_corpus(app, options.corpus);
  app.get_option("CORPUS")->required(false);
  declare_output(app, options.output, "Attributions to write (.h5ad)");
  std::string words, neurons, pairs;
  for (const auto& m : attribute::input_methods()) words += (words.empty() ? "" : ", ") + std::string(m.name);
  for (const auto& m : attribute::layer_methods())
    neurons += (neurons.empty() ? "" : ", ") + std::string(m.name);
  for (const auto& m : attribute::pair_methods()) pairs += (pairs.empty() ? "" : ", ") + std::string(m.name);
  app.add_option("--method", options.methods,
                 "One or several. Of words: " + words + ". Of neurons (with --sites): " + neurons +
                     ". Of groups of neurons (with --sites): " + group_method_names() +
                     ". Of pairs of words, or of neurons (with --sites, --neurons or --ranking): " + pairs +
                     ". Of all groups of a tree of words: " + tree_method_names() +
                     ". Of attention, layers and weights: " + reading_names())
      ->delimiter(',')
      ->type_name("NAMES");
  app.add_option("--sites", options.sites,
                 "Attribute to the neurons of these sites, e.g. resid_post or mlp_post@0-5")
      ->type_name("PATTERN");
  app.add_option(
         "--target", options.target,
         "What is explained: predicted, gold, loss (of gold), accuracy (of groups of neurons), a class by "
         "name, start, end or span (of the answer; "
         "gold-start, gold-end and gold: of the corpus's), next, next=TEXT, or a neuron (mlp_post@3:17)")
      ->capture_default_str()
      ->type_name("WHAT");
  app.add_option("--against", options.against, "A class whose logit is taken away: log-odds of two classes")
      ->type_name("CLASS");
  app.add_option("--word", options.word,
                 "Which word (from 0) a token classifier's or a neuron's target is at (default: the last; of "
                 "a neuron the "
                 "summary token)")
      ->type_name("N");
  app.add_option("--through", options.through,
                 "neuron-conductance: the neuron by way of which words are asked for, e.g. mlp_post@3:17")
      ->type_name("NEURON");
  app.add_option("--through-word", options.through_word, "At which word (from 0; default: at all tokens)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  app.add_option("--answer", options.answer,
                 "start, end and span are those of this part of the text (its first occurrence), not of the "
                 "model's answer")
      ->type_name("TEXT");
  app.add_option("--scale", options.scale, "logit, probability or log-probability")
      ->check(CLI::IsMember(scales))
      ->capture_default_str()
      ->type_name("WHAT");
  app.add_option(
         "--baseline", options.baselines,
         "What absent words are: pad, mask, mean (special tokens kept), zero, or file:PATH (.npy, "
         ".safetensors); of several, the mean of the attributions (default: pad, or zero where the tokenizer "
         "has none)")
      ->delimiter(',')
      ->type_name("WHAT");
  app.add_option("--long", options.too_long,
                 "A text that is longer than the model takes: refuse it, cut it, or skip it")
      ->check(CLI::IsMember({"refuse", "cut", "skip"}))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--unit", options.unit, "Rows: word (pieces joined) or token")
      ->check(CLI::IsMember({"word", "token"}))
      ->capture_default_str()
      ->type_name("UNIT");
  app.add_option("--join", options.join,
                 "How the numbers of a word become one: sum (keeps sum rules) or l2 (default: l2 for bare "
                 "gradients, else sum)")
      ->check(CLI::IsMember(joins))
      ->type_name("HOW");
  app.add_option("--steps", options.steps, "Steps of an integral along a path")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--tolerance", options.tolerance,
                 "Double the steps until the sum rule holds to this share of f(x) - f(x'); 0: never")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--most-steps", options.most_steps, "Stop doubling there")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--rule", options.rule, "Rule of the integral: gauss, left, right, middle or trapezoid")
      ->check(CLI::IsMember(attribute::rule_names()))
      ->capture_default_str()
      ->type_name("RULE");
  app.add_option("--merged-pairs", options.merged_pairs,
                 "arch-detect: how many of the strongest pairs become groups, joined where they overlap "
                 "(ArchAttribute; 0: none)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--samples", options.samples,
                 "Draws of noise, baselines, orders or coalitions (0: the method's default)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--noise", options.noise,
                 "Standard deviation of smoothgrad's noise, as a share of the embeddings' range")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--window", options.window, "Words that occlusion leaves out together")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--stride", options.stride, "Words from one window to the next")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--captum", options.captum, "Conductance by Captum's sum, for comparison");
  app.add_flag("--faithfulness", options.faithfulness,
               "Words: what is lost without the best of them and with them alone, against random words");
  app.add_option(
         "--by", options.by,
         "Neurons: scores for each value of this label set too, e.g. upos; or for each segment: question "
         "word, question, answer, context, special")
      ->type_name("LABEL");
  app.add_option(
         "--keep-words", options.keep_words,
         "Neurons: keep all neurons of these words of the first 20 sentences, for their distributions; "
         "a number N: of each sentence's N words with the largest attributions")
      ->delimiter(',')
      ->type_name("WORDS");
  app.add_option("--show", options.show, "Rows to print")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
  declare_readings(app, options);
  declare_groups(app, options);
  declare_trust(app, options);
  declare_concepts(app, options);
  declare_shares(app, options);
  declare_seed(app, options.seed);
  declare_device(app, options.device);
  declare_memory(app, options.memory);
  declare_common(app, options.common);
  app.footer(
      "Tells what a prediction uses: which words, which neurons of which layer, which pairs of words. "
      "Attributions of "
      "neurons are a ranking, as ablate and report take it.");
}

}  // namespace neurox::apps
