#include "neurox/model/script_layout.h"

#include <numeric>

namespace neurox::model {

using torch::Tensor;

std::int64_t ScriptLayout::words_of(const Lengths& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
}

std::optional<ScriptLayout> ScriptLayout::find(const Probe& a, const Probe& b) {
  if (a.sizes.size() != b.sizes.size()) return std::nullopt;
  ScriptLayout out;
  out.axes_ = static_cast<std::int64_t>(a.sizes.size());
  for (std::int64_t axis = 0; axis < out.axes_; ++axis) {
    const std::int64_t x = a.sizes[static_cast<std::size_t>(axis)],
                       y = b.sizes[static_cast<std::size_t>(axis)];
    if (x == y) {
      out.width_ *= x;
      continue;
    }
    if (x == a.sentences && y == b.sentences && out.batch_ < 0) {
      out.batch_ = axis;
      continue;
    }
    if (out.words_ >= 0) return std::nullopt;
    for (std::size_t text = 0; text < a.lengths.size(); ++text)
      if (a.lengths[text] - x == b.lengths[text] - y && x <= a.lengths[text]) {
        out.words_ = axis;
        out.text_ = text;
        out.missing_ = a.lengths[text] - x;
      }
    if (out.words_ != axis) return std::nullopt;
  }
  if (out.batch_ < 0 || out.width_ == 0) return std::nullopt;
  return out;
}

/// Batch, words, then the others as they stand.
std::vector<std::int64_t> ScriptLayout::order() const {
  std::vector<std::int64_t> out{batch_};
  if (has_words()) out.push_back(words_);
  for (std::int64_t axis = 0; axis < axes_; ++axis)
    if (axis != batch_ && axis != words_) out.push_back(axis);
  return out;
}

std::pair<std::int64_t, std::int64_t> ScriptLayout::place(const Lengths& lengths) const {
  const auto text = lengths.begin() + static_cast<std::ptrdiff_t>(text_);
  return {std::accumulate(lengths.begin(), text, std::int64_t{0}), *text - missing_};
}

Tensor ScriptLayout::spread(const Tensor& positions, const Lengths& lengths) const {
  const std::int64_t words = words_of(lengths);
  const auto [first, count] = place(lengths);
  const Tensor all =
      count == words ? positions : at::constant_pad_nd(positions, {0, 0, first, words - first - count});
  return all.reshape({-1, width_});
}

Tensor ScriptLayout::sentence_rows(const Tensor& x) const {
  return x.permute(order()).reshape({x.size(batch_), width_});
}

Tensor ScriptLayout::rows(const Tensor& x, std::int64_t sentences, const Lengths& lengths) const {
  if (has_words())
    return spread(x.permute(order()).reshape({sentences, place(lengths).second, width_}), lengths);
  const std::int64_t words = words_of(lengths);
  return sentence_rows(x).unsqueeze(1).expand({sentences, words, width_}).reshape({-1, width_});
}

Tensor ScriptLayout::own(const Tensor& rows, std::int64_t sentences, const Lengths& lengths) const {
  const auto [first, count] = place(lengths);
  return spread(rows.reshape({sentences, -1, width_}).narrow(1, first, count), lengths);
}

Tensor ScriptLayout::back(const Tensor& rows, const Tensor& x, std::int64_t sentences,
                          const Lengths& lengths) const {
  const std::vector<std::int64_t> permutation = order();
  std::vector<std::int64_t> sizes, inverse(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    sizes.push_back(x.size(permutation[i]));
    inverse[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  }
  Tensor each = rows.reshape({sentences, -1, width_});
  if (has_words()) {
    const auto [first, count] = place(lengths);
    each = each.narrow(1, first, count);
  } else {
    const Tensor own = sentence_rows(x).detach();
    each = own + (each - own.unsqueeze(1)).mean(1);
  }
  // A tensor of its own: what follows may write into it.
  return each.reshape(sizes).permute(inverse).clone(at::MemoryFormat::Contiguous);
}

}  // namespace neurox::model
