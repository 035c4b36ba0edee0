#include <algorithm>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

/// The matrix that stands in a tree as a list of rows, #rows x #columns; NaN where it has no number.
MatrixD matrix_of(const io::Tree& tree, const char* name, std::size_t rows, std::size_t columns) {
  MatrixD out = MatrixD::Constant(static_cast<Index>(rows), static_cast<Index>(columns), no_value);
  const io::Tree& list = child(tree, name);
  if (!list.is_array()) return out;
  for (std::size_t r = 0; r < std::min(rows, list.size()); ++r)
    for (std::size_t c = 0; list[r].is_array() && c < std::min(columns, list[r].size()); ++c)
      if (list[r][c].is_number())
        out(static_cast<Index>(r), static_cast<Index>(c)) = list[r][c].get<double>();
  return out;
}

}  // namespace

bool similarity(const Loaded& file, MethodFindings& out) {
  const io::Tree& tree = child(file.data.uns, "similarity");
  const std::vector<std::string> names = strings(child(tree, "parts"), "name");
  if (names.empty()) return false;
  SimilarityFindings& found = out.similarities.emplace_back();
  found.file = file.name, found.model = file.provenance.model, found.method = text(tree, "method");
  found.parts = names;
  found.words = static_cast<std::int64_t>(number(tree, "words"));
  found.values = matrix_of(tree, "values", names.size(), names.size());
  return true;
}

bool factors(const Loaded& file, MethodFindings& out) {
  const io::Tree& tree = child(file.data.uns, "factors");
  const std::vector<std::string> names = strings(tree, "name");
  if (names.empty()) return false;
  FactorFindings& found = out.factors.emplace_back();
  found.file = file.name, found.model = file.provenance.model;
  found.method = text(child(file.data.uns, "ranking"), "method");
  const auto words = strings(tree, "top_words"), neurons = strings(tree, "top_neurons"),
             matched = strings(tree, "matched");
  const auto shares = numbers(tree, "share"), cosines = numbers(tree, "cosine");
  for (std::size_t k = 0; k < names.size(); ++k) {
    FactorRow& row = found.rows.emplace_back();
    row.name = names[k];
    if (k < shares.size()) row.share = shares[k];
    if (k < neurons.size()) row.neurons = neurons[k];
    if (k < words.size()) row.words = words[k];
    if (k < matched.size()) row.matched = matched[k];
    if (k < cosines.size()) row.cosine = cosines[k];
  }
  const io::Tree& texts = child(file.data.uns, "texts");
  const auto tokens = strings(texts, "token");
  const auto sentences = numbers(texts, "sentence");
  const MatrixD values = matrix_of(texts, "values", tokens.size(), names.size());
  for (std::size_t begin = 0, end = 0; begin < std::min(tokens.size(), sentences.size()); begin = end) {
    while (end < tokens.size() && end < sentences.size() && sentences[end] == sentences[begin]) ++end;
    found.texts.push_back({static_cast<std::int64_t>(sentences[begin]),
                           {tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                            tokens.begin() + static_cast<std::ptrdiff_t>(end)},
                           values.middleRows(static_cast<Index>(begin), static_cast<Index>(end - begin))});
  }
  return true;
}

}  // namespace neurox::load
