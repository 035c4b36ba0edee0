#include "neurox/label/added_words.h"

#include <algorithm>

#include "neurox/core/error.h"

namespace neurox::label {
namespace {

using TextWords = std::vector<std::string>;

constexpr std::size_t most_word_pairs = std::size_t{1} << 27;

/// A half-open stretch of words on both sides.
struct Stretch {
  std::size_t base, base_end, changed, changed_end;
};

/// A longest common subsequence of a stretch, into `same`.
void match_between(const TextWords& base, const TextWords& changed, const Stretch& s,
                   std::vector<std::int64_t>& same) {
  const std::size_t n = s.base_end - s.base, m = s.changed_end - s.changed;
  if (n == 0 || m == 0) return;
  if (m > most_word_pairs / n)
    throw input_error("two texts that differ over {} and {} words are too long to be compared", n, m);
  // longest[i * (m + 1) + j]: of what begins at word i of the one and j of the other
  std::vector<std::int32_t> longest((n + 1) * (m + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::int32_t& { return longest[i * (m + 1) + j]; };
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t j = m; j-- > 0;)
      at(i, j) = base[s.base + i] == changed[s.changed + j] ? at(i + 1, j + 1) + 1
                                                            : std::max(at(i + 1, j), at(i, j + 1));
  for (std::size_t i = 0, j = 0; i < n && j < m;) {
    if (base[s.base + i] == changed[s.changed + j])
      same[s.changed + j++] = static_cast<std::int64_t>(s.base + i++);
    else if (at(i + 1, j) >= at(i, j + 1))
      ++i;
    else
      ++j;
  }
}

}  // namespace

PlacedWords place_words(const TextWords& base, const TextWords& changed) {
  PlacedWords out;
  out.same.assign(changed.size(), -1);
  out.position.assign(changed.size(), 0);
  Stretch s{0, base.size(), 0, changed.size()};
  const auto left = [&] { return s.base < s.base_end && s.changed < s.changed_end; };
  while (left() && base[s.base] == changed[s.changed])
    out.same[s.changed++] = static_cast<std::int64_t>(s.base++);
  while (left() && base[s.base_end - 1] == changed[s.changed_end - 1])
    out.same[--s.changed_end] = static_cast<std::int64_t>(--s.base_end);
  match_between(base, changed, s, out.same);

  std::int64_t before = -1;
  for (std::size_t j = 0; j < changed.size();) {
    if (out.same[j] >= 0) {
      out.position[j] = static_cast<double>(before = out.same[j]);
      ++j;
      continue;
    }
    std::size_t end = j;
    while (end < changed.size() && out.same[end] < 0) ++end;
    const std::int64_t behind = end < changed.size() ? out.same[end] : static_cast<std::int64_t>(base.size());
    if (out.behind_added < 0) out.behind_added = behind;
    const auto room = static_cast<double>(behind - before), parts = static_cast<double>(end - j + 1);
    for (std::size_t k = 1; j < end; ++j, ++k)
      out.position[j] = static_cast<double>(before) + static_cast<double>(k) * room / parts;
  }
  return out;
}

}  // namespace neurox::label
