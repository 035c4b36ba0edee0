#include "concept_use_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "neurox/core/no_value.h"

namespace neurox::apps {
namespace {

using io::Tree;

/// How far from what chance gives; nothing is as far as that where there is no number.
double distance(double z) {
  return std::isfinite(z) ? std::abs(z) : -1;
}

}  // namespace

ConceptUseTable::ConceptUseTable(std::vector<std::string> rankings, std::vector<std::string> concepts)
    : rankings_(std::move(rankings)), concepts_(std::move(concepts)) {}

std::string ConceptUseTable::name(std::size_t column) const {
  const bool one = std::all_of(rankings_.begin(), rankings_.end(),
                               [&](const std::string& r) { return r == rankings_.front(); });
  return one ? concepts_[column] : rankings_[column] + " " + concepts_[column];
}

std::vector<ConceptUseTable::Row> ConceptUseTable::rows_of(
    const std::vector<attribute::ConceptUse::Use>& found) {
  std::vector<Row> out;
  for (const auto& f : found)
    for (Index c = 0; c < f.use.size(); ++c) {
      const double z = f.deviation(c) > 0 ? (f.use(c) - f.mean(c)) / f.deviation(c) : no_value;
      out.push_back({f.use(c), f.mean(c), f.deviation(c), z, f.probability(c)});
    }
  return out;
}

void ConceptUseTable::add(std::int64_t sentence, const std::string& text, const std::string& target,
                          double value, const std::vector<attribute::ConceptUse::Use>& found) {
  for (const Row& row : rows_of(found)) {
    sentence_.push_back(static_cast<std::int32_t>(sentence));
    rows_.push_back(row);
  }
  examples_["text"].push_back(text);
  examples_["target"].push_back(target);
  examples_["value"].push_back(value);
}

void ConceptUseTable::set_corpus(const std::vector<attribute::ConceptUse::Use>& found) {
  corpus_ = rows_of(found);
}

io::AnnData ConceptUseTable::anndata() const {
  io::AnnData out;
  std::vector<std::string> rankings, concepts;
  out.X.emplace(static_cast<Index>(rows_.size()), 5);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rankings.push_back(rankings_[i % rankings_.size()]);
    concepts.push_back(concepts_[i % concepts_.size()]);
    const Row& r = rows_[i];
    const double values[] = {r.use, r.mean, r.deviation, r.z, r.probability};
    for (Index c = 0; c < 5; ++c) (*out.X)(static_cast<Index>(i), c) = static_cast<float>(values[c]);
  }
  out.obs.add("sentence", sentence_);
  out.obs.add("ranking", io::categorical(rankings));
  out.obs.add("concept", io::categorical(concepts));
  out.var.rows = 5;
  out.var.row_names = std::vector<std::string>{"use", "permuted_mean", "permuted_sd", "z", "p"};
  out.uns["examples"] = examples_;
  Tree corpus = Tree::object();
  for (std::size_t c = 0; c < corpus_.size(); ++c) {
    corpus["ranking"].push_back(rankings_[c]);
    corpus["concept"].push_back(concepts_[c]);
    corpus["use"].push_back(corpus_[c].use);
    corpus["permuted_mean"].push_back(corpus_[c].mean);
    corpus["permuted_sd"].push_back(corpus_[c].deviation);
    corpus["z"].push_back(corpus_[c].z);
    corpus["p"].push_back(corpus_[c].probability);
  }
  out.uns["corpus"] = corpus;
  return out;
}

void ConceptUseTable::show(Console& console, int rows) const {
  const auto cells = [](const Row& r) {
    return std::vector<Tree>{r.use, r.mean, r.deviation, shown_number(r.z), r.probability};
  };
  std::vector<std::size_t> order(corpus_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return distance(corpus_[a].z) > distance(corpus_[b].z);
  });
  std::vector<std::vector<Tree>> table;
  for (std::size_t i = 0; i < order.size() && i < static_cast<std::size_t>(rows); ++i) {
    table.push_back({name(order[i])});
    for (Tree& cell : cells(corpus_[order[i]])) table.back().push_back(std::move(cell));
  }
  console.table("concepts", {"concept", "use", "permuted mean", "permuted sd", "z", "p"}, table);
  table.clear();
  const std::size_t n = concepts_.size();
  for (std::size_t s = 0; s * n < rows_.size() && s < static_cast<std::size_t>(rows); ++s) {
    std::size_t best = s * n;
    for (std::size_t i = best; i < (s + 1) * n; ++i)
      if (distance(rows_[i].z) > distance(rows_[best].z)) best = i;
    table.push_back({sentence_[best], examples_["target"][s], examples_["value"][s], name(best % n)});
    for (Tree& cell : cells(rows_[best])) table.back().push_back(std::move(cell));
  }
  console.table(
      "examples",
      {"sentence", "target", "f(x)", "furthest concept", "use", "permuted mean", "permuted sd", "z", "p"},
      table);
}

}  // namespace neurox::apps
