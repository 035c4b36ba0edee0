#include <algorithm>
#include <cmath>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kPairSentences = 5;
constexpr std::size_t kPairWords = 40;  ///< of a sentence; those after are left out

/// The file's rows: which words of which sentence.
struct PairTable {
  std::vector<std::size_t> sentence, first, second;
  std::vector<std::string> first_token, second_token;
};

/// The rows of one sentence.
struct PairRows {
  std::vector<std::size_t> rows;
  std::vector<std::string> tokens;
};

/// Of the sentences that are shown; `sentences` counts all.
std::vector<PairRows> rows_by_sentence(const PairTable& table, std::int64_t& sentences) {
  std::vector<PairRows> out;
  for (std::size_t r = 0; r < table.sentence.size(); ++r) {
    const std::size_t s = table.sentence[r];
    sentences = std::max(sentences, static_cast<std::int64_t>(s) + 1);
    if (s >= kPairSentences) continue;
    if (out.size() <= s) out.resize(s + 1);
    out[s].rows.push_back(r);
    auto& tokens = out[s].tokens;
    const std::size_t a = table.first[r], b = table.second[r];
    if (tokens.size() <= std::max(a, b)) tokens.resize(std::max(a, b) + 1);
    tokens[a] = table.first_token[r], tokens[b] = table.second_token[r];
  }
  return out;
}

/// Each word's place among those that are shown, else -1. Words that no method gives anything (special
/// tokens, which games leave where they are) take no room.
std::vector<Index> places(const PairRows& s, const PairTable& table, const MatrixF& X) {
  std::vector<bool> any(s.tokens.size());
  for (const std::size_t r : s.rows)
    if ((X.row(static_cast<Index>(r)).array() != 0).any()) any[table.first[r]] = any[table.second[r]] = true;
  std::vector<Index> out(any.size(), -1);
  Index next = 0;
  for (std::size_t w = 0; w < any.size() && next < static_cast<Index>(kPairWords); ++w)
    if (any[w]) out[w] = next++;
  return out;
}

/// Values of one method.
void fill_pairs(const PairRows& s, const PairTable& table, const std::vector<Index>& place,
                const Eigen::Ref<const VectorF, 0, Eigen::InnerStride<>>& values, PairMatrix& out) {
  const Index n = 1 + *std::max_element(place.begin(), place.end());
  out.pairs = MatrixD::Constant(n, n, no_value);
  out.alone.assign(static_cast<std::size_t>(n), 0);
  for (const std::size_t r : s.rows) {
    const Index a = place[table.first[r]], b = place[table.second[r]];
    if (a < 0 || b < 0) continue;
    const auto v = static_cast<double>(values(static_cast<Index>(r)));
    if (a == b)
      out.alone[static_cast<std::size_t>(a)] = v;
    else
      out.pairs(a, b) = out.pairs(b, a) = v;
  }
  const bool nothing =
      std::all_of(out.alone.begin(), out.alone.end(), [](double v) { return v == 0 || std::isnan(v); });
  if (nothing) out.alone.clear();
}

template <class T>
T value_at(const std::vector<T>& values, std::size_t i, const T& otherwise) {
  return i < values.size() ? values[i] : otherwise;
}

}  // namespace

bool pairs(const Loaded& file, MethodFindings& out) {
  const io::Table& obs = file.data.obs;
  if (file.provenance.kind != "attribution" || obs.find("first_token") == nullptr || !file.data.X)
    return false;
  const PairTable table{indices(file, "sentence"), indices(file, "first"), indices(file, "second"),
                        obs.strings("first_token", file.where), obs.strings("second_token", file.where)};
  const std::vector<std::string> methods = file.data.var.row_names.value_or(std::vector<std::string>{});
  const io::Tree& examples = child(file.data.uns, "examples");
  const auto text_of = strings(examples, "text"), target = strings(examples, "target");
  const auto value = numbers(examples, "value"), baseline = numbers(examples, "baseline_value");
  PairFindings found;
  found.file = file.name, found.model = file.provenance.model;
  const std::vector<PairRows> sentences = rows_by_sentence(table, found.sentences);
  for (std::size_t s = 0; s < sentences.size(); ++s) {
    PairText words;
    words.text = value_at<std::string>(text_of, s * methods.size(), "");
    const std::vector<Index> place = places(sentences[s], table, *file.data.X);
    for (std::size_t w = 0; w < place.size(); ++w)
      if (place[w] >= 0) words.tokens.push_back(sentences[s].tokens[w]);
    for (std::size_t m = 0; m < methods.size() && !words.tokens.empty(); ++m) {
      const std::size_t at = s * methods.size() + m;
      PairMatrix matrix{methods[m],
                        value_at<std::string>(target, at, ""),
                        value_at(value, at, no_value),
                        value_at(baseline, at, no_value),
                        {},
                        {}};
      fill_pairs(sentences[s], table, place, file.data.X->col(static_cast<Index>(m)), matrix);
      words.matrices.push_back(std::move(matrix));
    }
    found.texts.push_back(std::move(words));
  }
  out.pairs.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
