#include "command_extract.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "console.h"
#include "feature_sites.h"
#include "model_input.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"
#include "neurox/extract/extract.h"
#include "neurox/extract/plan_settings.h"
#include "neurox/io/output.h"

namespace neurox::apps {
namespace {

using extract::Over;
using extract::overs;
using extract::poolings;
using extract::sentence_poolings;
using extract::too_longs;
using extract::Unit;
using extract::units;

extract::PlanOptions plan_options(const ExtractCommandOptions& options, const model::ModelConfig& config) {
  extract::PlanOptions plan;
  plan.unit = units.at(options.unit);
  plan.pooling = poolings.at(options.pooling);
  plan.sentence_pooling = sentence_poolings.at(options.sentence_pooling);
  plan.over = overs.at(options.over);
  plan.too_long = too_longs.at(options.too_long);
  plan.special_tokens = options.special_tokens;
  const auto most = static_cast<int>(config.max_positions);
  if (options.max_pieces > most)
    throw usage_error("extract: --max-pieces {} but the model takes {}", options.max_pieces, most);
  plan.max_pieces = options.max_pieces > 0 ? options.max_pieces : most;
  return plan;
}

io::Tree settings_of(const ExtractCommandOptions& options, const std::string& sites,
                     const extract::PlanOptions& plan, const model::ModelConfig& config) {
  io::Tree settings;
  settings["sites"] = sites;
  settings["unit"] = options.unit;
  if (plan.unit == Unit::Word || (plan.unit == Unit::Sentence && plan.over == Over::Words))
    settings["pooling"] = options.pooling;
  if (plan.unit == Unit::Sentence) {
    settings["sentence_pooling"] = options.sentence_pooling;
    settings["over"] = options.over;
  }
  settings["long"] = options.too_long;
  settings["max_pieces"] = plan.max_pieces;
  settings["special_tokens"] = plan.special_tokens;
  settings["dtype"] = options.dtype;
  settings["limit"] = options.corpus.limit;
  settings["activation"] = config.activation;
  settings["memory"] = options.memory;
  if (options.random_init) settings["random_init"] = *options.random_init;
  return settings;
}

}  // namespace

void declare_extract(CLI::App& app, ExtractCommandOptions& options) {
  app.add_option("MODEL", options.model,
                 "Folder of the model: config.json, model.safetensors, tokenizer.json; or a GGUF or "
                 "TorchScript file")
      ->required()
      ->type_name("");
  declare_corpus(app, options.corpus);
  declare_output(app, options.output, "Activations to write (.h5ad)");
  app.add_option("--sites", options.sites,
                 "Sites, e.g. resid_post (default; all where a model has none), mlp_post@0-5,resid_post@-1; "
                 "`neurox info MODEL` lists them")
      ->type_name("PATTERN");
  declare_features(app, options.features);
  app.add_option("--unit", options.unit, "A row per token, word or sentence")
      ->check(CLI::IsMember(units))
      ->capture_default_str()
      ->type_name("UNIT");
  app.add_option("--pooling", options.pooling, "How the pieces of a word are joined: first, last or mean")
      ->check(CLI::IsMember(poolings))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--sentence-pooling", options.sentence_pooling,
                 "How a sentence is joined: its summary token ([CLS]; the last piece where there is none), "
                 "mean, max or last")
      ->check(CLI::IsMember(sentence_poolings))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--over", options.over, "What mean, max and last of a sentence run over: words or pieces")
      ->check(CLI::IsMember(overs))
      ->capture_default_str()
      ->type_name("WHAT");
  app.add_option("--long", options.too_long,
                 "Sentences longer than the model takes: cut, or split into overlapping windows")
      ->check(CLI::IsMember(too_longs))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--max-pieces", options.max_pieces,
                 "Take sentences of more pieces as too long (default: what the model takes)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  app.add_flag("--special-tokens", options.special_tokens, "Rows for special tokens too");
  app.add_option("--labels", options.labels, "Label sets to keep, e.g. upos,feats.Number (default: all)")
      ->delimiter(',')
      ->type_name("NAMES");
  app.add_option("--dtype", options.dtype, "Precision in the file: f32 or f16")
      ->check(CLI::IsMember({"f32", "f16"}))
      ->capture_default_str()
      ->type_name("TYPE");
  app.add_option("--random-init", options.random_init,
                 "Draw the weights from this seed instead of reading them")
      ->type_name("SEED");
  app.add_flag("--resume", options.resume,
               "Go on where an interrupted run stopped; the file ends with the same bytes");
  declare_device(app, options.device);
  declare_memory(app, options.memory);
  declare_common(app, options.common);
  app.footer(
      "Runs text through a model and keeps what its neurons hold, a row per token, word or sentence, with "
      "every label of the corpus.");
}

void run_extract(const ExtractCommandOptions& options) {
  Console console(options.common);
  extract::ExtractOptions work;
  work.output = {options.output.force, {options.model}};
  if (options.corpus.path != "-") work.output.inputs.emplace_back(options.corpus.path);
  if (!options.resume) io::check_output(options.output.path, work.output);
  const auto corpus = open_corpus(options.corpus);
  LoadedModel loaded = load_model(
      {options.model, options.device, options.random_init, options.common.threads, options.corpus.languages});

  work.provenance = provenance_of("activations");
  const std::vector<std::string> features = add_features(options.features, loaded, work.provenance);
  const std::vector<SiteColumns> available = loaded.model.sites();
  const std::string sites = options.sites.empty() && !features.empty()
                                ? fmt::format("{}", fmt::join(features, ","))
                                : pattern_or_usual(options.sites, available);
  for (const std::size_t s : select_sites(sites, available)) work.sites.push_back(available[s]);
  if (sites == "all") std::erase_if(work.sites, [](const SiteColumns& site) { return site.width == 0; });
  work.plan = plan_options(options, loaded.model.config());
  work.labels = options.labels;
  work.memory_bytes = options.memory;
  work.half = options.dtype == "f16";
  work.resume = options.resume;
  work.progress = &console.progress();
  work.provenance.settings = settings_of(options, sites, work.plan, loaded.model.config());
  add_model(work.provenance, options.model, loaded);
  add_corpus(work.provenance, *corpus);

  const extract::ExtractSummary summary =
      extract::extract(loaded.model, loaded.tokenizer, *corpus, options.output.path, work);
  console.figure("sentences", summary.sentences);
  console.figure("rows", summary.rows);
  console.figure("neurons", summary.neurons);
  const std::vector<std::string> names{"ok", "special", "unk", "truncated", "dropped"};
  for (std::size_t s = 1; s < names.size(); ++s)
    if (summary.by_status[s] > 0) console.figure(names[s], summary.by_status[s]);
  if (summary.long_sentences > 0)
    console.figure(options.too_long == "cut" ? "cut sentences" : "split sentences", summary.long_sentences);
  if (summary.skipped > 0) console.figure("empty lines skipped", summary.skipped);
  console.figure("output", options.output.path);
  if (summary.by_status[3] > 0)
    console.warn(fmt::format("{} rows lie beyond {} pieces and are marked truncated; --long split keeps them",
                             summary.by_status[3], work.plan.max_pieces));
  console.finish();
}

}  // namespace neurox::apps
