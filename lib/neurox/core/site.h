#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace neurox {

/// The named positions of a Transformer at which activations are observed and edited. Each is defined by an
/// equation (docs/sites.md), not by a place in somebody's source. Order is the order of computation within a
/// block.
enum class SiteKind {
  ResidPre,  ///< what block l receives, #tokens x width
  AttnQ,     ///< query projections, heads concatenated (before rotary positions), #tokens x heads*head_width
  AttnK,     ///< key projections, likewise, #tokens x kv_heads*head_width
  AttnV,     ///< value projections, likewise
  AttnPattern,  ///< attention probabilities, heads x queries x keys of one sentence
  AttnZ,        ///< input of W_O, heads concatenated
  AttnOut,      ///< what attention adds to resid_pre
  ResidMid,     ///< what mlp_out is added to
  MlpPre,       ///< input of the non-linearity (of the gate where the MLP is gated), #tokens x mlp width
  MlpPost,      ///< input of the down projection
  MlpOut,       ///< what the MLP adds to resid_mid
  ResidPost,    ///< what block l returns
  FinalNorm,    ///< the last norm, affine included; block is -1
  Module        ///< what a submodule of a TorchScript file returns; no site of a Transformer, and in no table
};

struct SiteName {
  SiteKind kind;
  std::string_view short_name;  ///< `mlp_post`
  std::string_view suffix;  ///< `mlp.hook_post`, after `blocks.L.`; the whole name where there is no block
  bool per_head;            ///< columns are heads side by side
};

/// The one table of a Transformer's site names, in the order of SiteKind.
std::span<const SiteName> site_names();

/// A position in a model: a kind and its block (from 0; -1 for `ln_final.hook_out`), or a module by its path
/// (`encoder.0.linear`), with its number in the order of execution as block.
struct Site {
  SiteKind kind;
  int block;
  std::string_view path =
      {};  ///< of Module alone; `module_site` keeps it for good, so that a Site is a number to pass on
  friend bool operator==(const Site&, const Site&) = default;
  friend auto operator<=>(const Site& a, const Site& b) {
    // In the order of computation: FinalNorm comes after every block.
    const int x = a.block < 0 ? 1 << 20 : a.block, y = b.block < 0 ? 1 << 20 : b.block;
    if (x != y) return x <=> y;
    return a.kind != b.kind ? static_cast<int>(a.kind) <=> static_cast<int>(b.kind)
                            : a.path.compare(b.path) <=> 0;
  }
};

/// `blocks.3.mlp.hook_post`, or the path of a module
std::string full_name(Site site);

/// A module of a TorchScript file.
Site module_site(std::string_view path, int number);

/// The site of a Transformer that a full name means, nothing if it is none.
std::optional<Site> parse_site(std::string_view name);

}  // namespace neurox
