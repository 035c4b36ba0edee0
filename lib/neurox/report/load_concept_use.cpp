#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kUseSentences = 20;

}  // namespace

bool concept_use(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "concepts" || !file.data.X || file.data.X->cols() < 5) return false;
  const auto ranking = file.data.obs.strings("ranking", file.where),
             concepts = file.data.obs.strings("concept", file.where);
  const auto sentence = file.data.obs.numbers("sentence", file.where);
  const bool several = std::set<std::string>(ranking.begin(), ranking.end()).size() > 1;
  const auto named = [&](const std::string& of, const std::string& name) {
    return several ? fmt::format("{} ({})", name, of) : name;
  };
  ConceptUseFindings found;
  found.file = file.name, found.model = file.provenance.model, found.method = method_of(file);
  const double permutations = number(file.provenance.settings, "permutations");
  found.permutations = permutations > 0 ? static_cast<std::int64_t>(permutations) : 0;
  const io::Tree& corpus = child(file.data.uns, "corpus");
  const auto of_ranking = strings(corpus, "ranking"), of_concept = strings(corpus, "concept");
  const auto use = numbers(corpus, "use"), mean = numbers(corpus, "permuted_mean"),
             sd = numbers(corpus, "permuted_sd"), z = numbers(corpus, "z"), p = numbers(corpus, "p");
  const std::size_t n = std::min(
      {of_ranking.size(), of_concept.size(), use.size(), mean.size(), sd.size(), z.size(), p.size()});
  for (std::size_t c = 0; c < n; ++c)
    found.corpus.push_back({named(of_ranking[c], of_concept[c]), use[c], mean[c], sd[c], z[c], p[c]});
  const io::Tree& examples = child(file.data.uns, "examples");
  const auto texts = strings(examples, "text"), targets = strings(examples, "target");
  const auto values = numbers(examples, "value");
  found.sentences = static_cast<std::int64_t>(texts.size());
  // Rows of a sentence lie together, in the order of the examples.
  std::size_t at = 0;
  for (std::size_t r = 0; r < concepts.size(); ++r) {
    if (r > 0 && sentence[r] != sentence[r - 1]) ++at;
    if (at >= kUseSentences) break;
    if (found.texts.size() <= at) {
      found.texts.emplace_back();
      if (at < texts.size()) found.texts[at].text = texts[at];
      if (at < targets.size()) found.texts[at].target = targets[at];
      if (at < values.size()) found.texts[at].value = values[at];
    }
    const auto cell = [&](Index c) { return static_cast<double>((*file.data.X)(static_cast<Index>(r), c)); };
    found.texts[at].rows.push_back(
        {named(ranking[r], concepts[r]), cell(0), cell(1), cell(2), cell(3), cell(4)});
  }
  out.concepts.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
