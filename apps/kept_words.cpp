#include "kept_words.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace neurox::apps {
namespace {

/// Sums over a row's pieces, all neurons side by side.
std::vector<float> neurons_of(const attribute::ExampleRow& row, const torch::Tensor& all) {
  const torch::Tensor sum = all.index_select(0, torch::tensor(row.places, torch::kInt64)).sum(0).contiguous();
  const auto values = sum.accessor<double, 1>();
  std::vector<float> out;
  for (std::int64_t i = 0; i < sum.size(0); ++i) out.push_back(static_cast<float>(values[i]));
  return out;
}

double size_of(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0,
                         [](double sum, float x) { return sum + std::abs(static_cast<double>(x)); });
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 6 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void KeptWords::add(std::int64_t number, const io::Sentence& sentence, const attribute::Example& example,
                    const attribute::LayerAttribution& found) {
  if (which_.empty() || number >= most_sentences) return;
  std::vector<torch::Tensor> sites;
  for (const torch::Tensor& x : found.values) sites.push_back(x.to(torch::kCPU, torch::kFloat64));
  const torch::Tensor all = at::cat(sites, 1);
  std::vector<std::vector<float>> values;
  for (const attribute::ExampleRow& row : example.rows) values.push_back(neurons_of(row, all));
  std::vector<bool> keep(example.rows.size(), false);
  for (const std::string& which : which_) {
    std::vector<std::size_t> order;
    for (std::size_t r = 0; r < keep.size(); ++r) {
      if (example.rows[r].token == which) keep[r] = true;
      if (!example.rows[r].special) order.push_back(r);
    }
    if (!is_number(which)) continue;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return size_of(values[a]) > size_of(values[b]); });
    for (std::size_t i = 0; i < order.size() && i < std::stoul(which); ++i) keep[order[i]] = true;
  }
  for (std::size_t r = 0; r < keep.size(); ++r) {
    if (!keep[r]) continue;
    columns_.push_back(std::move(values[r]));
    words_["sentence"].push_back(number);
    words_["row"].push_back(r);
    words_["token"].push_back(example.rows[r].token);
    words_["segment"].push_back(example.rows[r].segment);
    words_["text"].push_back(sentence.text);
    words_["target"].push_back(example.target);
  }
}

void KeptWords::put(io::AnnData& file) const {
  if (empty()) return;
  MatrixF rows(static_cast<Index>(columns_.front().size()), static_cast<Index>(columns_.size()));
  for (std::size_t c = 0; c < columns_.size(); ++c)
    rows.col(static_cast<Index>(c)) =
        Eigen::Map<const VectorF>(columns_[c].data(), static_cast<Index>(columns_[c].size()));
  file.obsm.emplace_back("kept_words", std::move(rows));
  file.uns["kept_words"] = words_;
}

}  // namespace neurox::apps
