#include "group_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "neurox/io/neuron_table.h"

namespace neurox::apps {
using io::Tree;

GroupTable::GroupTable(NeuronAxis axis, std::vector<attribute::NeuronGroup> groups,
                       const attribute::GroupMethod& method, std::string by)
    : axis_(std::move(axis)), groups_(std::move(groups)), method_(method), by_(std::move(by)) {
  effect_ = magnitude_ = squared_error_ = VectorD::Zero(static_cast<Index>(groups_.size()));
}

void GroupTable::add(std::int64_t number, const std::string& text, const std::string& target,
                     const attribute::PlayerValues& found) {
  ++sentences_;
  value_ += found.all;
  double sum = 0;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto i = static_cast<Index>(g);
    effect_(i) += found.values[g];
    magnitude_(i) += std::abs(found.values[g]);
    sum += found.values[g];
    if (!found.errors.empty()) {
      sampled_ = true;
      squared_error_(i) += found.errors[g] * found.errors[g];
    }
    if (by_ == "neuron") continue;
    by_sentence_["sentence"].push_back(number);
    by_sentence_["group"].push_back(groups_[g].name);
    by_sentence_["effect"].push_back(found.values[g]);
  }
  examples_["sentence"].push_back(number);
  examples_["text"].push_back(text);
  examples_["target"].push_back(target);
  examples_["value"].push_back(found.all);
  examples_["replaced_value"].push_back(found.none);
  examples_["delta"].push_back(method_.sums ? sum - (found.all - found.none) : std::nan(""));
}

double GroupTable::mean(const VectorD& sums, std::size_t group) const {
  return sums(static_cast<Index>(group)) / static_cast<double>(std::max<std::int64_t>(1, sentences_));
}

double GroupTable::mean_value() const {
  return value_ / static_cast<double>(std::max<std::int64_t>(1, sentences_));
}

std::vector<std::size_t> GroupTable::order() const {
  std::vector<std::size_t> out(groups_.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    return magnitude_(static_cast<Index>(a)) > magnitude_(static_cast<Index>(b));
  });
  return out;
}

io::AnnData GroupTable::anndata() const {
  const auto neurons = static_cast<Index>(axis_.size());
  io::AnnData out;
  out.obs = io::neuron_table(axis_);
  MatrixF effect(neurons, 1), magnitude(neurons, 1), rank(neurons, 1);
  std::vector<std::string> group_of(axis_.size());
  Index next = 1;
  for (const std::size_t g : order())
    for (const std::int64_t n : groups_[g].neurons) {
      group_of[static_cast<std::size_t>(n)] = groups_[g].name;
      effect(n, 0) = static_cast<float>(mean(effect_, g));
      magnitude(n, 0) = static_cast<float>(mean(magnitude_, g));
      rank(n, 0) = static_cast<float>(next++);
    }
  if (by_ != "neuron") out.obs.add("group", io::categorical(group_of));
  out.var.rows = 1;
  out.var.row_names = std::vector<std::string>{"overall"};
  out.var.add("sentences", std::vector<std::int64_t>{sentences_});
  out.X = std::move(magnitude);
  out.layers.emplace_back("rank", std::move(rank));
  out.layers.emplace_back("signed_sum", std::move(effect));
  out.uns["sites"] = io::sites_tree(axis_);
  out.uns["ranking"] = {
      {"method", std::string(method_.name)},
      {"label", ""},
      {"score",
       "mean over sentences of the absolute effect of the neuron's group; layer signed_sum: "
       "mean over sentences of the effect"},
      {"larger_is_more_important", true}};
  Tree table = Tree::object();
  for (std::size_t g = 0; g < groups_.size() && by_ != "neuron"; ++g) {
    table["group"].push_back(groups_[g].name);
    table["neurons"].push_back(groups_[g].neurons.size());
    table["effect"].push_back(mean(effect_, g));
    table["magnitude"].push_back(mean(magnitude_, g));
    if (sampled_)
      table["standard_error"].push_back(std::sqrt(squared_error_(static_cast<Index>(g))) /
                                        static_cast<double>(sentences_));
  }
  if (!table.empty()) out.uns["groups"] = table;
  if (!by_sentence_.empty()) out.uns["groups_by_sentence"] = by_sentence_;
  out.uns["examples"] = examples_;
  return out;
}

void GroupTable::show(Console& console, int rows) const {
  std::vector<std::vector<Tree>> table;
  for (std::size_t i = 0; i < examples_["text"].size() && i < static_cast<std::size_t>(rows); ++i)
    table.push_back({examples_["text"][i], examples_["target"][i], examples_["value"][i],
                     shown_number(examples_["replaced_value"][i].get<double>()),
                     shown_number(examples_["delta"][i].get<double>())});
  console.table("examples", {"sentence", "target", "f(x)", "f(all replaced)", "delta"}, table);
  table.clear();
  for (const std::size_t g : order()) {
    if (table.size() >= static_cast<std::size_t>(rows)) break;
    table.push_back({groups_[g].name, groups_[g].neurons.size(), mean(effect_, g), mean(magnitude_, g)});
    if (sampled_)
      table.back().push_back(
          shown_number(std::sqrt(squared_error_(static_cast<Index>(g))) / static_cast<double>(sentences_)));
  }
  std::vector<std::string> columns{"group", "neurons", "mean effect", "mean |effect|"};
  if (sampled_) columns.emplace_back("standard error");
  console.table("groups", columns, table);
}

}  // namespace neurox::apps
