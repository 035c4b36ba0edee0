#include "neurox/core/selection.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/site.h"

namespace neurox {
namespace {

struct Range {
  int first, last;
};

/// One part of a pattern: what it names, its blocks and its neuron indices (empty: all).
struct Part {
  std::string name;
  std::vector<Range> blocks, neurons;
};

int parse_int(std::string_view text, std::string_view pattern) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw usage_error("site pattern '{}': '{}' is no number; write ranges as 3 or 0-5", pattern, text);
  return value;
}

Range parse_range(std::string_view text, std::string_view pattern) {
  const std::size_t dash = text.find('-', 1);  // a leading minus belongs to the number
  const int first = parse_int(text.substr(0, dash), pattern);
  return {first, dash == std::string_view::npos ? first : parse_int(text.substr(dash + 1), pattern)};
}

std::vector<Part> parse(std::string_view pattern) {
  std::vector<Part> parts;
  std::string_view rest = pattern;
  while (true) {
    const std::size_t comma = rest.find(',');
    std::string_view item = rest.substr(0, comma);
    const bool goes_on =
        !item.empty() && (item[0] == '-' || (item[0] >= '0' && item[0] <= '9')) && !parts.empty();
    if (item.empty())
      throw usage_error("site pattern '{}': nothing between two commas or at an end", pattern);
    if (goes_on) {
      Part& last = parts.back();
      if (last.neurons.empty() && last.blocks.empty())
        throw usage_error("site pattern '{}': '{}' follows a site without '@' or ':'", pattern, item);
      // `mlp_post@0,2:0-9`: the blocks end where the neurons begin.
      const std::size_t colon = item.find(':');
      if (last.neurons.empty()) {
        last.blocks.push_back(parse_range(item.substr(0, colon), pattern));
        if (colon != std::string_view::npos)
          last.neurons.push_back(parse_range(item.substr(colon + 1), pattern));
      } else {
        last.neurons.push_back(parse_range(item, pattern));
      }
    } else {
      Part part;
      if (const std::size_t colon = item.find(':'); colon != std::string_view::npos) {
        part.neurons.push_back(parse_range(item.substr(colon + 1), pattern));
        item = item.substr(0, colon);
      }
      if (const std::size_t at = item.find('@'); at != std::string_view::npos) {
        part.blocks.push_back(parse_range(item.substr(at + 1), pattern));
        item = item.substr(0, at);
      }
      part.name = std::string(item);
      parts.push_back(std::move(part));
    }
    if (comma == std::string_view::npos) return parts;
    rest = rest.substr(comma + 1);
  }
}

/// The short names that mean a site: its own (`encoder_mlp_post`), and without its stack where there are two.
std::vector<std::string> short_names(const std::string& full) {
  // Features of a site are named after it.
  constexpr std::string_view of_features = ".sae";
  if (full.ends_with(of_features)) {
    std::vector<std::string> names = short_names(full.substr(0, full.size() - of_features.size()));
    for (std::string& name : names) name += of_features;
    return names;
  }
  const std::optional<Site> site = parse_site(full);
  if (!site) return {};
  std::vector<std::string> names{short_name(*site)};
  if (site->stack != Stack::Only) names.push_back(short_name({site->kind, site->block}));
  return names;
}

/// Positions in `available` of the sites that one part names.
std::vector<std::size_t> resolve(const Part& part, std::span<const SiteColumns> available,
                                 std::string_view pattern) {
  std::vector<std::size_t> found;
  std::set<std::string> known;
  for (std::size_t s = 0; s < available.size(); ++s) {
    const std::vector<std::string> shorter = short_names(available[s].site);
    known.insert(available[s].site);
    known.insert(shorter.begin(), shorter.end());
    if (part.name == available[s].site || part.name == "all" ||
        std::find(shorter.begin(), shorter.end(), part.name) != shorter.end())
      found.push_back(s);
  }
  if (found.empty()) {
    const auto in_stack = [&](Stack stack) {
      return std::any_of(available.begin(), available.end(), [&](const SiteColumns& columns) {
        const std::optional<Site> site = parse_site(columns.site);
        return !site || site->stack == stack;  // a module's path says nothing
      });
    };
    for (const auto& [stack, what] :
         {std::pair{Stack::Encoder, "encoder"}, std::pair{Stack::Decoder, "decoder"}})
      if ((part.name.starts_with(short_prefix(stack)) || part.name.starts_with(full_prefix(stack))) &&
          !in_stack(stack))
        throw usage_error("no site '{}': there is no {} in the model, one stack of blocks alone", part.name,
                          what);
    const std::vector<std::string> names(known.begin(), known.end());
    throw usage_error("no site '{}'{}; `neurox info` lists the sites that there are", part.name,
                      did_you_mean(part.name, names));
  }
  if (part.blocks.empty()) return found;
  // Each stack counts its own blocks.
  const auto stack = [&](std::size_t s) {
    const std::optional<Site> site = parse_site(available[s].site);
    return site ? site->stack : Stack::Only;
  };
  std::map<Stack, int> blocks;
  int most = 0;
  for (const std::size_t s : found) {
    int& of_stack = blocks[stack(s)];
    of_stack = std::max(of_stack, available[s].block + 1);
    most = std::max(most, of_stack);
  }
  std::vector<std::size_t> kept;
  for (const Range& range : part.blocks) {
    const auto counted = [](int block, int n) { return block < 0 ? block + n : block; };
    const int lowest = counted(range.first, most), highest = counted(range.last, most);
    if (lowest < 0 || highest >= most || lowest > highest)
      throw usage_error("site pattern '{}': block {} out of range; {} has blocks 0 to {}", pattern,
                        lowest < 0 || lowest >= most ? range.first : range.last, part.name, most - 1);
    for (const std::size_t s : found) {
      const int n = blocks[stack(s)];
      if (available[s].block >= counted(range.first, n) && available[s].block <= counted(range.last, n))
        kept.push_back(s);
    }
  }
  if (kept.empty()) throw usage_error("site pattern '{}': no {} in these blocks", pattern, part.name);
  return kept;
}

}  // namespace

std::string pattern_or_usual(const std::string& pattern, std::span<const SiteColumns> available) {
  if (!pattern.empty()) return pattern;
  const bool stream = std::any_of(available.begin(), available.end(), [](const SiteColumns& columns) {
    const std::optional<Site> site = site_of(columns);
    return site && site->kind == SiteKind::ResidPost;
  });
  return stream ? "resid_post" : "all";
}

std::vector<std::size_t> select_sites(std::string_view pattern, std::span<const SiteColumns> available) {
  std::set<std::size_t> chosen;
  for (const Part& part : parse(pattern)) {
    if (!part.neurons.empty())
      throw usage_error("'{}' names single neurons where whole sites are asked for", pattern);
    for (const std::size_t s : resolve(part, available, pattern)) chosen.insert(s);
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<std::int64_t> select_neurons(std::string_view pattern, const NeuronAxis& axis) {
  std::set<std::int64_t> chosen;
  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> position;
  for (std::size_t i = 0; i < axis.size(); ++i)
    position.emplace(std::pair{axis.neurons[i].site, axis.neurons[i].index}, static_cast<std::int64_t>(i));
  for (const Part& part : parse(pattern)) {
    for (const std::size_t s : resolve(part, axis.sites, pattern)) {
      const auto site = static_cast<std::int32_t>(s);
      if (part.neurons.empty()) {
        for (auto it = position.lower_bound({site, 0}); it != position.end() && it->first.first == site; ++it)
          chosen.insert(it->second);
        continue;
      }
      for (const Range& range : part.neurons)
        for (int index = range.first; index <= range.last; ++index) {
          const auto it = position.find({site, index});
          if (it == position.end())
            throw usage_error("no neuron {}:{}; the site has {} neurons, numbered from 0", axis.sites[s].site,
                              index, axis.sites[s].width);
          chosen.insert(it->second);
        }
    }
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace neurox
