#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kAttentionTexts = 3;
constexpr Index kAttentionWords = 30;

struct HeadColumn {
  const char* name;
  const char* shown;
};
constexpr HeadColumn kHeadColumns[] = {{"total", "sum"},
                                       {"entropy", "entropy (nats)"},
                                       {"to_special", "share to special tokens"},
                                       {"to_previous", "share to the previous word"},
                                       {"to_itself", "share to the word itself"},
                                       {"to_next", "share to the next word"}};

/// #blocks x #heads from the columns of the file, block by block.
void add_maps(const Loaded& file, Index heads, AttentionFindings& out) {
  const io::Tree& table = child(file.data.uns, "heads");
  for (const HeadColumn& column : kHeadColumns) {
    const auto values = numbers(table, column.name);
    if (values.size() != out.blocks.size() * static_cast<std::size_t>(heads)) continue;
    HeadMap map;
    map.name = column.shown;
    map.values = Eigen::Map<const MatrixD>(values.data(), static_cast<Index>(out.blocks.size()), heads);
    map.is_signed = (map.values.array() < 0).any();
    // Probabilities of a row add up to 1 in every head.
    if (map.name == "sum" && (map.values.array() - 1).abs().maxCoeff() < 1e-3) continue;
    if ((map.values.array() != 0).any()) out.maps.push_back(std::move(map));
  }
}

/// The head that `attribute` lists first: of the least entropy where rows are probabilities or norms, else of
/// the largest sum.
Index chosen_head(const Loaded& file, Index heads, std::string& why) {
  const bool mean_rows = text(child(file.data.uns, "join"), "from").starts_with("mean");
  auto values = numbers(child(file.data.uns, "heads"), mean_rows ? "entropy" : "total");
  if (values.size() != static_cast<std::size_t>(heads)) return 0;
  for (double& v : values) v = mean_rows ? -v : std::abs(v);
  why = mean_rows ? "the head of the least entropy" : "the head of the largest sum";
  return std::max_element(values.begin(), values.end()) - values.begin();
}

}  // namespace

bool attention(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "attention" || !file.data.X) return false;
  AttentionFindings found;
  found.file = file.name, found.model = file.provenance.model, found.method = method_of(file);
  const MatrixF& X = *file.data.X;
  for (const std::string& site : file.data.var.strings("site", file.where))
    if (found.blocks.empty() || found.blocks.back() != site) found.blocks.push_back(site);
  if (found.blocks.empty()) return false;
  add_maps(file, X.cols() / static_cast<Index>(found.blocks.size()), found);
  const Index head = chosen_head(file, X.cols(), found.chosen);
  if (file.data.var.row_names)
    found.chosen = fmt::format("{}{}{}", (*file.data.var.row_names)[static_cast<std::size_t>(head)],
                               found.chosen.empty() ? "" : ", ", found.chosen);
  const auto sentence = file.data.obs.numbers("sentence", file.where),
             from = file.data.obs.numbers("from", file.where), to = file.data.obs.numbers("to", file.where);
  const auto from_token = file.data.obs.strings("from_token", file.where);
  const io::Tree& examples = child(file.data.uns, "examples");
  const auto texts = strings(examples, "text"), targets = strings(examples, "target");
  found.sentences = static_cast<std::int64_t>(texts.size());
  // Rows of a sentence lie together: every word with every word.
  std::size_t r = 0;
  while (r < sentence.size() && found.texts.size() < kAttentionTexts) {
    std::size_t end = r;
    while (end < sentence.size() && sentence[end] == sentence[r]) ++end;
    AttentionText map;
    const std::size_t k = found.texts.size();
    if (k < texts.size()) map.text = texts[k];
    if (k < targets.size()) map.target = targets[k];
    map.words = std::llround(std::sqrt(static_cast<double>(end - r)));
    const Index n = std::min<Index>(map.words, kAttentionWords);
    map.tokens.resize(static_cast<std::size_t>(n));
    map.mean = map.chosen = MatrixD::Zero(n, n);
    for (; r < end; ++r) {
      const auto i = static_cast<Index>(from[r]), j = static_cast<Index>(to[r]);
      if (i >= n || j >= n) continue;
      map.tokens[static_cast<std::size_t>(i)] = from_token[r];
      map.mean(i, j) = X.row(static_cast<Index>(r)).cast<double>().mean();
      map.chosen(i, j) = static_cast<double>(X(static_cast<Index>(r), head));
    }
    found.texts.push_back(std::move(map));
  }
  out.attention.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
