#include "attention_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace neurox::apps {
namespace {

using io::Tree;
using torch::Tensor;

}  // namespace

AttentionTable::AttentionTable(const attribute::AttentionMethod& method, std::vector<Site> patterns)
    : method_(method),
      patterns_(std::move(patterns)),
      stacks_(!patterns_.empty() && patterns_.front().stack != Stack::Only) {}

void AttentionTable::add(const io::Sentence& sentence, std::int64_t number, const attribute::Example& example,
                         const attribute::AttentionMaps& found) {
  ++sentences_;
  std::vector<Tensor> maps;
  for (const Tensor& pattern : found.maps)
    maps.push_back(attribute::join_maps(pattern, example, method_.mean_rows));
  if (heads_.empty())
    for (std::size_t p = 0; p < patterns_.size(); ++p)
      for (std::int64_t h = 0; h < maps[p].size(0); ++h) {
        columns_.push_back({p, h});
        heads_.emplace_back();
      }
  const Tensor all = at::cat(maps).contiguous();  // heads of all patterns x rows x rows
  const auto x = all.accessor<double, 3>();
  const auto n = static_cast<std::int64_t>(example.rows.size());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      sentence_.push_back(static_cast<std::int32_t>(number));
      from_.push_back(static_cast<std::int32_t>(i));
      to_.push_back(static_cast<std::int32_t>(j));
      from_token_.push_back(example.rows[static_cast<std::size_t>(i)].token);
      to_token_.push_back(example.rows[static_cast<std::size_t>(j)].token);
      for (std::int64_t h = 0; h < all.size(0); ++h) values_.push_back(static_cast<float>(x[h][i][j]));
    }
  for (std::size_t h = 0; h < heads_.size(); ++h) {
    const Tensor map = all[static_cast<std::int64_t>(h)];
    summarise(heads_[h], map, patterns_[columns_[h].pattern].kind == SiteKind::CrossPattern, example);
    keep_strongest(number, h, map, example);
  }
  examples_["text"].push_back(sentence.text);
  examples_["target"].push_back(method_.needs_target ? example.target : "");
  examples_["value"].push_back(found.value);
  examples_["rows"].push_back(n);
  for (std::size_t l = 0; l < found.deltas.size(); ++l) {
    sums_["sentence"].push_back(number);
    sums_["site"].push_back(full_name(patterns_[l]));
    sums_["block"].push_back(patterns_[l].block);
    sums_["value"].push_back(found.value);
    sums_["without_attention"].push_back(found.baselines[l]);
    sums_["delta"].push_back(found.deltas[l]);
  }
}

/// Shares are of absolute values, the mean over the rows that have any.
void AttentionTable::summarise(Head& head, const Tensor& map, bool across,
                               const attribute::Example& example) const {
  const std::int64_t n = map.size(0);
  const Tensor size = map.abs(), rows = size.sum(1, true);
  const Tensor shares = size / rows.clamp_min(1e-300);
  const double counted = std::max<double>(1, (rows > 0).sum().item<double>());
  const auto mean = [&](const Tensor& of) { return of.sum().item<double>() / counted; };
  head.total += map.sum().item<double>() / (method_.mean_rows ? counted : 1);
  head.entropy += mean(-(shares * shares.clamp_min(1e-300).log()));
  if (!across) {
    head.itself += mean(shares.diagonal());
    head.previous += mean(shares.diagonal(-1));
    head.next += mean(shares.diagonal(1));
  }
  for (std::int64_t j = 0; j < n; ++j)
    if (example.rows[static_cast<std::size_t>(j)].special) head.special += mean(shares.select(1, j));
}

void AttentionTable::keep_strongest(std::int64_t number, std::size_t h, const Tensor& map,
                                    const attribute::Example& example) {
  const auto x = map.accessor<double, 2>();
  Pair best{number, h, "", "", 0};
  Head& head = heads_[h];
  for (std::int64_t i = 0; i < map.size(0); ++i)
    for (std::int64_t j = 0; j < map.size(1); ++j) {
      const auto& from = example.rows[static_cast<std::size_t>(i)];
      const auto& to = example.rows[static_cast<std::size_t>(j)];
      if (std::abs(x[i][j]) > std::abs(head.strongest)) {
        head.strongest = x[i][j];
        head.from = from.token;
        head.to = to.token;
      }
      if (i == j || from.special || to.special || std::abs(x[i][j]) <= std::abs(best.value)) continue;
      best.value = x[i][j];
      best.from = from.token;
      best.to = to.token;
    }
  if (best.value != 0) pairs_.push_back(std::move(best));
}

Tree AttentionTable::heads_tree() const {
  Tree t = Tree::object();
  const auto n = static_cast<double>(std::max<std::int64_t>(1, sentences_));
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const Head& head = heads_[i];
    t["site"].push_back(full_name(pattern(i)));
    t["block"].push_back(pattern(i).block);
    t["head"].push_back(columns_[i].head);
    t["total"].push_back(head.total / n);
    t["entropy"].push_back(head.entropy / n);
    t["to_itself"].push_back(head.itself / n);
    t["to_previous"].push_back(head.previous / n);
    t["to_next"].push_back(head.next / n);
    t["to_special"].push_back(head.special / n);
    t["strongest"].push_back(head.strongest);
    t["strongest_from"].push_back(head.from);
    t["strongest_to"].push_back(head.to);
  }
  return t;
}

io::AnnData AttentionTable::anndata() const {
  io::AnnData out;
  out.obs.add("sentence", sentence_);
  out.obs.add("from", from_);
  out.obs.add("to", to_);
  out.obs.add("from_token", io::categorical(from_token_));
  out.obs.add("to_token", io::categorical(to_token_));
  std::vector<std::string> names, sites;
  std::vector<std::int32_t> blocks, heads;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    sites.push_back(full_name(pattern(i)));
    names.push_back(fmt::format("{}:{}", sites.back(), columns_[i].head));
    blocks.push_back(pattern(i).block);
    heads.push_back(static_cast<std::int32_t>(columns_[i].head));
  }
  out.var.add("site", io::categorical(sites));
  out.var.add("block", blocks);
  out.var.add("head", heads);
  out.var.row_names = names;
  out.X = Eigen::Map<const MatrixF>(values_.data(), static_cast<Index>(sentence_.size()),
                                    static_cast<Index>(heads_.size()));
  out.uns["examples"] = examples_;
  out.uns["heads"] = heads_tree();
  if (!sums_.empty()) out.uns["sums"] = sums_;
  out.uns["join"] = {{"to", "sum over pieces"},
                     {"from", method_.mean_rows ? "mean over pieces" : "sum over pieces"}};
  return out;
}

void AttentionTable::show(Console& console, int rows) const {
  const Tree t = heads_tree();
  const char* of = stacks_ ? "site" : "block";
  const auto limit = [&](std::size_t n) { return std::min(n, static_cast<std::size_t>(rows)); };
  if (!sums_.empty()) {
    std::vector<std::vector<Tree>> sums;
    for (std::size_t i = 0; i < limit(sums_["block"].size()); ++i)
      sums.push_back({sums_["sentence"][i], examples_["target"][sums_["sentence"][i].get<std::size_t>()],
                      sums_[of][i], sums_["value"][i], sums_["without_attention"][i], sums_["delta"][i]});
    console.table("blocks", {"sentence", "target", of, "f(x)", "f without its attention", "delta"}, sums);
  }
  std::vector<std::size_t> order(heads_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) {
    return method_.mean_rows ? heads_[i].entropy : -std::abs(heads_[i].total);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<std::vector<Tree>> table;
  for (std::size_t k = 0; k < limit(order.size()); ++k) {
    const std::size_t i = order[k];
    table.push_back({t[of][i], t["head"][i], t["total"][i], t["entropy"][i], t["to_itself"][i],
                     t["to_previous"][i], t["to_next"][i], t["to_special"][i],
                     heads_[i].from + " -> " + heads_[i].to, t["strongest"][i]});
  }
  console.table("heads",
                {of, "head", method_.mean_rows ? "row sum" : "sum", "entropy", "to itself", "to previous",
                 "to next", "to special", "strongest", "value"},
                table);
  std::vector<const Pair*> pairs;
  for (const Pair& p : pairs_) pairs.push_back(&p);
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair* a, const Pair* b) { return std::abs(a->value) > std::abs(b->value); });
  table.clear();
  for (std::size_t k = 0; k < limit(pairs.size()); ++k)
    table.push_back({pairs[k]->sentence, t[of][pairs[k]->head], t["head"][pairs[k]->head], pairs[k]->from,
                     pairs[k]->to, pairs[k]->value});
  console.table("pairs of words", {"sentence", of, "head", "from", "to", std::string(method_.name)}, table);
}

}  // namespace neurox::apps
