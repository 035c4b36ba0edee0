#include "token_clusters.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "cluster_sheet.h"
#include "concept_options.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/cluster/cluster_examples.h"
#include "neurox/cluster/label_alignment.h"
#include "neurox/cluster/quality.h"
#include "neurox/core/error.h"
#include "neurox/io/label_file.h"
#include "row_sample.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr std::size_t kClusterWords = 8, kBeside = 8;

/// Words of the file, for contexts.
class FileWords {
 public:
  explicit FileWords(const io::ActivationReader& file) {
    if (file.obs().find("token") != nullptr) tokens_ = file.obs().strings("token", file.name());
    if (file.obs().find("sentence") != nullptr) sentences_ = file.obs().numbers("sentence", file.name());
    tokens_.resize(static_cast<std::size_t>(file.rows()));
  }
  const std::string& token(std::int64_t row) const { return tokens_[static_cast<std::size_t>(row)]; }

  /// `the «cat» sat`: the row's word with those beside it in its sentence.
  std::string context(std::int64_t row) const {
    const auto at = static_cast<std::size_t>(row);
    std::size_t first = at, last = at;
    while (first > 0 && at - first < kBeside && same(first - 1, at)) --first;
    while (last + 1 < tokens_.size() && last - at < kBeside && same(last + 1, at)) ++last;
    std::string out;
    for (std::size_t i = first; i <= last; ++i)
      out += (i > first ? " " : "") + (i == at ? "«" + tokens_[i] + "»" : tokens_[i]);
    return out;
  }

 private:
  bool same(std::size_t a, std::size_t b) const {
    return sentences_.empty() || sentences_[a] == sentences_[b];
  }
  std::vector<std::string> tokens_;
  std::vector<double> sentences_;
};

/// What gold labels say of the clusters.
struct GoldLabels {
  std::string label;
  std::vector<std::string> classes;
  LabelAlignment alignment;
  std::vector<std::pair<std::string, double>> quality;
};

GoldLabels against_labels(const ClusterCommandOptions& options, const ConceptOptions& gold,
                          const JoinedActivations& activations, const std::vector<std::int64_t>& rows,
                          const TokenClustering& found) {
  io::StringIds types;
  const ConceptRows chosen =
      concept_rows(activations.first(), gold, NumericLabels::Refused, options.seed, types);
  std::map<std::int64_t, int> class_of_row;
  for (std::size_t i = 0; i < chosen.labelled.rows.size(); ++i)
    class_of_row.emplace(chosen.labelled.rows[i], chosen.labelled.y[i]);
  std::vector<int> labels;
  for (const std::int64_t row : rows) {
    const auto at = class_of_row.find(row);
    labels.push_back(at == class_of_row.end() ? -1 : at->second);
  }
  GoldLabels out;
  out.label = chosen.label(), out.classes = chosen.labelled.classes;
  out.alignment = align_with_labels(found.cluster, labels, options.tokens.align);
  const BCubed b = b_cubed(found.cluster, labels);
  const VMeasure v = v_measure(found.cluster, labels);
  out.quality = {{"aligned clusters", out.alignment.aligned_clusters},
                 {"covered labels", out.alignment.covered_labels},
                 {"explained tokens", out.alignment.explained_things},
                 {"b-cubed precision", b.precision},
                 {"b-cubed recall", b.recall},
                 {"b-cubed f1", b.f1},
                 {"homogeneity", v.homogeneity},
                 {"completeness", v.completeness},
                 {"v-measure", v.v},
                 {"adjusted rand", adjusted_rand(found.cluster, labels)},
                 {"normalised pmi", mean_normalised_pmi(contingency(found.cluster, labels))}};
  return out;
}

std::vector<SheetRow> sheet_rows(const TokenClustering& found, const RowSource& X,
                                 const std::vector<std::int64_t>& rows,
                                 const std::vector<std::int32_t>& sentences, const FileWords& words,
                                 int contexts) {
  io::StringIds ids;
  std::vector<int> types;
  std::vector<std::string> texts;
  for (const std::int64_t row : rows) {
    types.push_back(ids.id(words.token(row)));
    if (static_cast<std::size_t>(types.back()) == texts.size()) texts.push_back(words.token(row));
  }
  const MatrixD centres = cluster_centres(X, found.cluster, found.count);
  const auto examples =
      central_rows(X, found.cluster, centres, sentences, static_cast<std::size_t>(contexts));
  const auto common = common_types(found.cluster, types, found.count, kClusterWords);
  std::vector<SheetRow> out(static_cast<std::size_t>(found.count));
  for (std::size_t c = 0; c < out.size(); ++c) {
    out[c].cluster = static_cast<int>(c);
    out[c].size = std::count(found.cluster.begin(), found.cluster.end(), static_cast<int>(c));
    std::vector<std::string> shown;
    for (const TypeCount& t : common[c])
      shown.push_back(fmt::format("{} ({})", texts[static_cast<std::size_t>(t.type)], t.count));
    out[c].words = fmt::format("{}", fmt::join(shown, ", "));
    for (const Index i : examples[c])
      out[c].contexts.push_back(words.context(rows[static_cast<std::size_t>(i)]));
  }
  return out;
}

Tree cluster_table(const std::vector<SheetRow>& rows, const std::optional<GoldLabels>& gold) {
  Tree t, contexts;
  std::map<int, const AlignedCluster*> aligned;
  if (gold)
    for (const AlignedCluster& a : gold->alignment.clusters) aligned[a.cluster] = &a;
  for (const SheetRow& row : rows) {
    t["cluster"].push_back(row.cluster);
    t["size"].push_back(row.size);
    t["words"].push_back(row.words);
    t["contexts"].push_back(fmt::format("{}", fmt::join(row.contexts, "\n")));
    t["name"].push_back(row.name);
    if (!gold) continue;
    const auto at = aligned.find(row.cluster);
    const bool known = at != aligned.end() && at->second->label >= 0;
    t["label"].push_back(known ? gold->classes[static_cast<std::size_t>(at->second->label)] : "");
    t["share"].push_back(known ? at->second->share : 0.0);
    t["aligned"].push_back(known && at->second->aligned);
  }
  return t;
}

/// Rows of the file with their cluster (and its name) as labels.
io::LabelFile label_file(const io::ActivationReader& file, const std::vector<std::int64_t>& rows,
                         const TokenClustering& found, const std::vector<SheetRow>& sheet) {
  io::LabelFile out;
  for (const char* key : {"token", "sentence", "position", "sequence"})
    if (const io::Column* column = file.obs().find(key)) out.obs.add(key, column->data);
  std::vector<std::string> numbers(static_cast<std::size_t>(file.rows())), names(numbers.size());
  bool named = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (found.cluster[i] < 0) continue;
    const SheetRow& row = sheet[static_cast<std::size_t>(found.cluster[i])];
    numbers[static_cast<std::size_t>(rows[i])] = fmt::format("c{}", row.cluster);
    names[static_cast<std::size_t>(rows[i])] = row.name;
    named = named || !row.name.empty();
  }
  out.obs.add("cluster", io::categorical(numbers));
  out.sets["cluster"] = found.settings.at("method");
  if (named)
    out.obs.add("cluster_name", io::categorical(names)), out.sets["cluster_name"] = "names given to clusters";
  return out;
}

void show_clusters(Console& console, const std::vector<SheetRow>& sheet, const Tree& table, int show) {
  std::vector<std::string> columns{"cluster", "tokens", "words"};
  const bool gold = table.contains("label"),
             named =
                 std::any_of(sheet.begin(), sheet.end(), [](const SheetRow&r) { return !r.name.empty(); });
  if (named) columns.insert(columns.begin() + 1, "name");
  if (gold) columns.insert(columns.end(), {"label", "share", "aligned"});
  std::vector<std::vector<Tree>> rows;
  for (std::size_t c = 0; c < std::min(sheet.size(), static_cast<std::size_t>(show)); ++c) {
    std::vector<Tree>& row = rows.emplace_back(std::vector<Tree>{sheet[c].cluster});
    if (named) row.emplace_back(sheet[c].name);
    row.emplace_back(sheet[c].size), row.emplace_back(sheet[c].words);
    if (gold)
      row.push_back(table["label"][c]), row.push_back(table["share"][c]), row.push_back(table["aligned"][c]);
  }
  console.table("clusters", columns, rows);
}

}  // namespace

std::vector<int> by_size(const std::vector<int>& clusters) {
  const int count = 1 + *std::max_element(clusters.begin(), clusters.end());
  std::vector<std::size_t> size(static_cast<std::size_t>(count), 0), first(size.size(), clusters.size());
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i] < 0) continue;
    const auto c = static_cast<std::size_t>(clusters[i]);
    if (size[c]++ == 0) first[c] = i;
  }
  std::vector<std::size_t> order(size.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size[a] != size[b] ? size[a] > size[b] : first[a] < first[b];
  });
  std::vector<int> place(size.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<int>(i);
  std::vector<int> out;
  for (const int c : clusters) out.push_back(c < 0 ? -1 : place[static_cast<std::size_t>(c)]);
  return out;
}

TokenRun::TokenRun(const ClusterCommandOptions& options, Console& console)
    : options_(options), console_(console), writing_{options.output.force, {}} {
  writing_.inputs.assign(options.inputs.begin(), options.inputs.end());
  if (const std::string of_neurons = file_of_choice(options.neurons); !of_neurons.empty())
    writing_.inputs.emplace_back(of_neurons);
  for (const std::string& file : options.topic.label_files) writing_.inputs.emplace_back(file);
  if (!options.tokens.names.empty()) writing_.inputs.emplace_back(options.tokens.names);
  io::check_output(options.output.path, writing_);
  if (!options.tokens.sheet.empty()) io::check_output(options.tokens.sheet, writing_);
  activations_ = std::make_unique<JoinedActivations>(options.inputs, options.neurons);
}

std::vector<std::int64_t> TokenRun::eligible_rows() const {
  const TokenClusterOptions& asked = options_.tokens;
  const std::vector<std::int64_t>& rows = activations_->rows();
  if (asked.least_seen <= 1 && asked.per_word == 0) return rows;
  const FileWords words(activations_->first());
  std::vector<std::string> of_row;
  for (const std::int64_t row : rows) of_row.push_back(words.token(row));
  std::vector<std::int64_t> kept =
      rows_by_word(rows, of_row, {asked.least_seen, asked.per_word}, options_.seed);
  if (kept.empty())
    throw input_error("{}: no word stands {} times in {} tokens; lower --least-seen", options_.inputs.front(),
                      asked.least_seen, rows.size());
  return kept;
}

void TokenRun::add_limits(io::Tree& settings) const {
  settings["least_seen"] = options_.tokens.least_seen;
  settings["per_word"] = options_.tokens.per_word;
}

void TokenRun::use_rows(std::vector<std::int64_t> rows) {
  rows_ = std::move(rows);
  std::map<std::int64_t, std::int32_t> sentence_of;
  for (std::size_t i = 0; i < activations_->rows().size(); ++i)
    sentence_of.emplace(activations_->rows()[i], activations_->sentences()[i]);
  for (const std::int64_t row : rows_) sentences_.push_back(sentence_of.at(row));
  source_ = activations_->source(rows_);
  const std::int64_t bytes = source_->rows() * source_->cols() * static_cast<std::int64_t>(sizeof(float));
  if (bytes > options_.memory_bytes / 2) return;  // read again for each pass
  MatrixF X(source_->rows(), source_->cols());
  source_->read(0, X);
  source_ = std::make_unique<MatrixRows>(std::move(X));
}

void TokenRun::finish(const TokenClustering& found, const ConceptOptions& topic) {
  const FileWords words(activations_->first());
  std::vector<SheetRow> sheet =
      sheet_rows(found, *source_, rows_, sentences_, words, options_.tokens.contexts);
  if (!options_.tokens.names.empty()) {
    const std::vector<std::string> names = read_names(options_.tokens.names, sheet);
    for (std::size_t c = 0; c < sheet.size(); ++c) sheet[c].name = names[c];
  }
  std::optional<GoldLabels> gold;
  if (!topic.label.empty()) gold = against_labels(options_, topic, *activations_, rows_, found);

  io::LabelFile labels = label_file(activations_->first(), rows_, found, sheet);
  labels.provenance = provenance_of("labels");
  const io::Provenance& from = activations_->first().provenance();
  labels.provenance.seed = options_.seed;
  labels.provenance.model = from.model;
  labels.provenance.model_sha256 = from.model_sha256;
  labels.provenance.tokenizer_sha256 = from.tokenizer_sha256;
  for (const auto& input : writing_.inputs) labels.provenance.add_input(input);
  labels.provenance.settings = {{"activations", from.settings}};
  io::AnnData out = io::to_anndata(labels);
  const Tree table = cluster_table(sheet, gold);
  out.uns["clusters"] = found.settings;
  out.uns["token_clusters"] = table;
  if (gold) {
    out.uns["quality"] = {{"label", gold->label}, {"threshold", options_.tokens.align}};
    for (const auto& [name, value] : gold->quality) out.uns["quality"]["measures"][name] = value;
  }
  io::write_anndata(options_.output.path, out, writing_);
  if (!options_.tokens.sheet.empty()) write_sheet(options_.tokens.sheet, sheet, writing_);

  console_.figure("neurons", activations_->axis().size());
  console_.figure("tokens", rows_.size());
  console_.figure("clusters", found.count);
  for (const auto& [name, value] : found.figures) console_.figure(name, value);
  if (gold) {
    console_.figure("label", gold->label);
    for (const auto& [name, value] : gold->quality) console_.figure(name, value);
  }
  show_clusters(console_, sheet, table, options_.show);
  if (!options_.tokens.sheet.empty()) console_.figure("sheet", options_.tokens.sheet);
  console_.figure("output", options_.output.path);
  console_.finish();
}

}  // namespace neurox::apps
