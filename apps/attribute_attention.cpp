#include <optional>

#include "attention_table.h"
#include "attribute_readings.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"

namespace neurox::apps {
namespace {

std::vector<int> blocks_of(const std::string& pattern, const model::Model& model) {
  const std::vector<SiteColumns> available = model.sites();
  std::vector<int> blocks;
  for (const std::size_t s : select_sites(pattern.empty() ? "attn_pattern" : pattern, available)) {
    const std::optional<Site> site = parse_site(available[s].site);
    if (!site || site->kind != SiteKind::AttnPattern)
      throw usage_error("--sites '{}': attention is at attn_pattern; choose blocks like attn_pattern@0-2",
                        pattern);
    blocks.push_back(site->block);
  }
  return blocks;
}

}  // namespace

void run_attention(const AttributeCommandOptions& options) {
  const attribute::AttentionMethod* method = nullptr;
  for (const auto& m : attribute::attention_methods())
    if (m.name == options.methods.front()) method = &m;
  ReadingJob job(options, "attention");
  if (job.loaded.model.has_encoder())
    throw usage_error("{}: {} is not for an encoder with a decoder, whose blocks attend to two texts",
                      options.model, method->name);
  const std::vector<int> blocks = blocks_of(options.sites, job.loaded.model);
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
  AttentionTable table(*method, blocks, static_cast<int>(job.loaded.model.config().heads));
  const attribute::MethodOptions settings = method_options(options);
  const std::int64_t n = job.over_examples(
      maker, [&](const io::Sentence& sentence, std::int64_t number, const attribute::Example& example) {
        table.add(sentence, number, example, method->run(example, blocks, settings));
      });
  job.write(table.anndata(), n);
  table.show(job.console, options.show);
  job.finish();
}

}  // namespace neurox::apps
