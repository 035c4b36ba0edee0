#include "command_rank.h"

#include <map>

#include "neurox/core/error.h"
#include "neurox/io/activation_reader.h"
#include "neurox/rank/methods.h"
#include "rank_alignment.h"
#include "rank_corpus.h"

namespace neurox::apps {
namespace {

std::string method_help() {
  std::string text = "How neurons are scored, comma-separated";
  for (const RankMethod& method : rank_methods())
    text += fmt::format("\n{}: {}", method.name, method.summary);
  text += "\nand without labels:";
  for (const CorpusMethod& method : corpus_methods())
    text += fmt::format("\n{}: {}", method.name, method.summary);
  return text + "\nconcept-alignment: parts of its top sentences to which a neuron answers most (--model)";
}

void declare_from_probe(CLI::App& app, RankCommandOptions& options) {
  app.add_option("--stride", options.stride,
                 "Steps of the overall ordering: neurons enter by shares of the weight mass in 1/N steps")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group("From a probe")
      ->type_name("N");
  app.add_option("--share", options.share, "Share of the weight mass whose neurons are a class's top neurons")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group("From a probe")
      ->type_name("X");
  app.add_option("--shares", options.shares, "Shares of the mass for which the neurons needed are counted")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group("From a probe")
      ->type_name("X");
}

void declare_from_activations(CLI::App& app, RankCommandOptions& options) {
  app.add_option("--method", options.methods, method_help())
      ->delimiter(',')
      ->group("From activations")
      ->type_name("NAME");
  app.add_option("--neurons", options.neurons,
                 "Rank these neurons alone, e.g. resid_post@-1 or mlp_post@3:0-99")
      ->group("From activations")
      ->type_name("PATTERN");
  app.add_option("--standardise", options.standardise,
                 "Divide scores with a unit by each neuron's standard deviation: yes, no, or auto (yes where "
                 "sites are mixed)")
      ->check(CLI::IsMember({"auto", "yes", "no"}))
      ->capture_default_str()
      ->group("From activations")
      ->type_name("WHEN");
  app.add_option("--quantile", options.settings.quantile, "iou-quantile: values above it are on")
      ->capture_default_str()
      ->group("From activations")
      ->type_name("X");
  app.add_option("--threshold", options.settings.threshold, "iou-threshold: values above it are on")
      ->capture_default_str()
      ->group("From activations")
      ->type_name("X");
  app.add_option("--bins", options.settings.bins, "mutual-information: bins of a neuron's values")
      ->capture_default_str()
      ->group("From activations")
      ->type_name("N");
  app.add_option("--neighbours", options.settings.neighbours,
                 "mutual-information-nearest: nearest neighbours looked at")
      ->capture_default_str()
      ->group("From activations")
      ->type_name("N");
  app.add_option("--trees", options.settings.trees, "forest: trees")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group("From activations")
      ->type_name("N");
  app.add_option("--expert-bound", options.expert_bounds,
                 "average-precision: neurons above it are experts of a class, counted by site")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group("From activations")
      ->type_name("X");
  app.add_option("--merge-correlated", options.merge_correlated,
                 "Neurons with |r| from here on are one: the best stands for all of them")
      ->check(CLI::Range(0.0, 1.0))
      ->group("From activations")
      ->type_name("R");
  app.add_option("--count", options.settings.count,
                 "gaussian, greedy, genetic: neurons that a search chooses")
      ->check(CLI::PositiveNumber)
      ->each([&options](const std::string&) { options.count_given = true; })
      ->capture_default_str()
      ->group("From activations")
      ->type_name("N");
}

const std::map<std::string, GaussianPrior> gaussian_priors{{"shrunk", GaussianPrior::Shrunk},
                                                           {"map", GaussianPrior::Map},
                                                           {"map-unbiased", GaussianPrior::MapUnbiased},
                                                           {"none", GaussianPrior::MaximumLikelihood}};

void declare_searches(CLI::App& app, RankCommandOptions& options) {
  const char* group = "Searches for sets";
  app.add_option(
         "--prior", options.prior,
         "gaussian, genetic: shrunk (towards uncorrelated neurons), map (intrinsic-probing), map-unbiased "
         "(NeuroX), none")
      ->check(CLI::IsMember(gaussian_priors))
      ->capture_default_str()
      ->group(group)
      ->type_name("NAME");
  app.add_option("--kappa", options.settings.kappa, "Tokens that the prior `shrunk` is worth")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(group)
      ->type_name("X");
  app.add_flag("--first-pair", options.settings.first_pair,
               "gaussian: begin with the best of all pairs, a scan per neuron")
      ->group(group);
  app.add_option("--population", options.settings.population, "genetic: sets alive at a time")
      ->capture_default_str()
      ->group(group)
      ->type_name("N");
  app.add_option("--generations", options.settings.generations, "genetic: at most so many")
      ->capture_default_str()
      ->group(group)
      ->type_name("N");
  app.add_option("--mutation", options.settings.mutation,
                 "genetic: probability that a neuron of a child is replaced")
      ->capture_default_str()
      ->group(group)
      ->type_name("X");
}

void declare_belief(CLI::App& app, RankCommandOptions& options) {
  app.add_option("--permutations", options.belief.permutations,
                 "Relabellings for p- and q-values (1000 tell 0.001 apart)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group("Belief")
      ->type_name("N");
  app.add_option("--shuffle", options.shuffle,
                 "What exchanges labels: words (a word type keeps to one meaning), sentences, tokens")
      ->check(CLI::IsMember({"words", "sentences", "tokens"}))
      ->capture_default_str()
      ->group("Belief")
      ->type_name("WHAT");
  app.add_option("--rate", options.rate, "False discovery rate at which discoveries are counted")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group("Belief")
      ->type_name("X");
  app.add_option("--bootstrap", options.belief.bootstraps, "Draws of sentences for intervals of the scores")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group("Belief")
      ->type_name("N");
  app.add_option("--confidence", options.belief.confidence, "Confidence of the intervals")
      ->capture_default_str()
      ->group("Belief")
      ->type_name("X");
  app.add_option(
         "--held-out", options.held_out,
         "Share of the tokens, by sentences, on which the label that each neuron earns on the rest is "
         "judged (0.5: half)")
      ->check(CLI::Range(0.0, 0.99))
      ->capture_default_str()
      ->group("Belief")
      ->type_name("X");
  app.add_option("--halves", options.belief.halves,
                 "Halvings of the sentences, whose two rankings are compared")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group("Belief")
      ->type_name("N");
}

}  // namespace

void declare_rank(CLI::App& app, RankCommandOptions& options) {
  app.add_option("INPUT", options.input, "Probe, or activations with --label and --method")->type_name("");
  declare_output(app, options.output,
                 "Ranking (or comparison) to write (.h5ad); with several methods `{method}` in it stands for "
                 "each");
  app.add_option("--show", options.show, "Neurons to print")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
  declare_from_probe(app, options);
  declare_concept(app, options.topic, NumericLabels::Taken, false);
  declare_from_activations(app, options);
  declare_searches(app, options);
  declare_corpus_methods(app, options.corpus);
  declare_belief(app, options);
  declare_compare(app, options.compare);
  declare_sets(app, options.sets);
  declare_seed(app, options.seed);
  declare_memory(app, options.settings.memory_bytes);
  declare_common(app, options.common);
  app.footer(
      "Orders neurons per class and overall: by the weight mass that a probe gives them (Dalvi et al. 2019), "
      "or "
      "by scores of their activations against labels.");
}

void run_rank(const RankCommandOptions& options) {
  const RankCompareOptions& compare = options.compare;
  if (!compare.files.empty()) return compare_rankings(compare, options.common, options.output, options.show);
  if (options.input.empty()) throw usage_error("rank: give a probe or activations, or --compare RANKINGS");
  if (options.methods == std::vector<std::string>{"concept-alignment"}) return rank_by_alignment(options);
  if (are_corpus_methods(options.methods)) return rank_corpus(options);
  const std::string kind = io::ActivationReader::open(options.input)->provenance().kind;
  if (kind != "probe") {
    RankCommandOptions chosen = options;
    chosen.settings.prior = gaussian_priors.at(options.prior);
    return rank_activations(chosen);
  }
  if (!options.topic.label.empty() || !options.methods.empty())
    throw usage_error(
        "{} is a probe, which has its label and is ranked by its weights: leave --label and --method out, or "
        "give activations",
        options.input);
  rank_probe(options);
}

}  // namespace neurox::apps
