#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/extract/alignment.h"
#include "neurox/text/tokenizer.h"

namespace neurox::extract {

/// What a row of activations stands for.
enum class Unit { Token, Word, Sentence };
/// How the pieces of a word are joined.
enum class Pooling { First, Last, Mean };
/// How a sentence is one row: the summary token ([CLS]; the last piece where the model has none), or mean,
/// maximum or last...
enum class SentencePooling { Summary, Mean, Max, Last };
/// ...over words (each first joined by Pooling) or over pieces.
enum class Over { Words, Pieces };
/// A sentence of more pieces than the model takes is cut, or split into overlapping windows.
enum class TooLong { Cut, Split };

/// Of a source and its target: rows of both, or of one.
enum class Side { Both, Source, Target };

struct PlanOptions {
  Unit unit = Unit::Word;
  Pooling pooling = Pooling::Mean;
  SentencePooling sentence_pooling = SentencePooling::Summary;
  Over over = Over::Words;
  TooLong too_long = TooLong::Cut;
  bool special_tokens = false;  ///< rows for the special tokens too (units token and word)
  int max_pieces = 512;         ///< what the model takes, special tokens included
  Side side = Side::Both;
};

/// Why a row is there, in the order of the categories of the column `status`.
enum class Status : std::int32_t { Ok, Special, Unk, Truncated, Dropped };

/// What the model is run on: one sequence of ids.
struct Segment {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;
};

/// A place in a segment.
struct Place {
  std::int32_t segment;
  std::int32_t piece;
};

/// One row of the result. Its activation is the mean (or maximum) over `groups` of the mean over each group's
/// places; rows that are truncated or dropped have none and stay zero.
struct PlannedRow {
  std::string token;
  std::int32_t position = 0;  ///< word, or piece, within its text; -1 for special tokens and whole sentences
  std::uint32_t char_begin = 0, char_end = 0;
  std::int32_t pieces = 0;
  std::int32_t window = 0;    ///< which window of a split sentence, from 0
  std::int32_t sequence = 0;  ///< 1 for the second text of a pair
  std::int32_t word = -1;     ///< the word whose labels are this row's; counts on into the second text
  Status status = Status::Ok;
  bool maximum = false;
  std::vector<std::vector<Place>> groups;
};

struct SentencePlan {
  std::vector<Segment> segments;
  std::vector<PlannedRow> rows;
};

/// A text with its words, or a pair of them.
struct PlanInput {
  std::string_view text;
  std::vector<ByteSpan> words;
  std::string_view second;  ///< empty: no pair
  std::vector<ByteSpan> second_words;
  std::string where;  ///< file:line, for messages
};

/// From a sentence to what the model is run on and how rows come out of it.
///
/// Windows of a split sentence overlap by a quarter; each piece is taken from the window in which it stands
/// farthest from an edge (the earlier on a tie). A cut sentence keeps whole words: a word with a piece beyond
/// the cut is truncated.
/// @throws Error{Input} for a pair that would have to be split, or a limit too small for one piece,
/// and for a text without a second one where rows of targets are asked for
SentencePlan plan_sentence(const text::Tokenizer& tokenizer, const PlanInput& input,
                           const PlanOptions& options);

}  // namespace neurox::extract
