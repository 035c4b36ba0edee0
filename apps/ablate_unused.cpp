#include "ablate_unused.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "neurox/core/error.h"

namespace neurox::apps {
namespace {

struct KnownOption {
  std::string_view name;
  bool (*given)(const AblateCommandOptions&);
};

using Options = AblateCommandOptions;
constexpr KnownOption known_options[] = {
    {"--ranking", [](const Options& o) { return !o.rankings.empty(); }},
    {"--top", [](const Options& o) { return !o.top.empty(); }},
    {"--bottom", [](const Options& o) { return !o.bottom.empty(); }},
    {"--random", [](const Options& o) { return o.random > 0; }},
    {"--keep", [](const Options& o) { return o.keep; }},
    {"--each", [](const Options& o) { return o.each; }},
    {"--as-ranking", [](const Options& o) { return o.as_ranking; }},
    {"--greedy", [](const Options& o) { return o.greedy > 0; }},
    {"--save-model", [](const Options& o) { return !o.save_model.empty(); }},
    {"--keep-score", [](const Options& o) { return o.keep_score.has_value(); }},
    {"--changes", [](const Options& o) { return !o.changes.empty(); }},
    {"--operation", [](const Options& o) { return o.operations != std::vector<std::string>{"zero"}; }},
    {"several operations", [](const Options& o) { return o.operations.size() > 1; }},
    {"--means", [](const Options& o) { return !o.means.empty(); }},
    {"--vector", [](const Options& o) { return !o.vector.empty(); }},
    {"--quantiles-of", [](const Options& o) { return !o.quantiles_of.empty(); }},
    {"--donors", [](const Options& o) { return !o.donors.empty(); }},
    {"--probe", [](const Options& o) { return !o.probe.empty(); }},
    {"--measure", [](const Options& o) { return !o.measures.empty(); }},
    {"--generate", [](const Options& o) { return o.generate > 0; }},
    {"--label-column", [](const Options& o) { return !o.corpus.label_column.empty(); }},
    {"--format", [](const Options& o) { return !o.corpus.format.empty(); }},
};

}  // namespace

void refuse_unused(const AblateCommandOptions& given, std::string_view mode,
                   std::initializer_list<std::string_view> options) {
  for (const std::string_view name : options) {
    const auto* const known = std::find_if(std::begin(known_options), std::end(known_options),
                                           [&](const KnownOption& o) { return o.name == name; });
    assert(known != std::end(known_options));
    if (known->given(given)) throw usage_error("ablate: {} has no use for {}", mode, name);
  }
}

}  // namespace neurox::apps
