#include <algorithm>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

bool token_clusters(const Loaded& file, MethodFindings& out) {
  const io::Tree& tree = child(file.data.uns, "token_clusters");
  const auto clusters = numbers(tree, "cluster"), sizes = numbers(tree, "size"),
             shares = numbers(tree, "share");
  if (clusters.empty()) return false;
  const auto names = strings(tree, "name"), words = strings(tree, "words"),
             contexts = strings(tree, "contexts"), labels = strings(tree, "label");
  const io::Tree& aligned = child(tree, "aligned");
  TokenClusterFindings& found = out.token_clusters.emplace_back();
  found.file = file.name, found.model = file.provenance.model;
  found.method = text(child(file.data.uns, "clusters"), "method");
  for (std::size_t k = 0; k < clusters.size(); ++k) {
    TokenClusterRow& row = found.rows.emplace_back();
    row.cluster = static_cast<std::int64_t>(clusters[k]);
    if (k < sizes.size()) row.size = static_cast<std::int64_t>(sizes[k]);
    if (k < names.size()) row.name = names[k];
    if (k < words.size()) row.words = words[k];
    if (k < contexts.size()) row.contexts = lines_of(contexts[k]);
    if (k < labels.size()) row.label = labels[k];
    if (k < shares.size()) row.share = shares[k];
    row.aligned =
        aligned.is_array() && k < aligned.size() && aligned[k].is_boolean() && aligned[k].get<bool>();
  }
  const io::Tree& quality = child(file.data.uns, "quality");
  found.label = text(quality, "label");
  const io::Tree& measures = child(quality, "measures");
  if (measures.is_object())
    for (const auto& [name, value] : measures.items())
      if (value.is_number()) found.quality.emplace_back(name, value.get<double>());
  return true;
}

}  // namespace neurox::load
