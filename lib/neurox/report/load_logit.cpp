#include <algorithm>
#include <set>

#include "neurox/report/load_parts.h"

namespace neurox::load {

bool logit_parts(const Loaded& file, MethodFindings& out) {
  const io::Tree& table = child(file.data.uns, "parts");
  const auto component = strings(table, "component");
  if (file.provenance.kind != "ranking" || component.empty()) return false;
  const auto sentence = numbers(table, "sentence"), block = numbers(table, "block"),
             head = numbers(table, "head"), value = numbers(table, "value");
  const std::size_t n =
      std::min({component.size(), sentence.size(), block.size(), head.size(), value.size()});
  if (n == 0) return false;
  LogitParts found;
  found.file = file.name, found.model = file.provenance.model;
  const double count = static_cast<double>(
      std::set<double>(sentence.begin(), sentence.begin() + static_cast<std::ptrdiff_t>(n)).size());
  found.sentences = static_cast<std::int64_t>(count);
  const auto blocks = static_cast<std::size_t>(1 + *std::max_element(block.begin(), block.end()));
  const auto heads = static_cast<Index>(1 + *std::max_element(head.begin(), head.end()));
  for (std::size_t b = 0; b < blocks; ++b) found.blocks.push_back(static_cast<int>(b));
  found.attention.resize(blocks), found.mlp.resize(blocks), found.norms.resize(blocks);
  found.heads = MatrixD::Zero(static_cast<Index>(blocks), heads);
  for (std::size_t i = 0; i < n; ++i) {
    const double share = value[i] / count;
    if (block[i] < 0) {
      (component[i] == "embeddings"  ? found.embeddings
       : component[i] == "head bias" ? found.head_bias
                                     : found.final_norm) += share;
      continue;
    }
    const auto b = static_cast<std::size_t>(block[i]);
    if (head[i] >= 0) found.heads(static_cast<Index>(b), static_cast<Index>(head[i])) += share;
    (component[i].starts_with("attention") ? found.attention
     : component[i].starts_with("mlp")     ? found.mlp
                                           : found.norms)[b] += share;
  }
  out.parts.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
