#include "neurox/extract/sentence_plan.h"

#include <algorithm>
#include <optional>

#include "neurox/core/error.h"

namespace neurox::extract {
namespace {

/// The model's view of one text or pair: segments, and for each piece of the encoding where its activation
/// comes from.
struct Windows {
  std::vector<Segment> segments;
  std::vector<std::optional<Place>> place;  ///< per piece of the encoding, nothing beyond a cut
};

/// A single text between the special tokens that its template puts before and after it.
Windows windows_of(const text::Encoding& encoding, const PlanOptions& options, const std::string& where) {
  const auto n = static_cast<std::int32_t>(encoding.ids.size());
  std::int32_t prefix = 0, suffix = 0;
  while (prefix < n && encoding.special[static_cast<std::size_t>(prefix)] != 0) ++prefix;
  while (suffix < n - prefix && encoding.special[static_cast<std::size_t>(n - 1 - suffix)] != 0) ++suffix;
  const std::int32_t pieces = n - prefix - suffix;
  const std::int32_t capacity = options.max_pieces - prefix - suffix;
  if (capacity < 1)
    throw input_error("{}: at most {} pieces leave no room beside {} special tokens", where,
                      options.max_pieces, prefix + suffix);

  Windows out;
  out.place.resize(static_cast<std::size_t>(n));
  std::vector<std::int32_t> begins{0};
  if (options.too_long == TooLong::Split)
    while (begins.back() + capacity < pieces)
      begins.push_back(begins.back() + std::max(1, capacity - capacity / 4));
  for (const std::int32_t begin : begins) {
    const auto segment = static_cast<std::int32_t>(out.segments.size());
    const std::int32_t length = std::min(capacity, pieces - begin);
    Segment& s = out.segments.emplace_back();
    const auto take = [&](std::int32_t i) {
      s.ids.push_back(encoding.ids[static_cast<std::size_t>(i)]);
      s.type_ids.push_back(encoding.type_ids[static_cast<std::size_t>(i)]);
    };
    for (std::int32_t i = 0; i < prefix; ++i) take(i);
    for (std::int32_t i = 0; i < length; ++i) take(prefix + begin + i);
    for (std::int32_t i = 0; i < suffix; ++i) take(n - suffix + i);
    for (std::int32_t i = 0; i < length; ++i) {
      const std::int32_t at = prefix + begin + i;
      std::optional<Place>& place = out.place[static_cast<std::size_t>(at)];
      // Distance to the nearer edge, where an edge that is the text's own does not count.
      const auto margin = [&](std::int32_t window, std::int32_t piece) {
        const std::int32_t first = begins[static_cast<std::size_t>(window)],
                           last = std::min(first + capacity, pieces) - 1;
        return std::min(first == 0 ? pieces : piece - first, last == pieces - 1 ? pieces : last - piece);
      };
      const std::int32_t piece = begin + i;
      if (!place || margin(segment, piece) > margin(place->segment, piece))
        place = Place{segment, prefix + i};
    }
  }
  for (std::int32_t i = 0; i < prefix; ++i) out.place[static_cast<std::size_t>(i)] = Place{0, i};
  const auto last = static_cast<std::int32_t>(out.segments.size()) - 1;
  const auto last_pieces = static_cast<std::int32_t>(out.segments.back().ids.size());
  for (std::int32_t i = -suffix; i < 0; ++i) {
    const std::int32_t at = n + i;
    out.place[static_cast<std::size_t>(at)] = Place{last, last_pieces + i};
  }
  return out;
}

/// Everything about one sentence that the three kinds of rows need.
struct Source {
  const PlanInput& input;
  const PlanOptions& options;
  text::Encoding encoding;
  Windows windows;
  std::vector<std::vector<std::int32_t>>
      pieces_of_word;  ///< words of the second text follow those of the first
  std::optional<std::int32_t> unk;

  std::size_t words() const { return pieces_of_word.size(); }
  /// Whether rows of a text (0 or 1 of the pair) are asked for.
  bool wants(std::int32_t sequence) const {
    return options.side == Side::Both || (options.side == Side::Target) == (sequence == 1);
  }
  bool in_second(std::size_t word) const { return word >= input.words.size(); }
  std::string_view text_of(bool second) const { return second ? input.second : input.text; }
  ByteSpan span_of(std::size_t word) const {
    return in_second(word) ? input.second_words[word - input.words.size()] : input.words[word];
  }
};

void align_sequence(Source& source, std::uint8_t sequence, const std::vector<ByteSpan>& words) {
  std::vector<ByteSpan> spans;
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < source.encoding.ids.size(); ++i)
    if (source.encoding.special[i] == 0 && source.encoding.sequence[i] == sequence) {
      spans.push_back(source.encoding.bytes[i]);
      positions.push_back(static_cast<std::int32_t>(i));
    }
  for (std::vector<std::int32_t>& pieces : align(words, spans)) {
    for (std::int32_t& p : pieces) p = positions[static_cast<std::size_t>(p)];
    source.pieces_of_word.push_back(std::move(pieces));
  }
}

/// Whether a word without pieces lies beyond what a pair's truncation kept.
bool beyond_truncation(const Source& source, std::size_t word) {
  if (!source.encoding.truncated) return false;
  std::uint32_t end = 0;
  for (std::size_t i = 0; i < source.encoding.ids.size(); ++i)
    if (source.encoding.special[i] == 0 && (source.encoding.sequence[i] != 0) == source.in_second(word))
      end = std::max(end, source.encoding.bytes[i].second);
  return source.span_of(word).second > end;
}

/// The places of a word's pieces that its pooling asks for; nothing when a piece was cut away.
std::optional<std::vector<Place>> places(const Source& source, const std::vector<std::int32_t>& pieces) {
  std::vector<Place> out;
  for (const std::int32_t p : pieces) {
    const std::optional<Place>& place = source.windows.place[static_cast<std::size_t>(p)];
    if (!place) return std::nullopt;
    out.push_back(*place);
  }
  if (source.options.pooling == Pooling::First) out.resize(1);
  if (source.options.pooling == Pooling::Last) out.erase(out.begin(), out.end() - 1);
  return out;
}

PlannedRow special_row(const Source& source, std::size_t piece) {
  PlannedRow row;
  row.token = source.encoding.tokens[piece];
  row.position = -1;
  row.pieces = 1;
  row.status = Status::Special;
  row.sequence = source.encoding.type_ids[piece];
  if (const auto& place = source.windows.place[piece]) {
    row.window = place->segment;
    row.groups = {{*place}};
  }
  return row;
}

PlannedRow word_row(const Source& source, std::size_t word, const text::CodePoints& chars) {
  const bool second = source.in_second(word);
  const ByteSpan span = source.span_of(word);
  const std::vector<std::int32_t>& pieces = source.pieces_of_word[word];
  PlannedRow row;
  row.token = std::string(source.text_of(second).substr(span.first, span.second - span.first));
  row.position = static_cast<std::int32_t>(second ? word - source.input.words.size() : word);
  row.char_begin = chars.at_byte(span.first);
  row.char_end = chars.at_byte(span.second);
  row.sequence = second ? 1 : 0;
  row.word = static_cast<std::int32_t>(word);
  row.pieces = static_cast<std::int32_t>(pieces.size());
  if (pieces.empty()) {
    row.status = beyond_truncation(source, word) ? Status::Truncated : Status::Dropped;
    return row;
  }
  const bool unknown = std::all_of(pieces.begin(), pieces.end(), [&](std::int32_t p) {
    return source.unk && source.encoding.ids[static_cast<std::size_t>(p)] == *source.unk;
  });
  if (const auto found = places(source, pieces)) {
    row.window = found->front().segment;
    row.groups = {*found};
    row.status = unknown ? Status::Unk : Status::Ok;
  } else {
    row.status = Status::Truncated;
  }
  return row;
}

PlannedRow token_row(const Source& source, std::size_t piece, std::int32_t word,
                     const text::CodePoints& chars) {
  PlannedRow row;
  row.token = source.encoding.tokens[piece];
  row.char_begin = chars.at_byte(source.encoding.bytes[piece].first);
  row.char_end = chars.at_byte(source.encoding.bytes[piece].second);
  row.pieces = 1;
  row.sequence = source.encoding.sequence[piece];
  row.word = word;
  row.status = source.unk && source.encoding.ids[piece] == *source.unk ? Status::Unk : Status::Ok;
  if (const auto& place = source.windows.place[piece]) {
    row.window = place->segment;
    row.groups = {{*place}};
  } else {
    row.status = Status::Truncated;
  }
  return row;
}

std::vector<PlannedRow> token_rows(const Source& source, const text::CodePoints& first,
                                   const text::CodePoints& second) {
  std::vector<std::int32_t> word_of(source.encoding.ids.size(), -1);
  for (std::size_t w = source.words(); w-- > 0;)
    for (const std::int32_t p : source.pieces_of_word[w])
      word_of[static_cast<std::size_t>(p)] = static_cast<std::int32_t>(w);
  std::vector<PlannedRow> rows;
  std::int32_t position[2] = {0, 0};
  for (std::size_t i = 0; i < source.encoding.ids.size(); ++i) {
    if (source.encoding.special[i] != 0) {
      if (source.options.special_tokens) rows.push_back(special_row(source, i));
      continue;
    }
    rows.push_back(token_row(source, i, word_of[i], source.encoding.sequence[i] != 0 ? second : first));
    rows.back().position = position[source.encoding.sequence[i] != 0 ? 1 : 0]++;
  }
  return rows;
}

std::vector<PlannedRow> word_rows(const Source& source, const text::CodePoints& first,
                                  const text::CodePoints& second) {
  std::vector<PlannedRow> rows;
  std::size_t word = 0;
  const auto words_until = [&](std::size_t end) {
    for (; word < end; ++word)
      rows.push_back(word_row(source, word, source.in_second(word) ? second : first));
  };
  // Special tokens stand where the template puts them: before, between and after the texts.
  bool seen_text = false;
  for (std::size_t i = 0; i < source.encoding.ids.size(); ++i) {
    if (source.encoding.special[i] == 0) {
      if (source.encoding.sequence[i] != 0) words_until(source.input.words.size());
      seen_text = true;
      continue;
    }
    if (seen_text && word == 0)
      words_until(source.input.words.size());
    else if (seen_text && i + 1 == source.encoding.ids.size())
      words_until(source.words());
    if (source.options.special_tokens) rows.push_back(special_row(source, i));
  }
  words_until(source.words());
  return rows;
}

PlannedRow sentence_row(const Source& source, const text::CodePoints& first) {
  PlannedRow row;
  row.position = -1;
  row.char_end = first.at_byte(static_cast<std::uint32_t>(source.input.text.size()));
  std::vector<std::vector<Place>> groups;
  bool cut = source.encoding.truncated;
  for (std::size_t i = 0; i < source.encoding.ids.size(); ++i) {
    if (source.encoding.special[i] != 0 || !source.wants(source.encoding.sequence[i])) continue;
    ++row.pieces;
    if (const auto& place = source.windows.place[i]) {
      if (source.options.over == Over::Pieces) groups.push_back({*place});
    } else {
      cut = true;
    }
  }
  if (source.options.over == Over::Words)
    for (std::size_t w = 0; w < source.words(); ++w)
      if (const auto& pieces = source.pieces_of_word[w];
          !pieces.empty() && source.wants(source.in_second(w) ? 1 : 0))
        if (const auto found = places(source, pieces)) groups.push_back(*found);
  if (source.options.sentence_pooling == SentencePooling::Summary) {
    groups.clear();
    // The template's first token sums up; a model without one has read everything only at its last piece.
    const bool leading = !source.encoding.special.empty() && source.encoding.special[0] != 0;
    const bool bidirectional_summary =
        leading && source.encoding.special.back() != 0 && source.options.side != Side::Target;
    std::optional<Place> last;
    for (std::size_t i = 0; i < source.windows.place.size(); ++i)
      if (source.windows.place[i] && source.wants(source.encoding.type_ids[i]))
        last = source.windows.place[i];
    if (bidirectional_summary)
      groups.push_back({*source.windows.place[0]});
    else if (last)
      groups.push_back({*last});
  } else if (source.options.sentence_pooling == SentencePooling::Last && !groups.empty()) {
    groups.erase(groups.begin(), groups.end() - 1);
  }
  row.maximum = source.options.sentence_pooling == SentencePooling::Max;
  row.status = groups.empty() ? Status::Dropped : cut ? Status::Truncated : Status::Ok;
  row.groups = std::move(groups);
  return row;
}

}  // namespace

SentencePlan plan_sentence(const text::Tokenizer& tokenizer, const PlanInput& input,
                           const PlanOptions& options) {
  Source source{input, options, {}, {}, {}, tokenizer.unk_id()};
  if (options.side == Side::Target && input.second.empty())
    throw input_error("{}: no target text behind the source; a decoder's sites need one (--pair-column)",
                      input.where);
  if (input.second.empty()) {
    source.encoding = tokenizer.encode(input.text);
    source.windows = windows_of(source.encoding, options, input.where);
  } else {
    text::EncodeOptions encode;
    encode.max_length = options.max_pieces;
    source.encoding = tokenizer.encode_pair(input.text, input.second, encode);
    if (source.encoding.truncated && options.too_long == TooLong::Split)
      throw input_error("{}: a pair of more than {} pieces cannot be split; cut it (--long cut)", input.where,
                        options.max_pieces);
    source.windows.segments.push_back({source.encoding.ids, source.encoding.type_ids});
    for (std::size_t i = 0; i < source.encoding.ids.size(); ++i)
      source.windows.place.emplace_back(Place{0, static_cast<std::int32_t>(i)});
  }
  align_sequence(source, 0, input.words);
  if (!input.second.empty()) align_sequence(source, 1, input.second_words);

  const text::CodePoints first(input.text), second(input.second);
  SentencePlan plan;
  switch (options.unit) {
    case Unit::Token:
      plan.rows = token_rows(source, first, second);
      break;
    case Unit::Word:
      plan.rows = word_rows(source, first, second);
      break;
    case Unit::Sentence:
      plan.rows.push_back(sentence_row(source, first));
      break;
  }
  if (options.unit != Unit::Sentence)
    std::erase_if(plan.rows, [&](const PlannedRow& row) { return !source.wants(row.sequence); });
  plan.segments = std::move(source.windows.segments);
  std::erase_if(plan.segments, [](const Segment& s) { return s.ids.empty(); });
  return plan;
}

}  // namespace neurox::extract
