#include "neurox/attribute/answers.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/text/utf8.h"

namespace neurox::attribute {
namespace {

constexpr std::array<std::string_view, 9> question_words{"what", "which", "who", "whom", "whose",
                                                         "when", "where", "why", "how"};

/// Its ASCII letters, in lower case.
std::string letters(const std::string& token) {
  std::string out;
  for (char c : token) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') out += c;
  }
  return out;
}

}  // namespace

Passage passage_of(const std::vector<extract::PlannedRow>& rows, bool pair) {
  Passage out;
  for (const extract::PlannedRow& row : rows) {
    if (row.status == extract::Status::Special || row.groups.empty()) continue;
    if (row.sequence != (pair ? 1 : 0)) continue;
    out.tokens.push_back({row.groups.front().front().piece, row.char_begin, row.char_end});
  }
  return out;
}

std::optional<TokenSpan> tokens_of(const Passage& passage, std::uint32_t char_begin, std::uint32_t char_end) {
  std::optional<TokenSpan> out;
  for (const Passage::Token& token : passage.tokens) {
    if (token.char_begin >= char_end || token.char_end <= char_begin) continue;
    if (!out) out = {token.place, token.place};
    out->last = token.place;
  }
  return out;
}

TokenSpan best_answer(const torch::Tensor& start, const torch::Tensor& end, const Passage& passage,
                      int longest) {
  if (passage.tokens.empty()) throw usage_error("answer: no text to look for it in");
  const torch::Tensor s = start.detach().to(torch::kCPU, torch::kFloat64).contiguous(),
                      e = end.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  const auto starts = s.accessor<double, 1>(), ends = e.accessor<double, 1>();
  double best = -std::numeric_limits<double>::infinity();
  TokenSpan out{passage.tokens.front().place, passage.tokens.front().place};
  for (std::size_t i = 0; i < passage.tokens.size(); ++i)
    for (std::size_t j = i; j < std::min(passage.tokens.size(), i + static_cast<std::size_t>(longest)); ++j) {
      const std::int64_t first = passage.tokens[i].place, last = passage.tokens[j].place;
      if (starts[first] + ends[last] > best) {
        best = starts[first] + ends[last];
        out = {first, last};
      }
    }
  return out;
}

std::string characters_of(const std::string& text, std::uint32_t begin, std::uint32_t end) {
  std::size_t from = text.size(), at = 0;
  for (std::uint32_t c = 0; at < text.size() && c < end; ++c) {
    if (c == begin) from = at;
    at += text::utf8_length(text[at]);
  }
  return from < at ? text.substr(from, at - from) : std::string();
}

std::string_view segment_of(const SegmentInput& token) {
  if (token.special) return "special";
  if (!token.pair) return token.in_answer ? "answer" : "word";
  if (!token.questions) return token.second ? "second text" : "first text";
  if (token.second) return token.in_answer ? "answer" : "context";
  const std::string word = letters(token.token);
  const bool asks = std::find(question_words.begin(), question_words.end(), word) != question_words.end();
  return asks ? "question word" : "question";
}

}  // namespace neurox::attribute
