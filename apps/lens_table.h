#pragma once

#include <functional>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/attribute/example.h"
#include "neurox/attribute/logit_lens.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

/// What the head reads at each word and layer: a row per word, a column per site.
class LensTable {
 public:
  /// @param name_of  an output's name: a token or a class
  LensTable(std::vector<std::string> sites, std::vector<int> blocks,
            std::function<std::string(std::int64_t)> name_of);
  /// @param rows  of the example, one for each position that was read
  void add(std::int64_t number, const attribute::Example& example, const std::vector<std::size_t>& rows,
           const attribute::LensReading& found);
  io::AnnData anndata() const;
  void show(Console& console, int rows) const;

 private:
  std::vector<std::string> sites_;
  std::vector<int> blocks_;
  std::function<std::string(std::int64_t)> name_of_;
  std::vector<std::string> tokens_, targets_;
  std::vector<std::int32_t> sentence_, position_, target_id_, char_begin_, char_end_;
  std::vector<float> log_probability_, rank_, entropy_;  ///< rows side by side
  std::vector<std::string> best_;                        ///< likewise: the best output
  std::vector<float> best_probability_;
  io::Tree top_ = io::Tree::object();
};

}  // namespace neurox::apps
