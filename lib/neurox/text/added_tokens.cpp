#include "neurox/text/added_tokens.h"

#include <algorithm>

#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

bool is_word(char32_t c) {
  return contains(CharSet::Word, c);
}

/// Whether the character before, or at, a place is one of a word.
bool word_before(std::string_view text, std::size_t at) {
  return at > 0 && is_word(previous_code_point(text, at));
}
bool word_at(std::string_view text, std::size_t at) {
  return at < text.size() && is_word(next_code_point(text, at));
}

std::size_t white_begin(std::string_view text, std::size_t end) {
  while (end > 0) {
    std::size_t before = end;
    if (!is_white(previous_code_point(text, before))) break;
    end = before;
  }
  return end;
}

std::size_t white_end(std::string_view text, std::size_t begin) {
  while (begin < text.size()) {
    std::size_t behind = begin;
    if (!is_white(next_code_point(text, behind))) break;
    begin = behind;
  }
  return begin;
}

}  // namespace

void AddedTokens::Search::add(std::string pattern, std::int32_t id) {
  if (pattern.empty()) return;
  any_ = true;
  auto& same_first = by_first_[static_cast<unsigned char>(pattern[0])];
  const auto longer = [&](const Sought& other) { return other.pattern.size() >= pattern.size(); };
  same_first.insert(std::find_if_not(same_first.begin(), same_first.end(), longer),
                    Sought{std::move(pattern), id});
}

const AddedTokens::Sought* AddedTokens::Search::match(std::string_view text, std::size_t at) const {
  for (const Sought& sought : by_first_[static_cast<unsigned char>(text[at])])
    if (text.compare(at, sought.pattern.size(), sought.pattern) == 0) return &sought;
  return nullptr;
}

AddedTokens::AddedTokens(const std::vector<AddedToken>& tokens, const Vocabulary& vocabulary,
                         const Normalizer& normalizer) {
  auto next_id = static_cast<std::int32_t>(vocabulary.size());
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    std::int32_t id = id_of(token.content).value_or(vocabulary.find(token.content));
    if (id < 0) id = next_id++;
    Known known{token, token.content};
    if (token.normalized && normalizer) {
      AlignedText text(token.content, 0);
      normalizer(text);
      known.decoded = text.text();
    }
    ids_[token.content] = id;
    if (token.special) special_.insert(token.content);
    known_[id] = std::move(known);
    highest_id_ = std::max(highest_id_, id);
  }
  std::vector<std::int32_t> ids;
  for (const auto& [id, known] : known_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const std::int32_t id : ids) {
    const Known& known = known_.at(id);
    (known.token.normalized ? normalized_ : raw_).add(known.decoded, id);
  }
}

void AddedTokens::split(const Search& search, std::string_view text, TokenParts& parts) const {
  std::size_t done = 0;  // everything before is in `parts`
  const auto put = [&](std::size_t from, std::size_t to, std::int32_t id) {
    parts.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), id});
  };
  if (!search.empty())
    for (std::size_t at = 0; at < text.size();) {
      const Sought* sought = search.match(text, at);
      if (sought == nullptr) {
        ++at;
        continue;
      }
      std::size_t begin = at, end = at + sought->pattern.size();
      at = end;  // the search goes on here even if white space is taken with the token
      const AddedToken& token = known_.at(sought->id).token;
      if (token.single_word && (word_before(text, begin) || word_at(text, end))) continue;
      if (token.lstrip) begin = std::max(white_begin(text, begin), done);
      if (token.rstrip) end = white_end(text, end);
      if (begin > end) continue;  // inside what another token has taken: the library gives up here
      if (done < begin) put(done, begin, -1);
      put(begin, end, sought->id);
      done = end;
    }
  if (done < text.size()) put(done, text.size(), -1);
}

std::optional<std::int32_t> AddedTokens::id_of(std::string_view content) const {
  const auto found = ids_.find(std::string(content));
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

const std::string* AddedTokens::token_of(std::int32_t id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? nullptr : &found->second.decoded;
}

bool AddedTokens::is_special(std::int32_t id) const {
  const auto found = known_.find(id);
  return found != known_.end() && found->second.token.special;
}

std::vector<AddedToken> read_added_tokens(const JsonValue& json) {
  std::vector<AddedToken> tokens;
  for (const JsonValue& one : json.elements()) {
    AddedToken token;
    one.at("id").natural();
    token.content = one.at("content").string();
    token.single_word = one.at("single_word").boolean();
    token.lstrip = one.at("lstrip").boolean();
    token.rstrip = one.at("rstrip").boolean();
    token.normalized = one.at("normalized").boolean();
    token.special = one.at("special").boolean();
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace neurox::text
