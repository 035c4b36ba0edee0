#include "neurox/text/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::text {
namespace {

bool search(CharSet set, char32_t c) {
  // The number of bounds at or below c: odd inside a range, and at its last member the even one is c itself.
  const auto all = bounds(set);
  const auto above = std::upper_bound(all.begin(), all.end(), c);
  const auto below = static_cast<std::size_t>(above - all.begin());
  return below % 2 == 1 || (below > 0 && all[below - 1] == c);
}

constexpr int kSets = 11;

/// One bit per set for each ASCII character.
struct AsciiSets {
  std::array<std::uint16_t, 128> bits{};
  AsciiSets() {
    for (int set = 0; set < kSets; ++set)
      for (char32_t c = 0; c < 128; ++c)
        if (search(static_cast<CharSet>(set), c))
          bits[c] = static_cast<std::uint16_t>(bits[c] | (1U << static_cast<unsigned>(set)));
  }
};
const AsciiSets kAscii;

/// Unicode 9.0 as the newest ICU sees it: by the stability policy of Unicode what was assigned then
/// decomposes, composes and reorders the same ever since.
bool known(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && age[0] <= 9;
}

int combining_class(char32_t c) {
  return c < 0x300 || !known(c) ? 0 : u_getCombiningClass(static_cast<UChar32>(c));
}

const icu::Normalizer2& normalizer(bool compatible) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* it =
      compatible ? icu::Normalizer2::getNFKCInstance(status) : icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status) != 0 || it == nullptr)
    throw input_error("ICU: no normalization data ({}); is libicudata complete?", u_errorName(status));
  return *it;
}

struct Pending {
  int combining;
  Change change;
};

std::vector<Change> decompose(const std::u32string& text, bool compatible) {
  const icu::Normalizer2& forms = normalizer(compatible);
  std::vector<Change> out;
  out.reserve(text.size() + text.size() / 4);
  std::vector<Pending> pending;  // characters since the last one of class 0, which comes first
  const auto flush = [&] {
    std::stable_sort(pending.begin(), pending.end(),
                     [](const Pending& a, const Pending& b) { return a.combining < b.combining; });
    for (const Pending& p : pending) out.push_back(p.change);
    pending.clear();
  };
  const auto push = [&](char32_t c, bool first) {
    const int combining = combining_class(c);
    if (combining == 0) flush();
    pending.push_back({combining, {c, first ? 0 : 1}});
  };
  icu::UnicodeString parts;
  for (const char32_t c : text) {
    if (c < 0x80 || !known(c) || forms.getDecomposition(static_cast<UChar32>(c), parts) == 0) {
      push(c, true);
      continue;
    }
    for (std::int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1))
      push(static_cast<char32_t>(parts.char32At(i)), i == 0);
  }
  flush();
  return out;
}

char32_t compose(const icu::Normalizer2& forms, char32_t a, char32_t b) {
  if (b < 0x300 || !known(a) || !known(b)) return 0;
  const UChar32 composed = forms.composePair(static_cast<UChar32>(a), static_cast<UChar32>(b));
  return composed < 0 || !known(static_cast<char32_t>(composed)) ? 0 : static_cast<char32_t>(composed);
}

std::vector<Change> recompose(const std::vector<Change>& text) {
  const icu::Normalizer2& forms = normalizer(false);
  std::vector<Change> out, behind;  // behind: what follows the starter and did not compose with it
  out.reserve(text.size());
  bool have = false;
  Change starter{0, 0};
  int last_class = 0;
  const auto flush = [&] {
    out.push_back(starter);
    out.insert(out.end(), behind.begin(), behind.end());
    behind.clear();
  };
  for (const Change& next : text) {
    const int combining = combining_class(next.c);
    if (!have) {
      if (combining != 0) {
        out.push_back(next);
      } else {
        starter = next;
        have = true;
      }
      continue;
    }
    const bool blocked = !behind.empty() && last_class >= combining;
    if (!blocked) {
      if (const char32_t composed = compose(forms, starter.c, next.c); composed != 0) {
        starter = {composed, starter.change + next.change - 1};
        continue;
      }
    }
    if (combining == 0) {
      flush();
      starter = next;
    } else {
      behind.push_back(next);
      last_class = combining;
    }
  }
  if (have) flush();
  return out;
}

}  // namespace

bool contains(CharSet set, char32_t c) {
  if (c < 128) return ((kAscii.bits[c] >> static_cast<unsigned>(set)) & 1U) != 0;
  return search(set, c);
}

Lowered lower(char32_t c) {
  if (c < 0x80) return {c >= 'A' && c <= 'Z' ? c + 32 : c, 0};
  if (c == 0x130) return {'i', 0x307};
  const auto runs = lower_runs();
  const auto after = std::upper_bound(runs.begin(), runs.end(), c,
                                      [](char32_t value, const LowerRun& run) { return value < run.first; });
  if (after == runs.begin()) return {c, 0};
  const LowerRun& run = *(after - 1);
  if (c > run.last || static_cast<std::int32_t>(c - run.first) % run.step != 0) return {c, 0};
  return {static_cast<char32_t>(static_cast<std::int32_t>(c) + run.difference), 0};
}

std::vector<Change> normalization(const std::u32string& text, NormalizationForm form) {
  const bool compatible = form == NormalizationForm::NFKC || form == NormalizationForm::NFKD;
  const bool composed = form == NormalizationForm::NFC || form == NormalizationForm::NFKC;
  std::vector<Change> out = decompose(text, compatible);
  return composed ? recompose(out) : out;
}

}  // namespace neurox::text
