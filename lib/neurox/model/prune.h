#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <vector>

namespace neurox::model {

/// What a smaller model does without.
struct Pruning {
  std::vector<std::set<std::int64_t>> mlp_units;  ///< per block: neurons of mlp_post
};

/// Writes a model's folder without some units of its MLPs: their rows of the up (and gate) projection and
/// columns of the down projection are left out, numbers keep the checkpoint's dtype, everything else is
/// copied, and config.json says the new width. What it computes is what the whole model computes with these
/// units at zero, but for the order of sums.
///
/// config.json has one width for all blocks: where a block keeps fewer units than another, it is filled up
/// with units whose weights are all zero.
/// @param source  folder of the model, as Hugging Face writes it
/// @param target  must not be there
/// @throws Error{Usage} for a block or unit that is not there, every unit of every block, families that
/// share one block's weights, and a file (GGUF) in the folder's place; Error{Input} when a file cannot be
/// read or written
void save_pruned(const std::filesystem::path& source, const std::filesystem::path& target,
                 const Pruning& pruning);

}  // namespace neurox::model
