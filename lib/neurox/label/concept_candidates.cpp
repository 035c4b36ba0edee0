#include "neurox/label/concept_candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "neurox/text/utf8.h"

namespace neurox::label {
namespace {

constexpr std::size_t kShortestAffix = 2, kLongestAffix = 4, kRestOfWord = 2;

struct Part {
  std::string kind;
  std::size_t first, end;
};

std::optional<std::size_t> small_number(const std::string& text) {
  if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoul(text);
}

/// Phrases by brackets; none where these do not match.
std::vector<Part> phrases_of(const ParsedWords& s) {
  std::vector<Part> out;
  if (s.opens.size() != s.words.size() || s.closes.size() != s.words.size()) return out;
  std::vector<std::pair<std::string, std::size_t>> open;
  for (std::size_t i = 0; i < s.words.size(); ++i) {
    std::istringstream names(s.opens[i]);
    for (std::string name; names >> name;) open.emplace_back(name, i);
    const std::size_t closed = small_number(s.closes[i]).value_or(0);
    if (closed > open.size()) return {};
    for (std::size_t k = 0; k < closed; ++k) {
      out.push_back({"phrase " + open.back().first, open.back().second, i + 1});
      open.pop_back();
    }
  }
  if (!open.empty()) return {};
  return out;
}

/// Words with all that hangs on them, where no other word stands between.
std::vector<Part> subtrees_of(const ParsedWords& s) {
  const std::size_t n = s.words.size();
  if (s.heads.size() != n) return {};
  std::vector<std::size_t> head;
  for (const std::string& text : s.heads) {
    const auto h = small_number(text);
    if (!h || *h > n) return {};
    head.push_back(*h);
  }
  std::vector<std::size_t> first(n), last(n), size(n, 0);
  for (std::size_t i = 0; i < n; ++i) first[i] = last[i] = i;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t at = i;
    // A path to the root is no longer than the sentence, unless heads run in a circle.
    for (std::size_t steps = 0; steps <= n; ++steps) {
      if (steps == n) return {};
      first[at] = std::min(first[at], i), last[at] = std::max(last[at], i);
      ++size[at];
      if (head[at] == 0) break;
      at = head[at] - 1;
    }
  }
  std::vector<Part> out;
  for (std::size_t i = 0; i < n; ++i)
    if (size[i] == last[i] - first[i] + 1) out.push_back({"subtree", first[i], last[i] + 1});
  return out;
}

/// Byte offsets of the characters, and the end.
std::vector<std::size_t> characters(const std::string& word) {
  std::vector<std::size_t> out;
  for (std::size_t at = 0; at < word.size(); at += text::utf8_length(word[at])) out.push_back(at);
  out.push_back(word.size());
  return out;
}

std::vector<std::string> all_affixes(const std::string& word) {
  const std::vector<std::size_t> at = characters(word);
  const std::size_t length = at.size() - 1;
  std::vector<std::string> out;
  for (std::size_t n = kShortestAffix; n <= kLongestAffix && n + kRestOfWord <= length; ++n) {
    out.push_back(word.substr(0, at[n]) + "-");
    out.push_back("-" + word.substr(at[length - n]));
  }
  return out;
}

}  // namespace

std::vector<Candidate> concept_candidates(const ParsedWords& sentence, const CandidateOptions& options) {
  const std::size_t n = sentence.words.size();
  std::vector<Part> parts;
  for (std::size_t i = 0; i < n; ++i) parts.push_back({"word", i, i + 1});
  const auto longest = static_cast<std::size_t>(std::max(options.longest_part, 1));
  for (const auto& found : {phrases_of(sentence), subtrees_of(sentence)})
    for (const Part& part : found)
      if (part.end - part.first <= longest) parts.push_back(part);
  for (int k = 2; k <= options.longest_ngram; ++k)
    for (std::size_t i = 0; i + static_cast<std::size_t>(k) <= n; ++i)
      parts.push_back({fmt::format("{} words", k), i, i + static_cast<std::size_t>(k)});
  if (n > 0) parts.push_back({"sentence", 0, n});
  std::set<std::vector<std::string>> seen;
  std::vector<Candidate> out;
  for (const Part& part : parts) {
    std::vector<std::string> words(sentence.words.begin() + static_cast<std::ptrdiff_t>(part.first),
                                   sentence.words.begin() + static_cast<std::ptrdiff_t>(part.end));
    if (seen.insert(words).second) out.push_back({part.kind, std::move(words)});
  }
  return out;
}

std::map<std::string, std::vector<std::string>> common_affixes(std::span<const std::string> words,
                                                               std::size_t min_types) {
  std::map<std::string, std::int64_t> count;
  for (const std::string& word : words) ++count[word];
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& [word, n] : count)
    for (const std::string& affix : all_affixes(word)) out[affix].push_back(word);
  std::erase_if(out, [&](const auto& entry) { return entry.second.size() < min_types; });
  for (auto& [affix, types] : out)
    std::stable_sort(types.begin(), types.end(),
                     [&](const std::string& a, const std::string& b) { return count[a] > count[b]; });
  return out;
}

std::vector<std::string> affixes_of(const std::string& word,
                                    const std::map<std::string, std::vector<std::string>>& common) {
  std::vector<std::string> out = all_affixes(word);
  std::erase_if(out, [&](const std::string& affix) { return common.find(affix) == common.end(); });
  return out;
}

std::vector<std::vector<std::int32_t>> sentences_with(
    std::span<const Candidate> candidates, std::span<const std::vector<std::string>> sentences,
    const std::map<std::string, std::vector<std::string>>& affixes) {
  std::map<std::vector<std::string>, std::vector<std::size_t>> by_words;
  std::set<std::size_t> lengths;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const std::vector<std::string>& words = candidates[c].words;
    if (candidates[c].kind == "affix")
      for (const std::string& word : affixes.at(words.front())) by_words[{word}].push_back(c);
    else
      by_words[words].push_back(c);
    lengths.insert(candidates[c].kind == "affix" ? 1 : words.size());
  }
  std::vector<std::vector<std::int32_t>> out(candidates.size());
  std::vector<std::string> part;
  for (std::size_t s = 0; s < sentences.size(); ++s) {
    const auto number = static_cast<std::int32_t>(s);
    for (const std::size_t length : lengths) {
      for (std::size_t i = 0; length > 0 && i + length <= sentences[s].size(); ++i) {
        part.assign(sentences[s].begin() + static_cast<std::ptrdiff_t>(i),
                    sentences[s].begin() + static_cast<std::ptrdiff_t>(i + length));
        const auto found = by_words.find(part);
        if (found == by_words.end()) continue;
        for (const std::size_t c : found->second)
          if (out[c].empty() || out[c].back() != number) out[c].push_back(number);
      }
    }
  }
  return out;
}

}  // namespace neurox::label
