#pragma once

#include <string>
#include <vector>

#include "console.h"
#include "neurox/attribute/neuron_groups.h"
#include "neurox/core/matrix.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

/// Effects of groups of neurons over a corpus: a ranking in which every neuron carries its group's effect,
/// with a table of the groups in uns.
class GroupTable {
 public:
  /// @param axis  its neurons are those of the groups
  /// @param by    how the groups were made: `neuron`, `head`, `site`, `block` or a file's name
  GroupTable(NeuronAxis axis, std::vector<attribute::NeuronGroup> groups,
             const attribute::GroupMethod& method, std::string by);

  void add(std::int64_t number, const std::string& text, const std::string& target,
           const attribute::PlayerValues& found);
  io::AnnData anndata() const;
  /// The target of the sentences as they are, in the mean.
  double mean_value() const;
  void show(Console& console, int rows) const;

 private:
  double mean(const VectorD& sums, std::size_t group) const;
  /// Groups by the size of their effect, ties in their own order.
  std::vector<std::size_t> order() const;

  NeuronAxis axis_;
  std::vector<attribute::NeuronGroup> groups_;
  const attribute::GroupMethod& method_;
  std::string by_;
  std::int64_t sentences_ = 0;
  double value_ = 0;  ///< sum over the sentences
  VectorD effect_, magnitude_, squared_error_;
  bool sampled_ = false;
  io::Tree examples_ = io::Tree::object(), by_sentence_ = io::Tree::object();
};

}  // namespace neurox::apps
