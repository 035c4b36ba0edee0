#include "attribute_trust.h"

#include <algorithm>
#include <cmath>

#include "neurox/attribute/agreement.h"
#include "neurox/attribute/over_baselines.h"
#include "neurox/attribute/trust.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/rank_correlation.h"

namespace neurox::apps {
namespace {

using io::Tree;

const std::vector<std::string> measures{
    "infidelity_noise", "infidelity_noise_scaled", "infidelity_words",       "infidelity_words_scaled",
    "sensitivity_max",  "random_weights",          "random_weights_absolute"};
const std::vector<std::string> pair_measures{"spearman", "top_fifth_overlap", "overlap_by_chance"};

/// What the command runs for a method.
attribute::MethodOptions settings_of(const AttributeCommandOptions& options,
                                     const attribute::InputMethod& method, const model::Model& model) {
  attribute::MethodOptions settings = method_options(options, model);
  if (options.join.empty()) settings.join = method.join;
  return settings;
}

std::vector<double> magnitudes(std::vector<double> values) {
  for (double& x : values) x = std::abs(x);
  return values;
}

}  // namespace

void declare_trust(CLI::App& app, AttributeCommandOptions& options) {
  app.add_flag("--trust", options.trust,
               "Words: infidelity and sensitivity of the methods, their likeness to what they say of random "
               "weights, and to each other");
  app.add_flag(
      "--cascade", options.cascade,
      "With --trust: the likeness after each step of drawing the weights anew, from the head down to "
      "the embeddings");
}

void check_trust(const AttributeCommandOptions& options) {
  if (options.cascade && !options.trust) throw usage_error("--cascade: goes with --trust");
  if (!options.trust) return;
  if (!options.sites.empty()) throw usage_error("--trust: goes with methods of words, without --sites");
  for (const std::string& name : options.methods) {
    const auto known = attribute::input_methods();
    if (std::none_of(known.begin(), known.end(), [&](const auto& m) { return m.name == name; }))
      throw usage_error("--trust: goes with methods of words, and '{}' is none", name);
  }
}

void TrustTable::Mean::add(double x) {
  if (!std::isfinite(x)) return;
  sum += x;
  ++count;
}
double TrustTable::Mean::value() const {
  return count > 0 ? sum / static_cast<double>(count) : no_value;
}
Tree TrustTable::Mean::shown() const {
  return count > 0 ? Tree(value()) : Tree();
}

TrustTable::TrustTable(const AttributeCommandOptions& options,
                       std::vector<const attribute::InputMethod*> methods, const LoadedModel& loaded,
                       Console& console)
    : options_(options), methods_(std::move(methods)), means_(methods_.size()) {
  if (loaded.model.network() != nullptr && !std::filesystem::is_directory(options.model)) {
    console.warn(
        "--trust: a TorchScript file's weights cannot be drawn anew; random_weights and a cascade are left "
        "out");
    return;
  }
  random_.emplace(model::Model::load(options.model, {.device = options.device, .random_init = options.seed}));
  random_baselines_.emplace(*random_, loaded.tokenizer, options.baselines);
  if (options.cascade) cascade_.emplace(options, methods_, loaded, *random_);
}

void TrustTable::add(std::int64_t sentence, attribute::Example& example,
                     const std::vector<attribute::RowAttribution>& results) {
  std::optional<attribute::Example> random;
  if (random_) random.emplace(attribute::in_model(example, *random_, *random_baselines_, options_.memory));
  std::vector<std::vector<double>> words;
  std::vector<attribute::MethodOptions> all_settings;
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    const attribute::MethodOptions settings = settings_of(options_, *methods_[m], example.function->model());
    const attribute::Trust found =
        attribute::trust(*methods_[m], example, results[m], settings, {.seed = options_.seed});
    words.push_back(attribute::word_values(example, results[m]));
    all_settings.push_back(settings);
    double same = no_value, same_size = same;
    if (random) {
      const std::vector<double> of_random =
          attribute::word_values(*random, attribute::over_baselines(*methods_[m], *random, settings));
      same = spearman(words.back(), of_random);
      same_size = spearman(magnitudes(words.back()), magnitudes(of_random));
    }
    rows_["sentence"].push_back(sentence);
    rows_["method"].push_back(options_.methods[m]);
    const double values[] = {found.noise.plain,  found.noise.scaled, found.words.plain,
                             found.words.scaled, found.sensitivity,  same,
                             same_size};
    for (std::size_t i = 0; i < measures.size(); ++i) {
      rows_[measures[i]].push_back(values[i]);
      means_[m][measures[i]].add(values[i]);
    }
  }
  if (cascade_) cascade_->add(sentence, example, words, all_settings, *random_baselines_);
  const std::size_t n = words.front().size();
  if (n == 0) return;
  const std::size_t k = (n + 4) / 5;
  for (std::size_t a = 0; a < words.size(); ++a)
    for (std::size_t b = a + 1; b < words.size(); ++b) {
      const double values[] = {spearman(words[a], words[b]), attribute::top_overlap(words[a], words[b], k),
                               static_cast<double>(k) / static_cast<double>(n)};
      pairs_["sentence"].push_back(sentence);
      pairs_["first"].push_back(options_.methods[a]);
      pairs_["second"].push_back(options_.methods[b]);
      for (std::size_t i = 0; i < pair_measures.size(); ++i) {
        pairs_[pair_measures[i]].push_back(values[i]);
        pair_means_[{a, b}][pair_measures[i]].add(values[i]);
      }
    }
}

void TrustTable::put(io::AnnData& file) const {
  Tree mean = Tree::object(), pair_mean = Tree::object();
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    mean["method"].push_back(options_.methods[m]);
    for (const std::string& name : measures) mean[name].push_back(means_[m].at(name).value());
  }
  file.uns["trust"] = {{"examples", rows_}, {"mean", mean}};
  if (cascade_) cascade_->put(file);
  if (pair_means_.empty()) return;
  for (const auto& [pair, means] : pair_means_) {
    pair_mean["first"].push_back(options_.methods[pair.first]);
    pair_mean["second"].push_back(options_.methods[pair.second]);
    for (const std::string& name : pair_measures) pair_mean[name].push_back(means.at(name).value());
  }
  file.uns["agreement"] = {{"examples", pairs_}, {"mean", pair_mean}};
}

void TrustTable::show(Console& console) const {
  std::vector<std::vector<Tree>> table;
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    std::vector<Tree> row{options_.methods[m]};
    for (const std::string& name : measures) row.push_back(means_[m].at(name).shown());
    table.push_back(std::move(row));
  }
  std::vector<std::string> columns{"method"};
  columns.insert(columns.end(), measures.begin(), measures.end());
  console.table("trust", columns, table);
  if (cascade_) cascade_->show(console);
  if (pair_means_.empty()) return;
  table.clear();
  for (const auto& [pair, means] : pair_means_) {
    std::vector<Tree> row{options_.methods[pair.first], options_.methods[pair.second]};
    for (const std::string& name : pair_measures) row.push_back(means.at(name).shown());
    table.push_back(std::move(row));
  }
  columns = {"first", "second"};
  columns.insert(columns.end(), pair_measures.begin(), pair_measures.end());
  console.table("agreement", columns, table);
}

}  // namespace neurox::apps
