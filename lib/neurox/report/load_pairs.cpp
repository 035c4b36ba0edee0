#include <algorithm>
#include <cmath>
#include <limits>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::int64_t kPairSentences = 5;
constexpr std::size_t kPairWords = 40;  ///< of a sentence; those after are left out

/// The rows of one sentence.
struct PairRows {
  std::vector<std::size_t> rows;
  std::vector<std::string> tokens;
};

/// Words that no method gives anything (special tokens, that games leave in place) take no room.
std::vector<std::size_t> words_in_a_pair(const PairRows& s, const std::vector<double>& first,
                                         const std::vector<double>& second, const MatrixF& X) {
  std::vector<bool> any(s.tokens.size());
  for (const std::size_t r : s.rows)
    if ((X.row(static_cast<Index>(r)).array() != 0).any())
      any[static_cast<std::size_t>(first[r])] = any[static_cast<std::size_t>(second[r])] = true;
  std::vector<std::size_t> out;
  for (std::size_t w = 0; w < any.size() && out.size() < kPairWords; ++w)
    if (any[w]) out.push_back(w);
  return out;
}

}  // namespace

bool pairs(const Loaded& file, MethodFindings& out) {
  const io::Table& obs = file.data.obs;
  if (file.provenance.kind != "attribution" || obs.find("first_token") == nullptr || !file.data.X)
    return false;
  const auto sentence = obs.numbers("sentence", file.where), first = obs.numbers("first", file.where),
             second = obs.numbers("second", file.where);
  const auto first_token = obs.strings("first_token", file.where),
             second_token = obs.strings("second_token", file.where);
  const std::vector<std::string> methods = file.data.var.row_names.value_or(std::vector<std::string>{});
  const MatrixF& X = *file.data.X;
  PairFindings found;
  found.file = file.name, found.model = file.provenance.model;
  std::vector<PairRows> sentences;
  for (std::size_t r = 0; r < sentence.size(); ++r) {
    const auto s = static_cast<std::size_t>(sentence[r]);
    found.sentences = std::max(found.sentences, static_cast<std::int64_t>(s) + 1);
    if (static_cast<std::int64_t>(s) >= kPairSentences) continue;
    if (sentences.size() <= s) sentences.resize(s + 1);
    sentences[s].rows.push_back(r);
    auto& tokens = sentences[s].tokens;
    const auto a = static_cast<std::size_t>(first[r]), b = static_cast<std::size_t>(second[r]);
    if (tokens.size() <= std::max(a, b)) tokens.resize(std::max(a, b) + 1);
    tokens[a] = first_token[r], tokens[b] = second_token[r];
  }
  const io::Tree& examples = child(file.data.uns, "examples");
  const auto text_of = strings(examples, "text"), target = strings(examples, "target");
  const auto value = numbers(examples, "value"), baseline = numbers(examples, "baseline_value");
  for (std::size_t s = 0; s < sentences.size(); ++s) {
    const std::vector<std::size_t> kept = words_in_a_pair(sentences[s], first, second, X);
    std::vector<Index> place(sentences[s].tokens.size(), -1);
    PairText words;
    for (const std::size_t w : kept) {
      place[w] = static_cast<Index>(words.tokens.size());
      words.tokens.push_back(sentences[s].tokens[w]);
    }
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const std::size_t at = s * methods.size() + m;
      PairMatrix matrix;
      matrix.method = methods[m];
      if (at < text_of.size()) words.text = text_of[at];
      if (at < target.size()) matrix.target = target[at];
      if (at < value.size()) matrix.value = value[at];
      if (at < baseline.size()) matrix.baseline = baseline[at];
      const auto n = static_cast<Index>(kept.size());
      matrix.pairs = MatrixD::Constant(n, n, no_value);
      matrix.alone.assign(kept.size(), 0);
      for (const std::size_t r : sentences[s].rows) {
        const Index a = place[static_cast<std::size_t>(first[r])],
                    b = place[static_cast<std::size_t>(second[r])];
        if (a < 0 || b < 0) continue;
        const auto v = static_cast<double>(X(static_cast<Index>(r), static_cast<Index>(m)));
        if (a == b)
          matrix.alone[static_cast<std::size_t>(a)] = v;
        else
          matrix.pairs(a, b) = matrix.pairs(b, a) = v;
      }
      if (std::all_of(matrix.alone.begin(), matrix.alone.end(),
                      [](double v) { return v == 0 || std::isnan(v); }))
        matrix.alone.clear();
      words.matrices.push_back(std::move(matrix));
    }
    found.texts.push_back(std::move(words));
  }
  out.pairs.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
