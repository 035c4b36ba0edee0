#include "neurox/report/load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>

#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/core/memory_size.h"
#include "neurox/io/neuron_table.h"
#include "neurox/report/html.h"
#include "neurox/report/load_parts.h"
#include "neurox/report/neurons_on_text.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using load::Loaded;

/// Files by what they hold.
struct Inputs {
  std::vector<std::shared_ptr<const io::ActivationReader>> activations;
  std::vector<Loaded> probes, rankings, ablations, attributions;
  std::vector<Loaded> groups;  ///< rankings of groups: no neuron of one is above another
  bool methods = false;        ///< whether any holds what load::methods knows
};

constexpr std::size_t kUsedPerSite = 5;
constexpr std::int64_t kHashedBytes = std::int64_t{256} << 20;

FileFindings file_findings(const std::filesystem::path& path, const io::Provenance& p) {
  FileFindings out;
  out.name = path.filename().string();
  out.kind = p.kind;
  std::error_code ignored;
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, ignored));
  out.hash =
      bytes <= kHashedBytes ? sha256_file(path) : fmt::format("not taken of {}", format_memory_size(bytes));
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.provenance.emplace_back(name, value);
  };
  add("made with neurox", p.version);
  add("command", p.command);
  if (p.seed) add("seed", std::to_string(*p.seed));
  add("model", p.model);
  add("model weights, SHA-256", p.model_sha256);
  add("tokenizer, SHA-256", p.tokenizer_sha256);
  for (const auto& [name, hash] : p.inputs) add("input", fmt::format("{} {}", name, hash));
  for (const auto& [name, value] : load::settings(p.settings)) out.provenance.emplace_back(name, value);
  return out;
}

/// The beginning of the table of a file of a kind that has no section.
void add_table(const io::Table& obs, FileFindings& out) {
  constexpr std::int64_t kMostRows = 50;
  constexpr std::size_t kMostColumns = 16;
  out.total_rows = obs.rows;
  out.columns.emplace_back("row");
  for (std::int64_t r = 0; r < std::min(kMostRows, obs.rows); ++r)
    out.rows.push_back({obs.row_names ? (*obs.row_names)[static_cast<std::size_t>(r)] : std::to_string(r)});
  for (const io::Column& c : obs.columns) {
    if (out.columns.size() > kMostColumns) break;
    out.columns.push_back(c.name);
    const bool text = std::holds_alternative<io::Categorical>(c.data) ||
                      std::holds_alternative<std::vector<std::string>>(c.data);
    const std::vector<std::string> words = text ? obs.strings(c.name, c.name) : std::vector<std::string>();
    const std::vector<double> values = text ? std::vector<double>() : obs.numbers(c.name, c.name);
    for (std::size_t r = 0; r < out.rows.size(); ++r)
      out.rows[r].push_back(text ? words[r] : html::number(values[r]));
  }
}

/// Opens one file and puts it where it belongs; returns its provenance.
io::Provenance read_file(const std::filesystem::path& path, Inputs& inputs, MethodFindings& methods,
                         FileFindings& findings) {
  const io::FileKind kind = io::file_kind(path);
  if (kind == io::FileKind::Other)
    throw input_error(
        "{}: neither an AnnData file nor NeuroX activations; a report is made of what extract, probe, rank, "
        "ablate, attribute and tcav write",
        path.string());
  std::shared_ptr<const io::ActivationReader> reader;
  if (kind == io::FileKind::AnnData) {
    try {
      reader = io::ActivationReader::open(path);
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
      // A table without X, as ablations are: reading it whole says what else is wrong, if anything is.
    }
  } else {
    reader = io::ActivationReader::open(path);
  }
  const bool streamed =
      reader && (reader->provenance().kind == "activations" || reader->provenance().kind.empty());
  if (streamed) {
    findings = file_findings(path, reader->provenance());
    findings.kind = "activations";
    inputs.activations.push_back(reader);
    return reader->provenance();
  }
  Loaded file{path.filename().string(), path.string(), io::read_anndata(path), {}};
  file.provenance = io::provenance(file.data.uns);
  const io::Provenance provenance = file.provenance;
  findings = file_findings(path, provenance);
  const bool shown = load::methods(file, methods);
  inputs.methods = inputs.methods || shown;
  if (provenance.kind == "probe")
    inputs.probes.push_back(std::move(file));
  else if (load::is_of_groups(file))
    inputs.groups.push_back(std::move(file));
  else if (provenance.kind == "ranking")
    inputs.rankings.push_back(std::move(file));
  else if (provenance.kind == "ablation")
    inputs.ablations.push_back(std::move(file));
  else if (provenance.kind == "attribution" && file.data.obs.find("token") != nullptr)
    inputs.attributions.push_back(std::move(file));
  else if (!shown)
    add_table(file.data.obs, findings);
  return provenance;
}

/// The neurons shown on text, with their scores in every ranking, in the order in which rankings name them.
std::vector<std::string> chosen_addresses(const std::vector<load::RankedAxis>& rankings,
                                          const ReportOptions& options) {
  if (!options.addresses.empty()) return options.addresses;
  std::vector<std::string> out;
  const auto add = [&](const load::RankedAxis& r, std::size_t c, std::size_t n) {
    for (const std::size_t i : load::best(r, c, n))
      if (const std::string a = r.axis.address(i); std::find(out.begin(), out.end(), a) == out.end())
        out.push_back(a);
  };
  for (const bool overall : {true, false})
    for (const load::RankedAxis& r : rankings)
      for (std::size_t c = 0; c < r.concepts.size(); ++c)
        if ((r.concepts[c] == "overall") == overall) add(r, c, overall ? options.neurons : options.per_class);
  return out;
}

void add_scores(NeuronFindings& n, const std::vector<load::RankedAxis>& rankings,
                const std::vector<std::string>& names) {
  for (std::size_t k = 0; k < rankings.size(); ++k) {
    const load::RankedAxis& r = rankings[k];
    for (std::size_t i = 0; i < r.axis.size(); ++i) {
      if (r.axis.address(i) != n.address) continue;
      for (std::size_t c = 0; c < r.concepts.size(); ++c) {
        const auto row = static_cast<Index>(i), column = static_cast<Index>(c);
        n.scores.push_back(
            {rankings.size() > 1 ? fmt::format("{} ({})", r.concepts[c], names[k]) : r.concepts[c],
             static_cast<double>(r.scores(row, column)), static_cast<std::int64_t>(r.ranks(row, column))});
      }
    }
  }
  std::stable_sort(n.scores.begin(), n.scores.end(),
                   [](const ConceptScore& a, const ConceptScore& b) { return a.rank < b.rank; });
}

void add_neurons(ReportData& data, const Inputs& inputs, const ReportOptions& options) {
  std::vector<load::RankedAxis> rankings;
  std::vector<std::string> names;
  for (const Loaded& r : inputs.rankings) rankings.push_back(load::ranked_axis(r)), names.push_back(r.name);
  const std::vector<std::string> wanted = chosen_addresses(rankings, options);
  if (wanted.empty() || inputs.activations.empty()) {
    if (!options.addresses.empty())
      throw usage_error("report: neurons are named but no activation file is given");
    return;
  }
  std::vector<std::string> lost;
  for (const auto& file : inputs.activations) {
    std::map<std::string, std::int64_t> at;
    for (std::size_t i = 0; i < file->neurons().size(); ++i)
      at.emplace(file->neurons().address(i), static_cast<std::int64_t>(i));
    std::vector<std::int64_t> columns;
    lost.clear();
    for (const std::string& address : wanted)
      if (const auto found = at.find(address); found != at.end())
        columns.push_back(found->second);
      else
        lost.push_back(address);
    if (columns.empty()) continue;
    data.neurons = neurons_on_text(*file, columns, {options.contexts, options.context_tokens});
    const load::NeuronTable all =
        load::neuron_table(file->neurons(), file->var(), load::activation_of(file->provenance()));
    for (std::size_t j = 0; j < columns.size(); ++j) {
      NeuronFindings& n = data.neurons[j];
      const auto c = static_cast<std::size_t>(columns[j]);
      const Statistics& s = all.statistics[c];
      n.statistics.zero = s.zero, n.statistics.nonpositive = s.nonpositive, n.statistics.small = s.small,
      n.statistics.saturated = s.saturated;
      n.kinds = all.kinds[c];
      add_scores(n, rankings, names);
    }
    data.notes.push_back(fmt::format(
        "Neurons are shown on {}: {} rows, {} sentences. Special tokens, dropped and truncated words are "
        "left out; word lists leave out words with fewer than {} occurrences.",
        file->path().filename().string(), html::count(file->rows()),
        html::count(static_cast<std::int64_t>(file->sentences().size())), options.contexts.min_count));
    data.notes.push_back(fmt::format(
        "{} neurons are shown on text: the best {} overall and the best {} of each class of every ranking, "
        "those of both once; sentences of more than {} tokens are cut around the framed one.",
        columns.size(), options.neurons, options.per_class, options.context_tokens));
    break;
  }
  if (!lost.empty())
    data.notes.push_back(
        fmt::format("{} of the neurons to show are not in the activations given, the first {}.", lost.size(),
                    lost.front()));
}

void add_kinds(ReportData& data, const Inputs& inputs, const ReportOptions& options) {
  const auto take = [&](const std::string& name, const io::Provenance& p, const load::NeuronTable& table) {
    data.kinds = load::kind_findings(table, options.kind_rows);
    data.kinds.file = name;
    data.kinds.model = p.model;
  };
  if (!inputs.activations.empty()) {
    const auto& file = *inputs.activations.front();
    take(file.path().filename().string(), file.provenance(),
         load::neuron_table(file.neurons(), file.var(), load::activation_of(file.provenance())));
  }
  for (const auto* files : {&inputs.probes, &inputs.rankings})
    for (const Loaded& f : *files)
      if (data.kinds.neurons == 0)
        take(f.name, f.provenance,
             load::neuron_table(io::neuron_axis(f.data.obs, f.data.uns, f.where), f.data.obs,
                                load::activation_of(f.provenance)));
  std::int64_t of_a_kind = 0;
  for (const SpreadCell& c : data.kinds.totals) of_a_kind += c.count;
  const auto shown = static_cast<std::int64_t>(data.kinds.rows.size());
  if (shown > 0 && shown == static_cast<std::int64_t>(options.kind_rows) && of_a_kind > shown)
    data.notes.push_back(
        fmt::format("The table of kinds lists {} neurons, taking from each kind in turn; its chart and its "
                    "counts are of all.",
                    shown));
}

/// Whether the page is about what neurons encode, so that it should say which commands would complete it. A
/// page of attributions, and of what is lost without the neurons that these name, is complete.
bool about_concepts(const Inputs& inputs) {
  if (!inputs.probes.empty() || !inputs.activations.empty()) return true;
  bool attributions = inputs.methods || !inputs.attributions.empty();
  for (const Loaded& ranking : inputs.rankings) {
    if (!load::is_of_attributions(ranking)) return true;
    attributions = true;
  }
  return !attributions;
}

/// Whether the page is about what was found without labels, where nothing is missing without them.
bool about_groups(const Inputs& inputs, const MethodFindings& m) {
  return inputs.probes.empty() && !(m.clusters.empty() && m.redundancy.empty() && m.similarities.empty() &&
                                    m.factors.empty() && m.token_clusters.empty() && m.maps.empty());
}

/// Whether the page is about what a model writes under edits, which no probe is needed for.
bool about_writing(const Inputs& inputs, const ReportData& data) {
  return inputs.probes.empty() && !data.ablations.empty() &&
         std::all_of(data.ablations.begin(), data.ablations.end(),
                     [](const AblationFindings& a) { return !a.texts.empty(); });
}

}  // namespace

ReportData load_report(const std::vector<std::filesystem::path>& files, const ReportOptions& options) {
  if (files.empty()) throw usage_error("report: no file given");
  ReportData data;
  data.version = options.version;
  data.command = options.command;
  Inputs inputs;
  std::optional<std::pair<std::filesystem::path, io::Provenance>> first;
  for (const std::filesystem::path& path : files) {
    FileFindings findings;
    const io::Provenance provenance = read_file(path, inputs, data.methods, findings);
    data.files.push_back(std::move(findings));
    if (first)
      io::check_same_model(first->first, first->second, path, provenance);
    else if (!provenance.model_sha256.empty())
      first.emplace(path, provenance);
  }
  for (const Loaded& f : inputs.probes) data.probes.push_back(load::probe(f));
  for (const Loaded& f : inputs.rankings) data.rankings.push_back(load::ranking(f, options));
  for (const Loaded& f : inputs.ablations) data.ablations.push_back(load::ablation(f));
  for (const auto* group : {&inputs.attributions, &inputs.rankings})
    for (const Loaded& f : *group)
      if (AttributionFindings found = load::attribution(f); !found.texts.empty() || !found.grids.empty())
        data.attributions.push_back(std::move(found));
  for (AttributionFindings& found : data.attributions)
    for (const Loaded& f : inputs.rankings)
      if (f.name == found.file && load::is_of_attributions(f))
        found.used = load::used_neurons(f, inputs.rankings, kUsedPerSite);
  data.hints = about_concepts(inputs) && !about_groups(inputs, data.methods) && !about_writing(inputs, data);
  add_neurons(data, inputs, options);
  add_kinds(data, inputs, options);
  if (!options.title.empty())
    data.title = options.title;
  else if (!data.probes.empty())
    data.title = label_of_model(data.probes[0].label, data.probes[0].model);
  else if (!data.rankings.empty())
    data.title = label_of_model(data.rankings[0].label, data.rankings[0].model);
  else if (!data.ablations.empty())
    data.title = label_of_model("Ablation", data.ablations[0].model);
  else if (!data.methods.comparisons.empty())
    data.title = label_of_model("How rankings agree", data.methods.comparisons[0].model);
  else if (!data.methods.clusters.empty())
    data.title = label_of_model("Groups of neurons", data.methods.clusters[0].model);
  else if (!data.methods.redundancy.empty())
    data.title = label_of_model("How few neurons would do", data.methods.redundancy[0].model);
  else if (!data.methods.courses.empty())
    data.title = label_of_model("Neurons over sentences", data.methods.courses[0].model);
  else if (about_groups(inputs, data.methods) && first)
    data.title = label_of_model("Groups of neurons and words", first->second.model);
  else if ((!data.attributions.empty() || inputs.methods) && first)
    data.title = label_of_model("What predictions use", first->second.model);
  else if (first)
    data.title = "Neurons of " + first->second.model;
  return data;
}

}  // namespace neurox
