#include "neurox/attribute/neuron_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {
namespace {

/// `3`, or `encoder 3` where there are two stacks.
std::string block_name(const NeuronAxis& axis, std::size_t i) {
  const std::optional<Site> site = parse_site(axis.site(i));
  const Stack stack = site ? site->stack : Stack::Only;
  return fmt::format("{}{}",
                     stack == Stack::Encoder   ? "encoder "
                     : stack == Stack::Decoder ? "decoder "
                                               : "",
                     axis.block(i));
}

std::string head_name(const NeuronAxis& axis, std::size_t i) {
  const int head = axis.head(i);
  if (head < 0)
    throw usage_error("groups of heads: {} has no heads; choose attn_z, a head's columns there are the head",
                      axis.site(i));
  const auto kind = [&](std::size_t n) {
    return site_of(axis.sites[static_cast<std::size_t>(axis.neurons[n].site)])->kind;
  };
  for (std::size_t n = 0; n < axis.size(); n += 1)
    if (kind(n) != kind(0)) return fmt::format("{}:{}", axis.site(i), head);
  return fmt::format("{}.{}", block_name(axis, i), head);
}

std::optional<std::int64_t> number_of(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

PlayerValues ablation(const EditedFunction& f, const std::vector<Edits>& groups, const MethodOptions&) {
  return group_ablation(f, groups);
}
PlayerValues exact_shapley(const EditedFunction& f, const std::vector<Edits>& groups, const MethodOptions&) {
  Game game(groups.size(), replaced_groups(f, groups));
  return shapley(game);
}
PlayerValues exact_banzhaf(const EditedFunction& f, const std::vector<Edits>& groups, const MethodOptions&) {
  Game game(groups.size(), replaced_groups(f, groups));
  return banzhaf(game);
}
PlayerValues permuted(const EditedFunction& f, const std::vector<Edits>& groups, const MethodOptions& o) {
  Game game(groups.size(), replaced_groups(f, groups));
  return sampled_shapley(game, {.permutations = o.samples > 0 ? o.samples : 25, .seed = o.seed});
}
PlayerValues kernel(const EditedFunction& f, const std::vector<Edits>& groups, const MethodOptions& o) {
  Game game(groups.size(), replaced_groups(f, groups));
  return kernel_shap(game, {.samples = o.samples > 0 ? o.samples : 2048, .seed = o.seed});
}

constexpr GroupMethod table[] = {
    {"ablation", "what the target loses when a group of neurons is replaced", false, ablation},
    {"shapley", "Shapley values of groups, exact, up to 14", true, exact_shapley},
    {"banzhaf", "Banzhaf values of groups, exact, up to 14", false, exact_banzhaf},
    {"sampled-shapley", "Shapley values of groups from random orders", true, permuted},
    {"kernel-shap", "Shapley values of groups by weighted least squares", true, kernel},
};

}  // namespace

std::vector<NeuronGroup> group_neurons(const NeuronAxis& axis, std::string_view by) {
  static constexpr std::string_view known[] = {"neuron", "head", "site", "block"};
  if (std::find(std::begin(known), std::end(known), by) == std::end(known)) {
    const std::vector<std::string> names(std::begin(known), std::end(known));
    throw usage_error("groups '{}': write neuron, head, site, block or a file{}", by,
                      did_you_mean(by, names));
  }
  std::vector<NeuronGroup> groups;
  std::map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    std::string name = by == "neuron" ? axis.address(i) : axis.site(i);
    if (by == "block" && axis.block(i) >= 0) name = fmt::format("block {}", block_name(axis, i));
    if (by == "head") {
      // A head's columns lie side by side: its name is needed once.
      const bool same = i > 0 && axis.neurons[i].site == axis.neurons[i - 1].site &&
                        axis.head(i) == axis.head(i - 1) && axis.head(i) >= 0;
      name = same ? groups.back().name : head_name(axis, i);
    }
    const auto [it, added] = numbers.try_emplace(name, groups.size());
    if (added) groups.push_back({std::move(name), {}});
    groups[it->second].neurons.push_back(static_cast<std::int64_t>(i));
  }
  return groups;
}

std::vector<NeuronGroup> groups_of_labels(const std::vector<std::string>& labels) {
  std::map<std::string, NeuronGroup> by_name;
  bool all_numbers = true;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty() || labels[i] == "-1") continue;
    all_numbers = all_numbers && number_of(labels[i]).has_value();
    by_name[labels[i]].neurons.push_back(static_cast<std::int64_t>(i));
  }
  if (by_name.empty()) throw usage_error("groups: none of the {} neurons is in a group", labels.size());
  std::vector<NeuronGroup> out;
  for (auto& [name, group] : by_name) out.push_back({name, std::move(group.neurons)});
  if (all_numbers)
    std::stable_sort(out.begin(), out.end(), [](const NeuronGroup& a, const NeuronGroup& b) {
      return *number_of(a.name) < *number_of(b.name);
    });
  return out;
}

std::vector<Edits> edits_of_groups(const NeuronAxis& axis, std::span<const NeuronGroup> groups,
                                   std::span<const double> values) {
  std::vector<Edits> out;
  for (const NeuronGroup& group : groups)
    out.push_back(
        ablate::site_edits(axis, group.neurons, {.operation = ablate::Operation::Mean, .values = values}));
  return out;
}

SetFunction replaced_groups(const EditedFunction& f, std::vector<Edits> groups) {
  // Not more conditions at a time than a few passes take: a union of groups is a list of its own.
  return [&f, groups = std::move(groups)](std::span<const Coalition> coalitions) {
    constexpr std::size_t at_a_time = 256;
    std::vector<double> out;
    while (!coalitions.empty()) {
      std::vector<Edits> conditions;
      for (const Coalition& present : coalitions.first(std::min(at_a_time, coalitions.size()))) {
        std::map<Site, ablate::SiteEdit> joined;
        for (std::size_t g = 0; g < groups.size(); ++g) {
          if (present[g]) continue;
          for (const ablate::SiteEdit& edit : groups[g]) {
            ablate::SiteEdit& to =
                joined.try_emplace(edit.site, ablate::SiteEdit{edit.site, {}, {}}).first->second;
            to.neurons.insert(to.neurons.end(), edit.neurons.begin(), edit.neurons.end());
            to.values.insert(to.values.end(), edit.values.begin(), edit.values.end());
          }
        }
        Edits& edits = conditions.emplace_back();
        for (auto& [site, edit] : joined) edits.push_back(std::move(edit));
      }
      const std::vector<double> values = f.values(conditions);
      out.insert(out.end(), values.begin(), values.end());
      coalitions = coalitions.subspan(conditions.size());
    }
    return out;
  };
}

PlayerValues group_ablation(const EditedFunction& f, std::span<const Edits> groups) {
  PlayerValues out{f.values(groups), {}, no_value, f.intact()};
  for (double& value : out.values) value = out.all - value;
  return out;
}

std::span<const GroupMethod> group_methods() {
  return table;
}

}  // namespace neurox::attribute
