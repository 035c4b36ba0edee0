#include "attribute_readings.h"

#include <fmt/format.h>

#include "neurox/attribute/attention.h"
#include "neurox/core/error.h"

namespace neurox::apps {
namespace {

using Run = void (*)(const AttributeCommandOptions&);

Run reading_of(const std::string& name) {
  for (const auto& m : attribute::attention_methods())
    if (m.name == name) return run_attention;
  if (name == "logit-lens") return run_logit_lens;
  return name == "vocabulary" ? run_vocabulary : nullptr;
}

}  // namespace

std::string reading_names() {
  std::string names;
  for (const auto& m : attribute::attention_methods()) names += std::string(m.name) + ", ";
  return names + "logit-lens, vocabulary";
}

void declare_readings(CLI::App& app, AttributeCommandOptions& options) {
  app.add_option("--neurons", options.neurons,
                 "vocabulary and pairs of neurons: of these, e.g. mlp_post@3:17,20-25")
      ->type_name("PATTERN");
  app.add_option("--ranking", options.ranking,
                 "vocabulary and pairs of neurons: of the --top neurons of this ranking")
      ->type_name("FILE");
  app.add_option("--top", options.top, "How many of the ranking: 20, 5% or 0.05")
      ->capture_default_str()
      ->type_name("AMOUNT");
  app.add_option("--best", options.best, "Tokens kept: for each word and layer, or neuron")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
}

bool run_reading(const AttributeCommandOptions& options) {
  Run run = nullptr;
  for (const std::string& name : options.methods)
    if (run == nullptr) run = reading_of(name);
  if (options.corpus.path.empty() && run != run_vocabulary)
    throw usage_error("attribute: CORPUS is required; only --method vocabulary does without");
  if (run == nullptr) return false;
  if (options.methods.size() > 1)
    throw usage_error("attribute: {} methods; give one of {} for each output", options.methods.size(),
                      reading_names());
  if (run != run_vocabulary && !(options.neurons.empty() && options.ranking.empty()))
    throw usage_error(
        "attribute: --neurons and --ranking go with vocabulary and with pairs of neurons; choose layers with "
        "--sites");
  run(options);
  return true;
}

ReadingJob::ReadingJob(const AttributeCommandOptions& o, const std::string& kind)
    : options(o),
      console(o.common),
      writing{o.output.force, {o.model}},
      corpus([&]() -> std::unique_ptr<io::CorpusReader> {
        if (!o.corpus.path.empty() && o.corpus.path != "-") writing.inputs.emplace_back(o.corpus.path);
        if (!o.ranking.empty()) writing.inputs.emplace_back(o.ranking);
        io::check_output(o.output.path, writing);
        return o.corpus.path.empty() ? nullptr : open_corpus(o.corpus);
      }()),
      loaded(load_model({o.model, o.device, {}, o.common.threads, o.corpus.languages})),
      provenance(provenance_of(kind)) {
  add_model(provenance, o.model, loaded);
  provenance.settings["method"] = o.methods.front();
}

attribute::ExampleOptions ReadingJob::untargeted() const {
  attribute::ExampleOptions out = example_options(options);
  // Any neuron: every model has this one (of an encoder with a decoder the decoder's, so that both run).
  out.target = {.what = loaded.model.has_encoder() ? "decoder_resid_pre@0:0" : "resid_pre@0:0"};
  out.baselines = {"zero"};
  return out;
}

void ReadingJob::write(io::AnnData file, std::int64_t sentences) {
  if (sentences == 0) throw input_error("{}: no text that the model takes", corpus->name());
  if (passed_over > 0)
    console.warn(fmt::format("{} texts are longer than the model takes and were left out", passed_over));
  add_corpus(provenance, *corpus);
  file.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, file, writing);
  console.figure("sentences", sentences);
}

void ReadingJob::finish() {
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
