#pragma once

#include <string>
#include <vector>

#include "console.h"
#include "neurox/attribute/attention.h"
#include "neurox/io/anndata.h"
#include "neurox/io/corpus.h"

namespace neurox::apps {

/// Maps of attention: a row for each pair of rows of every sentence (from, to), a column for each head; with
/// what each head does over the corpus.
class AttentionTable {
 public:
  AttentionTable(const attribute::AttentionMethod& method, std::vector<Site> patterns);
  /// Joins pieces to the example's rows.
  void add(const io::Sentence& sentence, std::int64_t number, const attribute::Example& example,
           const attribute::AttentionMaps& found);
  io::AnnData anndata() const;
  void show(Console& console, int rows) const;

 private:
  struct Head {
    double total = 0, entropy = 0, itself = 0, previous = 0, next = 0, special = 0;  ///< sums over sentences
    double strongest = 0;
    std::string from, to;
  };
  struct Column {
    std::size_t pattern;
    std::int64_t head;
  };
  struct Pair {
    std::int64_t sentence;
    std::size_t head;
    std::string from, to;
    double value;
  };
  void summarise(Head& head, const torch::Tensor& map, bool across, const attribute::Example& example) const;
  void keep_strongest(std::int64_t number, std::size_t head, const torch::Tensor& map,
                      const attribute::Example& example);
  const Site& pattern(std::size_t column) const { return patterns_[columns_[column].pattern]; }
  io::Tree heads_tree() const;

  const attribute::AttentionMethod& method_;
  std::vector<Site> patterns_;
  bool stacks_;                  ///< of two: a block's number alone does not say which
  std::vector<Column> columns_;  ///< known with the first sentence
  std::vector<std::int32_t> sentence_, from_, to_;
  std::vector<std::string> from_token_, to_token_;
  std::vector<float> values_;  ///< rows side by side
  std::vector<Head> heads_;
  std::vector<Pair> pairs_;  ///< each head's strongest of each sentence, not to special tokens
  std::int64_t sentences_ = 0;
  io::Tree examples_ = io::Tree::object(), sums_ = io::Tree::object();
};

}  // namespace neurox::apps
