#include "parts_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace neurox::apps {

using io::Tree;

void PartsTable::add(std::int64_t sentence, const std::vector<attribute::Part>& parts) {
  if (parts.empty()) return;
  ++sentences_;
  for (const attribute::Part& part : parts) {
    tree_["sentence"].push_back(sentence);
    tree_["component"].push_back(part.component);
    tree_["block"].push_back(part.block);
    tree_["head"].push_back(part.head);
    tree_["value"].push_back(part.value);
    sums_[{part.component, part.block, part.head}] += part.value;
  }
}

double PartsTable::mean(const Key& key) const {
  const auto it = sums_.find(key);
  return it == sums_.end() ? 0 : it->second / static_cast<double>(sentences_);
}

void PartsTable::show(Console& console, int rows) const {
  if (empty()) return;
  int last = -1;
  std::vector<std::pair<double, Key>> heads;
  std::map<int, double> attention;
  for (const auto& [key, sum] : sums_) {
    const auto& [component, block, head] = key;
    last = std::max(last, block);
    if (head < 0) continue;
    heads.emplace_back(mean(key), key);
    attention[block] += mean(key);
  }
  double total = mean({"embeddings", -1, -1});
  std::vector<std::vector<Tree>> table{{"embeddings", Tree(), Tree(), Tree(), total}};
  for (int l = 0; l <= last; ++l) {
    const double of_attention = attention[l] + mean({"attention bias", l, -1}),
                 of_mlp = mean({"mlp", l, -1}) + mean({"mlp bias", l, -1}),
                 of_norms = mean({"norm biases", l, -1});
    total += of_attention + of_mlp + of_norms;
    table.push_back({fmt::format("block {}", l), of_attention, of_mlp, of_norms, total});
  }
  const double outer = mean({"final norm bias", -1, -1}), head_bias = mean({"head bias", -1, -1});
  table.push_back({"final norm bias", Tree(), Tree(), outer, total + outer});
  table.push_back({"head bias", Tree(), Tree(), Tree(), total + outer + head_bias});
  console.table("parts of the logit", {"component", "attention", "mlp", "norm biases", "sum so far"}, table);
  std::stable_sort(heads.begin(), heads.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.first) > std::abs(b.first); });
  table.clear();
  for (std::size_t i = 0; i < heads.size() && i < static_cast<std::size_t>(rows); ++i)
    table.push_back({std::get<1>(heads[i].second), std::get<2>(heads[i].second), heads[i].first});
  console.table("heads", {"block", "head", "mean share of the logit"}, table);
}

}  // namespace neurox::apps
