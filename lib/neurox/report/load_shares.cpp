#include <algorithm>
#include <string_view>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t most_outputs = 12;

/// A column of X by its name; NaN where there is none.
std::vector<double> values_of(const io::AnnData& data, std::string_view name) {
  std::vector<double> out(static_cast<std::size_t>(data.X->rows()), no_value);
  if (!data.var.row_names) return out;
  const auto& names = *data.var.row_names;
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return out;
  const auto column = static_cast<Index>(at - names.begin());
  for (Index r = 0; r < data.X->rows(); ++r)
    out[static_cast<std::size_t>(r)] = static_cast<double>((*data.X)(r, column));
  return out;
}

}  // namespace

bool shares(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "shares" || !file.data.X) return false;
  ShareFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.method = method_of(file);
  const io::Tree& places = child(file.data.uns, "by_position");
  const auto position = numbers(places, "position"), tokens = numbers(places, "tokens"),
             source = numbers(places, "source"), prefix = numbers(places, "prefix"),
             special = numbers(places, "special"), entropy = numbers(places, "entropy");
  const std::size_t n = std::min(
      {position.size(), tokens.size(), source.size(), prefix.size(), special.size(), entropy.size()});
  for (std::size_t i = 0; i < n; ++i)
    found.places.push_back({static_cast<std::int64_t>(position[i]), static_cast<std::int64_t>(tokens[i]),
                            source[i], prefix[i], special[i], entropy[i]});
  const auto sentence = indices(file, "sentence");
  const auto token = file.data.obs.strings("token", file.where + ":/obs");
  const auto of_source = values_of(file.data, "source"), of_prefix = values_of(file.data, "prefix");
  std::size_t last = 0;
  for (std::size_t r = 0; r < sentence.size(); ++r) {
    if (r == 0 || sentence[r] != last) ++found.outputs;
    last = sentence[r];
    if (found.outputs > static_cast<std::int64_t>(most_outputs)) continue;
    found.texts.resize(static_cast<std::size_t>(found.outputs));
    found.texts.back().push_back({token[r], of_source[r], of_prefix[r]});
  }
  out.shares.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
