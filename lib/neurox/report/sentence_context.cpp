#include "neurox/report/sentence_context.h"

#include <algorithm>
#include <vector>

namespace neurox {
namespace {

/// Byte offsets of every code point, and the end.
std::vector<std::size_t> code_points(std::string_view text) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) out.push_back(i);
  out.push_back(text.size());
  return out;
}

bool in_order(std::span<const TokenPlace> tokens, std::size_t length) {
  std::int32_t at = 0;
  for (const TokenPlace& t : tokens) {
    if (t.begin < at || t.end < t.begin || static_cast<std::size_t>(t.end) > length) return false;
    at = t.end;
  }
  return true;
}

}  // namespace

Context sentence_context(std::string_view sentence, std::span<const TokenPlace> tokens,
                         std::span<const float> values, std::size_t focus, std::size_t most_tokens) {
  const std::size_t shown = std::min(std::max<std::size_t>(most_tokens, 1), tokens.size());
  // The window holds the focus in its middle, or as near to it as the ends allow.
  const std::size_t first = std::min(focus > shown / 2 ? focus - shown / 2 : 0, tokens.size() - shown),
                    last = first + shown;
  const std::vector<std::size_t> at = code_points(sentence);
  const bool placed = !sentence.empty() && in_order(tokens, at.size() - 1);
  const auto slice = [&](std::int32_t begin, std::int32_t end) {
    const std::size_t from = at[static_cast<std::size_t>(begin)];
    return std::string(sentence.substr(from, at[static_cast<std::size_t>(end)] - from));
  };
  Context out;
  out.cut = first > 0 || last < tokens.size();
  out.value = static_cast<double>(values[focus]);
  const auto gap = [&](std::string text) {
    if (!text.empty()) out.pieces.push_back({std::move(text), 0, false, false});
  };
  if (first > 0)
    gap("… ");
  else if (placed)
    gap(slice(0, tokens[0].begin));
  for (std::size_t i = first; i < last; ++i) {
    if (i > first) gap(placed ? slice(tokens[i - 1].end, tokens[i].begin) : " ");
    out.pieces.push_back({placed ? slice(tokens[i].begin, tokens[i].end) : std::string(tokens[i].token),
                          values[i], true, i == focus});
  }
  if (last < tokens.size())
    gap(" …");
  else if (placed)
    gap(slice(tokens[last - 1].end, static_cast<std::int32_t>(at.size() - 1)));
  return out;
}

}  // namespace neurox
