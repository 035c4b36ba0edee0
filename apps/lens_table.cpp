#include "lens_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace neurox::apps {
namespace {

using io::Tree;

/// At most `most` of 0, ..., n-1, evenly apart, the last one among them.
std::vector<std::size_t> spread(std::size_t n, std::size_t most) {
  std::vector<std::size_t> out;
  const std::size_t count = std::min(n, most);
  for (std::size_t i = 0; i < count; ++i) out.push_back(count == 1 ? n - 1 : i * (n - 1) / (count - 1));
  return out;
}

}  // namespace

LensTable::LensTable(std::vector<std::string> sites, std::vector<int> blocks,
                     std::function<std::string(std::int64_t)> name_of)
    : sites_(std::move(sites)), blocks_(std::move(blocks)), name_of_(std::move(name_of)) {}

void LensTable::add(std::int64_t number, const attribute::Example& example,
                    const std::vector<std::size_t>& rows, const attribute::LensReading& found) {
  const auto log_probability = found.log_probability.accessor<double, 2>();
  const auto entropy = found.entropy.accessor<double, 2>();
  const auto rank = found.rank.accessor<std::int64_t, 2>();
  const auto top = found.top_ids.accessor<std::int64_t, 3>();
  const auto probability = found.top_probability.accessor<double, 3>();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto p = static_cast<std::int64_t>(r);
    const attribute::ExampleRow& row = example.rows[rows[r]];
    tokens_.push_back(row.token);
    sentence_.push_back(static_cast<std::int32_t>(number));
    position_.push_back(row.position);
    char_begin_.push_back(static_cast<std::int32_t>(row.char_begin));
    char_end_.push_back(static_cast<std::int32_t>(row.char_end));
    target_id_.push_back(static_cast<std::int32_t>(found.targets[r]));
    targets_.push_back(name_of_(found.targets[r]));
    for (std::size_t s = 0; s < sites_.size(); ++s) {
      const auto l = static_cast<std::int64_t>(s);
      log_probability_.push_back(static_cast<float>(log_probability[p][l]));
      rank_.push_back(static_cast<float>(rank[p][l]));
      entropy_.push_back(static_cast<float>(entropy[p][l]));
      best_.push_back(name_of_(top[p][l][0]));
      best_probability_.push_back(static_cast<float>(probability[p][l][0]));
      for (std::int64_t k = 0; k < top.size(2); ++k) {
        top_["row"].push_back(tokens_.size() - 1);
        top_["site"].push_back(sites_[s]);
        top_["place"].push_back(k + 1);
        top_["id"].push_back(top[p][l][k]);
        top_["token"].push_back(name_of_(top[p][l][k]));
        top_["probability"].push_back(probability[p][l][k]);
      }
    }
  }
}

io::AnnData LensTable::anndata() const {
  const auto matrix = [&](const std::vector<float>& values) {
    return MatrixF(Eigen::Map<const MatrixF>(values.data(), static_cast<Index>(tokens_.size()),
                                             static_cast<Index>(sites_.size())));
  };
  io::AnnData out;
  out.obs.add("token", io::categorical(tokens_));
  out.obs.add("sentence", sentence_);
  out.obs.add("position", position_);
  out.obs.add("char_begin", char_begin_);
  out.obs.add("char_end", char_end_);
  out.obs.add("target", io::categorical(targets_));
  out.obs.add("target_id", target_id_);
  std::vector<std::int32_t> blocks(blocks_.begin(), blocks_.end());
  out.var.add("site", io::categorical(sites_));
  out.var.add("block", blocks);
  out.var.row_names = sites_;
  out.X = matrix(log_probability_);
  out.layers.emplace_back("rank", matrix(rank_));
  out.layers.emplace_back("entropy", matrix(entropy_));
  out.uns["top"] = top_;
  return out;
}

void LensTable::show(Console& console, int rows) const {
  const std::size_t n = tokens_.size(), width = sites_.size();
  std::vector<std::vector<Tree>> layers;
  for (std::size_t s = 0; s < width; ++s) {
    double log_probability = 0, rank = 0, first = 0, entropy = 0;
    for (std::size_t r = 0; r < n; ++r) {
      log_probability += log_probability_[r * width + s];
      rank += rank_[r * width + s];
      first += rank_[r * width + s] == 1 ? 1 : 0;
      entropy += entropy_[r * width + s];
    }
    const auto count = static_cast<double>(std::max<std::size_t>(1, n));
    layers.push_back({sites_[s], log_probability / count, rank / count, first / count, entropy / count});
  }
  console.table("layers",
                {"site", "log-probability of the target", "rank of the target", "share at rank 1", "entropy"},
                layers);
  const std::vector<std::size_t> shown = spread(width, 7);
  std::vector<std::string> columns{"sentence", "word", "target"};
  for (const std::size_t s : shown) columns.push_back(sites_[s]);
  std::vector<std::vector<Tree>> words;
  for (std::size_t r = 0; r < n && r < static_cast<std::size_t>(rows); ++r) {
    std::vector<Tree> row{sentence_[r], tokens_[r], targets_[r]};
    for (const std::size_t s : shown)
      row.emplace_back(fmt::format("{} {:.2f}", best_[r * width + s], best_probability_[r * width + s]));
    words.push_back(std::move(row));
  }
  console.table("words", columns, words);
}

}  // namespace neurox::apps
