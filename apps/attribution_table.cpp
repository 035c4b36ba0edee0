#include "attribution_table.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

using io::Tree;

MatrixF matrix(const std::vector<float>& values, std::size_t columns) {
  return Eigen::Map<const MatrixF>(values.data(), static_cast<Index>(values.size() / columns),
                                   static_cast<Index>(columns));
}

const std::vector<std::string> example_columns{"sentence", "target",      "method",
                                               "f(x)",     "f(baseline)", "delta"};

}  // namespace

void ExampleTable::add(const io::Sentence& sentence, const std::string& target, const std::string& method,
                       double value, double baseline, double delta, int steps) {
  tree_["text"].push_back(sentence.text);
  tree_["target"].push_back(target);
  tree_["method"].push_back(method);
  tree_["value"].push_back(value);
  tree_["baseline_value"].push_back(baseline);
  tree_["delta"].push_back(delta);
  tree_["steps"].push_back(steps);
}

std::vector<std::vector<Tree>> ExampleTable::shown(int rows) const {
  std::vector<std::vector<Tree>> out;
  const std::size_t n = tree_.empty() ? 0 : tree_.at("text").size();
  for (std::size_t i = 0; i < n && i < static_cast<std::size_t>(rows); ++i)
    out.push_back({tree_["text"][i], tree_["target"][i], tree_["method"][i], tree_["value"][i],
                   shown_number(tree_["baseline_value"][i].get<double>()),
                   shown_number(tree_["delta"][i].get<double>())});
  return out;
}

InputTable::InputTable(std::vector<std::string> methods) : methods_(std::move(methods)) {}

void InputTable::add(const io::Sentence& sentence, std::int64_t number, const attribute::Example& example,
                     const std::vector<attribute::RowAttribution>& results) {
  for (std::size_t r = 0; r < example.rows.size(); ++r) {
    const attribute::ExampleRow& row = example.rows[r];
    tokens_.push_back(row.token);
    sentence_.push_back(static_cast<std::int32_t>(number));
    position_.push_back(row.position);
    char_begin_.push_back(static_cast<std::int32_t>(row.char_begin));
    char_end_.push_back(static_cast<std::int32_t>(row.char_end));
    pieces_.push_back(static_cast<std::int32_t>(row.places.size()));
    sequence_.push_back(row.sequence);
    segment_.push_back(row.segment);
    special_.push_back(row.special);
    for (const attribute::RowAttribution& a : results) {
      values_.push_back(static_cast<float>(a.values[r]));
      errors_.push_back(a.errors.empty() ? std::nanf("") : static_cast<float>(a.errors[r]));
      any_errors_ = any_errors_ || !a.errors.empty();
    }
  }
  for (std::size_t m = 0; m < methods_.size(); ++m)
    examples_.add(sentence, example.target, methods_[m], results[m].value, results[m].baseline,
                  results[m].delta, results[m].steps);
}

void InputTable::add_faithfulness(const std::vector<attribute::Faithfulness>& found) {
  ++judged_;
  if (judged_ == 1) {
    faithfulness_ = found;
    return;
  }
  for (std::size_t m = 0; m < found.size(); ++m)
    for (std::size_t s = 0; s < found[m].shares.size(); ++s) {
      faithfulness_[m].comprehensiveness[s] += found[m].comprehensiveness[s];
      faithfulness_[m].sufficiency[s] += found[m].sufficiency[s];
    }
}

Tree InputTable::mean_faithfulness() const {
  Tree t = Tree::object();
  for (std::size_t m = 0; m < faithfulness_.size(); ++m)
    for (std::size_t s = 0; s < faithfulness_[m].shares.size(); ++s) {
      t["method"].push_back(m < methods_.size() ? methods_[m] : "random");
      t["share"].push_back(faithfulness_[m].shares[s]);
      t["comprehensiveness"].push_back(faithfulness_[m].comprehensiveness[s] / static_cast<double>(judged_));
      t["sufficiency"].push_back(faithfulness_[m].sufficiency[s] / static_cast<double>(judged_));
    }
  return t;
}

io::AnnData InputTable::anndata(const io::Provenance& provenance) const {
  io::AnnData out;
  out.obs.add("token", io::categorical(tokens_));
  out.obs.add("sentence", sentence_);
  out.obs.add("position", position_);
  out.obs.add("char_begin", char_begin_);
  out.obs.add("char_end", char_end_);
  out.obs.add("pieces", pieces_);
  out.obs.add("sequence", sequence_);
  out.obs.add("segment", io::categorical(segment_));
  out.obs.add("special", special_);
  out.var.rows = static_cast<std::int64_t>(methods_.size());
  out.var.row_names = methods_;
  out.X = matrix(values_, methods_.size());
  if (any_errors_) out.layers.emplace_back("standard_error", matrix(errors_, methods_.size()));
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["examples"] = examples_.tree();
  if (judged_ > 0) out.uns["faithfulness"] = mean_faithfulness();
  return out;
}

void InputTable::show(Console& console, int rows) const {
  console.table("examples", example_columns, examples_.shown(rows));
  std::vector<std::vector<Tree>> words;
  for (std::size_t r = 0; r < tokens_.size() && r < static_cast<std::size_t>(rows); ++r) {
    std::vector<Tree> row{sentence_[r], tokens_[r]};
    for (std::size_t m = 0; m < methods_.size(); ++m) row.emplace_back(values_[r * methods_.size() + m]);
    words.push_back(std::move(row));
  }
  std::vector<std::string> columns{"sentence", "word"};
  columns.insert(columns.end(), methods_.begin(), methods_.end());
  console.table("words", columns, words);
  if (judged_ == 0) return;
  const Tree mean = mean_faithfulness();
  std::vector<std::vector<Tree>> judged;
  for (std::size_t i = 0; i < mean["method"].size(); ++i)
    judged.push_back(
        {mean["method"][i], mean["share"][i], mean["comprehensiveness"][i], mean["sufficiency"][i]});
  console.table("faithfulness", {"method", "share of words", "comprehensiveness", "sufficiency"}, judged);
}

PairTable::PairTable(std::vector<std::string> methods, std::string players)
    : methods_(std::move(methods)), players_(std::move(players)) {}

void PairTable::add(const io::Sentence& sentence, std::int64_t number, const attribute::Example& example,
                    const std::vector<attribute::RowPairs>& results) {
  const auto n = static_cast<Index>(example.rows.size());
  for (Index i = 0; i < n; ++i)
    for (Index j = i; j < n; ++j) {
      const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
      sentence_.push_back(static_cast<std::int32_t>(number));
      first_.push_back(static_cast<std::int32_t>(i));
      second_.push_back(static_cast<std::int32_t>(j));
      first_token_.push_back(example.rows[a].token);
      second_token_.push_back(example.rows[b].token);
      for (const attribute::RowPairs& pairs : results)
        values_.push_back(static_cast<float>(pairs.values(i, j)));
    }
  for (std::size_t m = 0; m < methods_.size(); ++m)
    examples_.add(sentence, example.target, methods_[m], results[m].value, results[m].baseline,
                  results[m].delta, 1);
  for (const attribute::RowPairs& pairs : results)
    for (const attribute::GroupEffect& group : pairs.groups) {
      std::vector<std::string> members;
      for (const std::size_t row : group.players) members.push_back(example.rows[row].token);
      groups_["sentence"].push_back(number);
      groups_["group"].push_back(fmt::format("{}", fmt::join(members, " + ")));
      groups_["size"].push_back(members.size());
      groups_["effect"].push_back(group.effect);
    }
}
io::AnnData PairTable::anndata() const {
  io::AnnData out;
  out.obs.add("sentence", sentence_);
  out.obs.add("first", first_);
  out.obs.add("second", second_);
  out.obs.add("first_token", io::categorical(first_token_));
  out.obs.add("second_token", io::categorical(second_token_));
  out.var.rows = static_cast<std::int64_t>(methods_.size());
  out.var.row_names = methods_;
  out.X = matrix(values_, methods_.size());
  out.uns["examples"] = examples_.tree();
  if (!groups_.empty()) out.uns["groups"] = groups_;
  return out;
}

void PairTable::show(Console& console, int rows) const {
  console.table("examples", example_columns, examples_.shown(rows));
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    std::vector<std::size_t> order;
    for (std::size_t r = 0; r < first_.size(); ++r)
      if (first_[r] != second_[r]) order.push_back(r);
    const auto size_of = [&](std::size_t r) { return std::abs(values_[r * methods_.size() + m]); };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return size_of(a) > size_of(b); });
    std::vector<std::vector<Tree>> strongest;
    for (std::size_t i = 0; i < order.size() && i < static_cast<std::size_t>(rows); ++i)
      strongest.push_back({sentence_[order[i]], first_token_[order[i]], second_token_[order[i]],
                           values_[order[i] * methods_.size() + m]});
    console.table(methods_[m], {"sentence", players_, "with", methods_[m]}, strongest);
  }
  if (groups_.empty()) return;
  std::vector<std::vector<Tree>> groups;
  for (std::size_t g = 0; g < groups_["group"].size() && g < static_cast<std::size_t>(rows); ++g)
    groups.push_back({groups_["sentence"][g], groups_["group"][g], groups_["effect"][g]});
  console.table("groups", {"sentence", "group", "effect (ArchAttribute)"}, groups);
}

NeuronTable::NeuronTable(std::vector<SiteColumns> sites, std::string method)
    : sites_(std::move(sites)), method_(std::move(method)), worst_(sites_.size(), std::nan("")) {}

void NeuronTable::add(std::int64_t number, const io::Sentence& sentence, const attribute::Example& example,
                      const attribute::LayerAttribution& found) {
  parts_.add(number, found.parts);
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const torch::Tensor x = found.values[s].to(torch::kCPU);
    const torch::Tensor sum = x.sum(1).contiguous(), norm = x.square().sum(1).contiguous();
    const auto sums = sum.accessor<double, 1>(), norms = norm.accessor<double, 1>();
    for (const attribute::ExampleRow& row : example.rows) {
      double total = 0, squares = 0;
      for (const std::int64_t p : row.places) {
        total += sums[p];
        squares += norms[p];
      }
      cells_["sentence"].push_back(number);
      cells_["token"].push_back(row.token);
      cells_["site"].push_back(sites_[s].site);
      cells_["sum"].push_back(total);
      cells_["l2"].push_back(std::sqrt(squares));
    }
    if (std::isfinite(found.deltas[s]))
      worst_[s] =
          std::isnan(worst_[s]) ? std::abs(found.deltas[s]) : std::max(worst_[s], std::abs(found.deltas[s]));
    examples_["sentence"].push_back(number);
    examples_["text"].push_back(sentence.text);
    examples_["target"].push_back(example.target);
    examples_["site"].push_back(sites_[s].site);
    examples_["value"].push_back(found.value);
    examples_["baseline_value"].push_back(found.baselines[s]);
    examples_["delta"].push_back(found.deltas[s]);
    examples_["steps"].push_back(found.steps);
  }
}

io::AnnData NeuronTable::anndata(const NeuronAxis& axis, const attribute::NeuronScores::Result& scores,
                                 const io::Provenance& provenance) const {
  io::AnnData out;
  out.obs = io::neuron_table(axis);
  out.var.rows = static_cast<std::int64_t>(scores.kinds.size());
  out.var.row_names = scores.kinds;
  out.var.add("tokens", scores.tokens);
  out.X = scores.magnitude;
  out.layers.emplace_back("rank", scores.ranks);
  out.layers.emplace_back("signed_sum", scores.signed_sum);
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["sites"] = io::sites_tree(axis);
  out.uns["ranking"] = {
      {"method", method_},
      {"label", ""},
      {"score",
       "mean over tokens of the absolute attribution; layer signed_sum: mean over sentences of its sum"},
      {"larger_is_more_important", true}};
  out.uns["examples"] = examples_;
  out.uns["tokens_by_site"] = cells_;
  if (!parts_.empty()) out.uns["parts"] = parts_.tree();
  return out;
}

void NeuronTable::show(Console& console, const NeuronAxis& axis,
                       const attribute::NeuronScores::Result& scores, int rows) const {
  const Index overall = scores.magnitude.cols() - 1;
  std::vector<std::vector<Tree>> table;
  Index column = 0;
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const Index width = sites_[s].width;
    table.push_back(
        {sites_[s].site, scores.signed_sum.col(overall).segment(column, width).cast<double>().sum(),
         scores.magnitude.col(overall).segment(column, width).cast<double>().sum(), shown_number(worst_[s])});
    column += width;
  }
  console.table("sites", {"site", "mean sum per sentence", "mean |attribution| per token", "largest |delta|"},
                table);
  parts_.show(console, rows);
  table.clear();
  std::vector<Index> order(static_cast<std::size_t>(scores.ranks.rows()));
  for (Index i = 0; i < scores.ranks.rows(); ++i)
    order[static_cast<std::size_t>(scores.ranks(i, overall)) - 1] = i;
  for (std::size_t i = 0; i < order.size() && i < static_cast<std::size_t>(rows); ++i)
    table.push_back({i + 1, axis.address(static_cast<std::size_t>(order[i])),
                     scores.magnitude(order[i], overall), scores.signed_sum(order[i], overall)});
  console.table("top", {"rank", "neuron", "mean |attribution|", "mean sum per sentence"}, table);
}

}  // namespace neurox::apps
