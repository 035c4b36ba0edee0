#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "neurox/report/html.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kLensTexts = 5;
constexpr std::size_t kLensWords = 40;  ///< of a text
constexpr Index kVocabularyRows = 200;

const MatrixF* layer_of(const Loaded& file, std::string_view name) {
  for (const auto& [found, matrix] : file.data.layers)
    if (found == name) return &matrix;
  return nullptr;
}

/// The tokens of each row and site from the list of the best ones.
void add_best(const Loaded& file, const std::map<std::size_t, LensCell*>& cells, std::size_t sites) {
  const io::Tree& top = child(file.data.uns, "top");
  const auto row = numbers(top, "row"), place = numbers(top, "place"),
             probability = numbers(top, "probability");
  const auto site = strings(top, "site"), token = strings(top, "token");
  std::map<std::string, std::size_t> number_of;
  const std::vector<std::string> names = file.data.var.strings("site", file.where);
  for (std::size_t s = 0; s < names.size(); ++s) number_of.emplace(names[s], s);
  const std::size_t n = std::min({row.size(), place.size(), probability.size(), site.size(), token.size()});
  for (std::size_t i = 0; i < n; ++i) {
    const auto s = number_of.find(site[i]);
    if (s == number_of.end()) continue;
    const auto cell = cells.find(static_cast<std::size_t>(row[i]) * sites + s->second);
    if (cell == cells.end()) continue;
    LensCell& c = *cell->second;
    if (place[i] == 1)
      c.token = token[i], c.probability = probability[i];
    else
      c.more += fmt::format("{}{} {}", c.more.empty() ? "" : ", ", token[i], html::number(probability[i]));
  }
}

}  // namespace

bool logit_lens(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "logit-lens" || !file.data.X) return false;
  LensFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.asked = text(file.provenance.settings, "target");
  found.sites = file.data.var.strings("site", file.where);
  const auto token = file.data.obs.strings("token", file.where),
             target = file.data.obs.strings("target", file.where);
  const auto sentence = file.data.obs.numbers("sentence", file.where);
  const MatrixF& X = *file.data.X;
  const MatrixF *rank = layer_of(file, "rank"), *entropy = layer_of(file, "entropy");
  const std::size_t sites = found.sites.size();
  found.words = static_cast<std::int64_t>(token.size());
  for (std::size_t s = 0; s < sites; ++s) {
    const auto c = static_cast<Index>(s);
    const double n = std::max<double>(1, static_cast<double>(token.size()));
    found.log_probability.push_back(X.col(c).cast<double>().sum() / n);
    found.entropy.push_back(entropy == nullptr ? no_value : entropy->col(c).cast<double>().sum() / n);
    found.first.push_back(rank == nullptr ? no_value
                                          : static_cast<double>((rank->col(c).array() == 1).count()) / n);
  }
  std::vector<std::size_t> rows;  // those shown
  std::set<double> seen;
  for (std::size_t r = 0; r < token.size(); ++r) {
    seen.insert(sentence[r]);
    if (seen.size() > kLensTexts) continue;
    if (found.texts.size() < seen.size()) found.texts.emplace_back();
    LensText& text = found.texts.back();
    if (text.tokens.size() >= kLensWords) continue;
    text.tokens.push_back(token[r]);
    text.targets.push_back(target[r]);
    text.cells.emplace_back(sites);
    rows.push_back(r);
    for (std::size_t s = 0; s < sites; ++s) {
      const auto i = static_cast<Index>(r), j = static_cast<Index>(s);
      text.cells.back()[s].log_probability = static_cast<double>(X(i, j));
      text.cells.back()[s].rank = rank == nullptr ? 0 : std::lround((*rank)(i, j));
    }
  }
  found.sentences = static_cast<std::int64_t>(seen.size());
  std::map<std::size_t, LensCell*> cells;
  std::size_t next = 0;
  for (LensText& text : found.texts)
    for (auto& of_token : text.cells) {
      for (std::size_t s = 0; s < sites; ++s) cells.emplace(rows[next] * sites + s, &of_token[s]);
      ++next;
    }
  add_best(file, cells, sites);
  out.lens.push_back(std::move(found));
  return true;
}

bool vocabulary(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "vocabulary" || !file.data.X) return false;
  VocabularyFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.neurons = file.data.X->rows();
  const auto promoted = file.data.obs.strings("promoted", file.where),
             suppressed = file.data.obs.strings("suppressed", file.where);
  const Index half = file.data.X->cols() / 2;
  for (Index r = 0; r < std::min(file.data.X->rows(), kVocabularyRows); ++r) {
    const auto i = static_cast<std::size_t>(r);
    found.rows.push_back({file.data.obs.row_names ? (*file.data.obs.row_names)[i] : std::to_string(r),
                          promoted[i], suppressed[i],
                          half > 0 ? static_cast<double>((*file.data.X)(r, 0)) : no_value,
                          half > 0 ? static_cast<double>((*file.data.X)(r, half)) : no_value});
  }
  out.vocabulary.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
