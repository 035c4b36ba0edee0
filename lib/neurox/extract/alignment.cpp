#include "neurox/extract/alignment.h"

namespace neurox::extract {

std::vector<std::vector<std::int32_t>> align(std::span<const ByteSpan> words,
                                             std::span<const ByteSpan> pieces) {
  std::vector<std::vector<std::int32_t>> of_word(words.size());
  std::size_t first = 0;  // the first word that a later piece may still overlap
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const auto [begin, end] = pieces[p];
    while (first < words.size() && words[first].second <= begin) ++first;
    for (std::size_t w = first; w < words.size() && words[w].first < end; ++w)
      if (begin < end) of_word[w].push_back(static_cast<std::int32_t>(p));
  }
  return of_word;
}

}  // namespace neurox::extract
