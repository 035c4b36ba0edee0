#include "ablate_mediation.h"

#include <algorithm>
#include <utility>

#include "ablate_mediators.h"
#include "ablate_unused.h"
#include "mediation_table.h"
#include "neuron_choice.h"
#include "neurox/ablate/candidates.h"
#include "neurox/ablate/mediation.h"
#include "neurox/ablate/mediation_means.h"
#include "neurox/core/error.h"
#include "neurox/io/progress_file.h"
#include "neurox/io/prompt_pairs.h"

namespace neurox::apps {
namespace {

using ablate::Mediator;
using io::Tree;

ablate::Exchanged exchanged_of(const std::string& positions) {
  if (positions == "all") return ablate::Exchanged::All;
  if (positions == "differing") return ablate::Exchanged::Differing;
  if (positions == "last") return ablate::Exchanged::Last;
  throw usage_error("ablate: --mediate exchanges activations at all, differing or last (--positions), not {}",
                    positions);
}

MediatedPairs read_pairs(const AblateCommandOptions& options) {
  MediatedPairs out;
  if (options.templates.empty()) {
    out.list = io::read_prompt_pairs(options.corpus.path);
  } else {
    out.counterparts = io::parse_counterparts(options.counterparts);
    out.list = io::pairs_of_templates(options.templates, options.corpus.path, out.counterparts);
  }
  const auto limit = static_cast<std::size_t>(options.corpus.limit);
  if (limit > 0 && out.list.size() > limit) out.list.resize(limit);
  for (const io::PromptPair& pair : out.list) {
    if (!pair.class_name.empty()) out.classes.push_back(pair.class_name);
    out.with_targets = out.with_targets || !pair.target.empty();
  }
  std::sort(out.classes.begin(), out.classes.end());
  out.classes.erase(std::unique(out.classes.begin(), out.classes.end()), out.classes.end());
  return out;
}

/// One pair, an open one as the model closes it: the base's candidate is the one that it expects.
std::pair<io::PromptPair, ablate::PairEffects> effects_of_pair(const io::PromptPair& asked,
                                                               const std::string& where, LoadedModel& loaded,
                                                               const std::vector<Mediator>& mediators,
                                                               const ablate::MediationOptions& work) {
  const ablate::Asked how = ablate::asked_of(loaded.model);
  try {
    io::PromptPair pair = asked;
    ablate::PromptTokens tokens = ablate::prompt_tokens(loaded.tokenizer, pair, where, how);
    if (pair.is_open() && ablate::log_ratio_of_base(loaded.model, tokens) > 0) {
      pair = pair.turned();
      tokens = ablate::prompt_tokens(loaded.tokenizer, pair, where, how);
    }
    return {pair, ablate::mediate(loaded.model, tokens, mediators, work)};
  } catch (const Error& e) {
    const std::string what = e.what();
    throw Error(e.kind(), what.starts_with(where) || e.kind() == ErrorKind::Usage
                              ? what
                              : fmt::format("{}: {}", where, what));
  }
}

}  // namespace

void declare_mediation(CLI::App& app, AblateCommandOptions& options) {
  app.add_option(
         "--mediate", options.mediate,
         "Causal mediation: CORPUS holds pairs of prompts, whose effect on what goes on (stands at the "
         "mask, is written of a source) is measured through each neuron, head or site of --neurons "
         "(heads: default the attention weights of all blocks)")
      ->check(CLI::IsMember({"neuron", "head", "site"}))
      ->type_name("UNIT");
  app.add_option("--template", options.templates,
                 "Prompts from a list of words as CORPUS: 'The {} said that'; may be given several times")
      ->type_name("TEXT");
  app.add_option("--counterparts", options.counterparts,
                 "What takes the words' place, with what goes on from it: man=he,woman=she")
      ->type_name("WORD=CANDIDATE,...");
}

void check_mediation(const AblateCommandOptions& options) {
  if (options.mediate.empty()) {
    if (!options.templates.empty() || !options.counterparts.empty())
      throw usage_error("ablate: --template and --counterparts are for --mediate UNIT");
    return;
  }
  if (options.templates.empty() != options.counterparts.empty())
    throw usage_error("ablate: --template and --counterparts go together");
  refuse_unused(
      options, "--mediate",
      {"--ranking",    "--top",          "--bottom",       "--random",     "--keep",    "--each",
       "--as-ranking", "--greedy",       "--save-model",   "--keep-score", "--changes", "--operation",
       "--means",      "--vector",       "--quantiles-of", "--donors",     "--probe",   "--measure",
       "--generate",   "--label-column", "--format"});
  exchanged_of(options.positions);
}

void run_mediation(const AblateCommandOptions& options, LoadedModel& loaded, io::Provenance& provenance,
                   const io::WriteOptions& writing, Console& console) {
  ablate::asked_of(loaded.model);
  const MediatedPairs pairs = read_pairs(options);
  const Mediated what = mediated(options, loaded.model);
  ablate::MediationOptions work;
  work.exchanged = exchanged_of(options.positions);
  provenance.kind = "ranking";
  provenance.add_input(options.corpus.path);
  if (const std::string file = file_of_choice(options.neurons); !file.empty()) provenance.add_input(file);
  provenance.settings = {{"mediate", options.mediate},
                         {"positions", options.positions},
                         {"templates", options.templates},
                         {"counterparts", options.counterparts}};

  ablate::MediationMeans means(what.mediators.size(), pairs.classes.size());
  Tree table = Tree::object();
  const auto total = static_cast<std::int64_t>(pairs.list.size());
  io::ProgressFile progress;
  progress.fingerprint = {{"command", command_line()},
                          {"model", provenance.model_sha256},
                          {"inputs", provenance.inputs},
                          {"settings", provenance.settings}};
  progress.total = total;
  if (const auto before = io::read_progress(options.output.path);
      before && before->total == total && before->stats.size() == means.state().size() &&
      io::first_difference(before->fingerprint, progress.fingerprint).empty()) {
    progress.rows = before->rows;
    table = before->position;
    means.restore(before->stats);
    console.figure("pairs done before", progress.rows);
  }
  console.progress().stage("mediate", total, "pairs");
  while (progress.rows < total) {
    const io::PromptPair& asked = pairs.list[static_cast<std::size_t>(progress.rows)];
    const std::string where = fmt::format("{}:{}", options.corpus.path, asked.line);
    const auto [pair, effects] = effects_of_pair(asked, where, loaded, what.mediators, work);
    means.add(pairs.class_of(pair), effects);
    add_to_pairs(table, pairs, pair, effects);
    console.progress().advance_to(++progress.rows);
    if (progress.rows == total) break;
    progress.stats.assign(means.state().begin(), means.state().end());
    progress.position = table;
    io::write_progress(options.output.path, progress);
  }

  io::AnnData out = mediation_ranking(what, pairs, means);
  out.uns["pairs"] = table;
  if (!pairs.counterparts.empty()) out.uns["bias"] = bias_of(pairs, table);
  out.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, out, writing);
  io::remove_progress(options.output.path);

  console.figure("pairs", total);
  console.figure("mediators", what.mediators.size());
  const auto all = means.total(pairs.classes.size());
  console.figure("total effect", all.total);
  if (!pairs.counterparts.empty())
    console.figure(fmt::format("bias ratio {}", out.uns["bias"]["candidates"].get<std::string>()),
                   out.uns["bias"]["geometric_mean"]);
  show_mediation(console, what, pairs, means);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
