#include "neurox/text/scripts.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

/// The script of a character, or -1 for any.
int script_of(char32_t c) {
  if (c == ' ') return -1;
  if (c == 0x30FC) return USCRIPT_HAN;  // the prolonged sound mark, Common by itself
  // Four whose script has changed since Unicode 9.0.
  if (c == 0x61C || c == 0x589) return USCRIPT_COMMON;
  if (c == 0x953 || c == 0x954) return USCRIPT_DEVANAGARI;
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  if (age[0] == 0 || age[0] > 9) return -1;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
  if (U_FAILURE(status) != 0 || script == USCRIPT_UNKNOWN) return -1;
  return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ? USCRIPT_HAN : script;
}

}  // namespace

void split_scripts(std::string_view text, std::vector<Match>& parts) {
  int last = -1;
  std::size_t begin = 0;
  const auto put = [&](std::size_t end) {
    if (begin < end)
      parts.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), last < 0});
    begin = end;
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t at = i;
    const int script = script_of(next_code_point(text, i));
    if (script < 0 || script == last) continue;
    put(at);
    last = script;
  }
  put(text.size());
}

}  // namespace neurox::text
