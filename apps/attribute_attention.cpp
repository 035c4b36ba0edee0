#include <optional>

#include "attention_table.h"
#include "attribute_readings.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"

namespace neurox::apps {
namespace {

std::vector<Site> patterns_of(const std::string& sites, const model::Model& model) {
  const std::vector<SiteColumns> available = model.sites();
  if (sites.empty()) {
    std::vector<Site> all = attribute::attention_patterns(model);
    if (all.empty())
      throw usage_error("{}: has no attention whose place is known",
                        model.config().file.parent_path().string());
    return all;
  }
  std::vector<Site> out;
  for (const std::size_t s : select_sites(sites, available)) {
    const std::optional<Site> site = parse_site(available[s].site);
    if (!site || (site->kind != SiteKind::AttnPattern && site->kind != SiteKind::CrossPattern))
      throw usage_error("--sites '{}': attention is at {}; choose blocks like {}@0-2", sites,
                        model.has_encoder() ? "encoder_attn_pattern, decoder_attn_pattern and "
                                              "decoder_cross_pattern"
                                            : "attn_pattern",
                        model.has_encoder() ? "decoder_cross_pattern" : "attn_pattern");
    out.push_back(*site);
  }
  return out;
}

}  // namespace

void run_attention(const AttributeCommandOptions& options) {
  const attribute::AttentionMethod* method = nullptr;
  for (const auto& m : attribute::attention_methods())
    if (m.name == options.methods.front()) method = &m;
  ReadingJob job(options, "attention");
  const std::vector<Site> patterns = patterns_of(options.sites, job.loaded.model);
  attribute::ExampleOptions examples = method->needs_target ? example_options(options) : job.untargeted();
  examples.baselines = {"zero"};  // none takes part
  const attribute::ExampleMaker maker(job.loaded.model, job.loaded.tokenizer, *job.corpus, examples);
  job.provenance.settings["unit"] = options.unit;
  if (method->needs_target) {
    job.provenance.settings["target"] = options.target;
    job.provenance.settings["scale"] = options.scale;
    job.provenance.settings["rule"] = options.rule;
    job.provenance.settings["steps"] = options.steps;
    job.provenance.settings["tolerance"] = options.tolerance;
    if (!options.against.empty()) job.provenance.settings["against"] = options.against;
  }
  AttentionTable table(*method, patterns);
  const attribute::MethodOptions settings = method_options(options);
  const std::int64_t n = job.over_examples(
      maker, [&](const io::Sentence& sentence, std::int64_t number, const attribute::Example& example) {
        table.add(sentence, number, example, method->run(example, patterns, settings));
      });
  job.write(table.anndata(), n);
  table.show(job.console, options.show);
  job.finish();
}

}  // namespace neurox::apps
