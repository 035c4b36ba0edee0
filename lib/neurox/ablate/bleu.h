#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace neurox::ablate {

/// A text as mteval-v13a's tokens, which sacreBLEU counts by default: punctuation stands alone but for points
/// and commas between digits.
std::vector<std::string> tokens_13a(std::string_view text);

/// BLEU of texts against references, 0 to 100: up to 4-grams, one brevity penalty over all, clipped by the
/// largest count among a text's references, whose length nearest to its own counts (the shorter on a tie);
/// orders without a match are smoothed (1/2, 1/4, ... of a match).
///
/// @param references  of each text, at least one
/// @throws Error{Input} when there are not as many references as texts
/// Source: Papineni et al., ACL 2002; sacreBLEU 2 (nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp).
double corpus_bleu(std::span<const std::string> texts, std::span<const std::vector<std::string>> references);

/// BLEU of one text; orders for which it is too short are left out (sacreBLEU's sentence_bleu, eff:yes).
double sentence_bleu(const std::string& text, const std::vector<std::string>& references);

/// chrF2, 0 to 100: F with beta 2 of character n-grams up to 6, without white space; precision and recall are
/// of each order over all texts, and their means over orders.
/// @throws Error{Input} when there are not as many references as texts
/// Source: Popovic, WMT 2015; sacreBLEU 2 (nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no).
double chrf(std::span<const std::string> texts, std::span<const std::string> references);

/// How much texts repeat each other: the mean of each one's sentence BLEU with all others as references, 0 to
/// 100; NaN for fewer than two. Source: Zhu et al. (Texygen), SIGIR 2018, with sacreBLEU's counts.
double self_bleu(std::span<const std::string> texts);

/// Distinct n-grams of all texts as a share of all their n-grams (tokens of 13a); NaN without any.
/// Source: Li et al., NAACL 2016.
double distinct_ngrams(std::span<const std::string> texts, int n);

}  // namespace neurox::ablate
