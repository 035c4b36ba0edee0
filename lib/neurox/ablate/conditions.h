#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "neurox/ablate/edits.h"
#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/rank/weight_mass.h"

namespace neurox::ablate {

/// Neurons in order of importance, with what is known of them.
struct RankedNeurons {
  std::string name;  ///< of the ranking, for the table
  NeuronAxis axis;
  NeuronList order;      ///< every neuron of the axis, most important first
  MatrixF class_scores;  ///< #neurons x #classes: shares of weight mass, for amounts `p=...`; may be empty
  std::vector<double> means;                        ///< #neurons, or empty
  std::vector<double> direction;                    ///< of Operation::Add, likewise
  std::map<double, std::vector<double>> quantiles;  ///< of Operation::Quantile, by share
};

/// How many neurons: a count, a share of all, or a share of the weight mass.
struct Amount {
  enum class Kind { Count, Share, Mass } kind = Kind::Count;
  double value = 0;
};

/// `20` (a count), `5%` or `0.05` (a share of all neurons), `p=0.5` (the weight-mass rule).
/// @throws Error{Usage} when it is none of these or out of range
Amount parse_amount(const std::string& text);

/// One set of neurons that is ablated.
struct Condition {
  std::string ranking;  ///< name, or the pattern of a list
  std::string group;    ///< top, bottom, random, list, neuron; none: nothing is ablated
  bool keep = false;    ///< all neurons but these are ablated
  double share = 0;     ///< of the axis: the neurons that the group takes
  std::int64_t count = 0;
  int draw = -1;                      ///< of a random group
  std::vector<std::int64_t> ablated;  ///< positions on the ranking's axis, ascending
  std::size_t source = 0;             ///< which RankedNeurons
  OperationChoice operation;
};

struct ConditionOptions {
  std::vector<Amount> top, bottom;
  int random = 0;  ///< draws for each amount of top (of bottom where there is no top)
  bool keep = false;
  bool match_sites = false;  ///< random draws take as many neurons of each site as the top has
  std::uint64_t seed = 0;
};

/// The sets that one ranking gives: every top amount, every bottom amount, and the random draws of the same
/// sizes.
/// @throws Error{Usage} for more neurons than there are, and for mass without class scores
std::vector<Condition> conditions_of(const RankedNeurons& ranking, std::size_t source,
                                     const ConditionOptions& options);

/// A list of neurons as one condition, or one condition for each of them.
Condition condition_of_list(const RankedNeurons& neurons, std::size_t source, std::vector<std::int64_t> list,
                            bool keep);
std::vector<Condition> conditions_one_by_one(const RankedNeurons& neurons, std::size_t source,
                                             const std::vector<std::int64_t>& list);

/// Every condition under every operation: the conditions of the first one, then those of the next. The first
/// condition, of the intact model, stays one.
std::vector<Condition> under_each(const std::vector<Condition>& conditions,
                                  const std::vector<OperationChoice>& operations);

/// What each condition changes in a model.
/// @throws Error{Usage} when a number of a neuron (mean, quantile, entry of a direction) is wanted and not
/// known
std::vector<std::vector<SiteEdit>> edits_of(const std::vector<Condition>& conditions,
                                            const std::vector<RankedNeurons>& sources);

}  // namespace neurox::ablate
