#include <optional>

#include "attribute_readings.h"
#include "lens_table.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/selection.h"
#include "neurox/model/class_names.h"

namespace neurox::apps {
namespace {

using attribute::HeadKind;

/// Which outputs' probabilities are followed through the layers.
struct Wanted {
  enum class What { Predicted, Text, Fixed } what = What::Predicted;
  std::int64_t id = 0;  ///< Fixed
};

Wanted wanted_of(const AttributeCommandOptions& options, const LoadedModel& loaded, HeadKind head) {
  const std::string& what = options.target;
  if (what == "predicted" || what == "next") return {};
  if (head != HeadKind::Vocabulary) {
    const auto classes = loaded.model.labels();
    const std::int64_t k = model::class_of_label(classes, what);
    if (k < 0) throw usage_error("logit-lens: no class '{}'{}", what, did_you_mean(what, classes));
    return {Wanted::What::Fixed, k};
  }
  if (what == "text") return {Wanted::What::Text, 0};
  if (what.starts_with("next=")) {
    text::EncodeOptions plain;
    plain.add_special_tokens = false;
    const auto ids = loaded.tokenizer.encode(what.substr(5), plain).ids;
    if (ids.empty()) throw usage_error("logit-lens: no token in target '{}'", what);
    return {Wanted::What::Fixed, ids.front()};
  }
  throw usage_error(
      "logit-lens: target '{}'; take predicted (what the model says), text (what the text says), or "
      "next=TOKEN",
      what);
}

/// A word is read where it predicts: at its last piece in causal models, else at its first.
std::int64_t place_of(const attribute::ExampleRow& row, bool causal) {
  return causal ? row.places.back() : row.places.front();
}

}  // namespace

void run_logit_lens(const AttributeCommandOptions& options) {
  ReadingJob job(options, "logit-lens");
  if (job.loaded.model.network() != nullptr)
    throw usage_error("logit-lens: {} has no residual stream that heads could read", options.model);
  model::Model& model = job.loaded.model;
  const HeadKind head = attribute::lens_head(model);
  const Wanted wanted = wanted_of(options, job.loaded, head);
  const bool causal = model.config().causal;
  std::vector<Site> sites;
  std::vector<std::string> names;
  std::vector<int> blocks;
  const std::vector<SiteColumns> available = model.sites();
  const std::string pattern = !options.sites.empty() ? options.sites
                              : model.has_encoder()  ? "decoder_resid_pre@0,decoder_resid_post"
                                                     : "resid_pre@0,resid_post";
  for (const std::size_t s : select_sites(pattern, available)) {
    const std::optional<Site> site = parse_site(available[s].site);
    if (!site)
      throw usage_error("logit-lens: {} is a module, not a place of a residual stream", available[s].site);
    sites.push_back(*site);
    names.push_back(available[s].site);
    blocks.push_back(available[s].block);
  }
  const auto classes = model.labels();
  LensTable table(names, blocks, [&](std::int64_t id) {
    return head == HeadKind::Vocabulary ? job.loaded.tokenizer.token_of(static_cast<std::int32_t>(id))
                                        : classes[static_cast<std::size_t>(id)];
  });
  const attribute::ExampleMaker maker(model, job.loaded.tokenizer, *job.corpus, job.untargeted());
  job.provenance.settings["sites"] = pattern;
  job.provenance.settings["target"] = options.target;
  job.provenance.settings["unit"] = options.unit;
  const std::int64_t n = job.over_examples(
      maker, [&](const io::Sentence&, std::int64_t number, const attribute::Example& example) {
        const model::Batch& batch = example.function->sentence();
        const auto ids = batch.ids.accessor<std::int64_t, 1>();
        attribute::LensOptions lens;
        lens.top = options.best;
        std::vector<std::size_t> rows;
        for (std::size_t r = 0; r < example.rows.size(); ++r) {
          const std::int64_t place = place_of(example.rows[r], causal);
          // Nothing in the text follows its last token.
          if (wanted.what == Wanted::What::Text && causal && place + 1 == batch.tokens()) continue;
          rows.push_back(r);
          lens.positions.push_back(place);
          if (wanted.what == Wanted::What::Fixed) lens.targets.push_back(wanted.id);
          if (wanted.what == Wanted::What::Text) lens.targets.push_back(ids[causal ? place + 1 : place]);
        }
        if (!rows.empty()) table.add(number, example, rows, attribute::logit_lens(model, batch, sites, lens));
      });
  job.write(table.anndata(), n);
  table.show(job.console, options.show);
  job.finish();
}

}  // namespace neurox::apps
