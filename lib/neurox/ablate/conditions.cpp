#include "neurox/ablate/conditions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "neurox/core/error.h"
#include "neurox/rank/choose.h"

namespace neurox::ablate {
namespace {

Index count_of(const Amount& amount, const RankedNeurons& ranking) {
  const auto total = static_cast<Index>(ranking.axis.size());
  switch (amount.kind) {
    case Amount::Kind::Count:
      if (amount.value > static_cast<double>(total))
        throw usage_error("{}: {} neurons asked for but it ranks {}", ranking.name, amount.value, total);
      return static_cast<Index>(amount.value);
    case Amount::Kind::Share:
      return count_of_share(amount.value, total);
    case Amount::Kind::Mass:
      break;
  }
  if (ranking.class_scores.size() == 0)
    throw usage_error("{}: no weight mass; p=... works on rankings of probe weights", ranking.name);
  return static_cast<Index>(top_by_mass(ranking.class_scores.transpose(), amount.value).together.size());
}

Condition condition(const RankedNeurons& ranking, std::size_t source, NeuronList taken, bool keep) {
  Condition c;
  c.ranking = ranking.name;
  c.source = source;
  c.keep = keep;
  c.count = static_cast<std::int64_t>(taken.size());
  c.share = static_cast<double>(taken.size()) / static_cast<double>(ranking.axis.size());
  if (keep) taken = complement(taken, static_cast<Index>(ranking.axis.size()));
  c.ablated.assign(taken.begin(), taken.end());
  std::sort(c.ablated.begin(), c.ablated.end());
  return c;
}

/// The numbers of a source's neurons that an operation asks for; none where it asks for none or there are
/// none.
std::span<const double> numbers_for(const OperationChoice& choice, const RankedNeurons& source) {
  if (choice.operation == Operation::Mean) return source.means;
  if (choice.operation == Operation::Add) return source.direction;
  if (choice.operation != Operation::Quantile) return {};
  const auto it = source.quantiles.find(choice.value);
  return it == source.quantiles.end() ? std::span<const double>() : std::span<const double>(it->second);
}

std::string_view number_name(Operation operation) {
  return operation == Operation::Mean ? "mean" : operation == Operation::Add ? "direction" : "quantile";
}

}  // namespace

Amount parse_amount(const std::string& text) {
  std::string_view number = text;
  Amount amount;
  if (number.starts_with("p=")) {
    amount.kind = Amount::Kind::Mass;
    number.remove_prefix(2);
  } else if (number.ends_with('%')) {
    amount.kind = Amount::Kind::Share;
    number.remove_suffix(1);
  } else if (number.find('.') != std::string_view::npos) {
    amount.kind = Amount::Kind::Share;
  }
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), amount.value);
  const bool whole = error == std::errc{} && end == number.data() + number.size();
  if (text.ends_with('%')) amount.value /= 100;
  const bool in_range = amount.value > 0 && (amount.kind == Amount::Kind::Count || amount.value <= 1);
  if (!whole || !in_range)
    throw usage_error("'{}' is no amount of neurons; write 20, 5%, 0.05 or p=0.5", text);
  return amount;
}

std::vector<Condition> conditions_of(const RankedNeurons& ranking, std::size_t source,
                                     const ConditionOptions& options) {
  std::vector<Condition> out;
  const auto total = static_cast<Index>(ranking.axis.size());
  std::vector<std::int32_t> site_of;
  for (const Neuron& n : ranking.axis.neurons) site_of.push_back(n.site);
  const auto add = [&](const std::vector<Amount>& amounts, const char* group) {
    for (const Amount& amount : amounts) {
      const Index count = count_of(amount, ranking);
      NeuronList taken = group == std::string("top") ? choose_top(ranking.order, count)
                                                     : choose_bottom(ranking.order, count);
      out.push_back(condition(ranking, source, std::move(taken), options.keep));
      out.back().group = group;
    }
  };
  add(options.top, "top");
  add(options.bottom, "bottom");
  for (const Amount& amount : options.top.empty() ? options.bottom : options.top) {
    const Index count = count_of(amount, ranking);
    for (int draw = 0; draw < options.random; ++draw) {
      const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(draw);
      NeuronList taken = options.match_sites
                             ? choose_random_matched(choose_top(ranking.order, count), site_of, seed)
                             : choose_random(count, total, seed);
      out.push_back(condition(ranking, source, std::move(taken), options.keep));
      out.back().group = "random";
      out.back().draw = draw;
    }
  }
  return out;
}

Condition condition_of_list(const RankedNeurons& neurons, std::size_t source, std::vector<std::int64_t> list,
                            bool keep) {
  Condition c = condition(neurons, source, NeuronList(list.begin(), list.end()), keep);
  c.group = "list";
  return c;
}

std::vector<Condition> conditions_one_by_one(const RankedNeurons& neurons, std::size_t source,
                                             const std::vector<std::int64_t>& list) {
  std::vector<Condition> out;
  for (const std::int64_t n : list) {
    out.push_back(condition(neurons, source, {static_cast<Index>(n)}, false));
    out.back().group = "neuron";
    out.back().ranking = neurons.axis.address(static_cast<std::size_t>(n));
  }
  return out;
}

std::vector<Condition> under_each(const std::vector<Condition>& conditions,
                                  const std::vector<OperationChoice>& operations) {
  std::vector<Condition> out{conditions.front()};
  out.front().operation.text = "none";
  for (const OperationChoice& operation : operations)
    for (std::size_t c = 1; c < conditions.size(); ++c) {
      out.push_back(conditions[c]);
      out.back().operation = operation;
    }
  return out;
}

std::vector<std::vector<SiteEdit>> edits_of(const std::vector<Condition>& conditions,
                                            const std::vector<RankedNeurons>& sources) {
  std::vector<std::vector<SiteEdit>> edits;
  for (const Condition& c : conditions) {
    if (c.ablated.empty()) {
      edits.emplace_back();
      continue;
    }
    const RankedNeurons& source = sources[c.source];
    const std::span<const double> values = numbers_for(c.operation, source);
    if (!values.empty())
      for (const std::int64_t n : c.ablated)
        if (!std::isfinite(values[static_cast<std::size_t>(n)]))
          throw usage_error("ablate: the {} of {} is not known; {}", number_name(c.operation.operation),
                            source.axis.address(static_cast<std::size_t>(n)),
                            c.operation.operation == Operation::Mean ? "extract its site and give --means"
                            : c.operation.operation == Operation::Add
                                ? "--vector has no such neuron"
                                : "extract its site for --quantiles-of");
    edits.push_back(site_edits(source.axis, c.ablated,
                               {.operation = c.operation.operation,
                                .value = static_cast<float>(c.operation.value),
                                .values = values}));
  }
  return edits;
}

}  // namespace neurox::ablate
