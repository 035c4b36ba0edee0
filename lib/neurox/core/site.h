#pragma once

#include <compare>
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
  AttnPattern,    ///< attention probabilities, heads x queries x keys of one sentence
  AttnZ,          ///< input of W_O, heads concatenated
  AttnOut,        ///< what attention adds to resid_pre
  ResidMid,       ///< what mlp_out (cross_out, where there is one) is added to
  CrossQ,         ///< of a decoder that attends to an encoder: query projections of its own tokens
  CrossK,         ///< key projections of the encoder's result, #source tokens x heads*head_width
  CrossV,         ///< value projections, likewise
  CrossPattern,   ///< attention probabilities, heads x queries x source tokens of one sentence
  CrossZ,         ///< input of cross attention's W_O
  CrossOut,       ///< what cross attention adds to resid_mid
  ResidMidCross,  ///< what mlp_out is added to behind cross attention
  MlpPre,         ///< input of the non-linearity (of the gate where the MLP is gated), #tokens x mlp width
  MlpPost,        ///< input of the down projection
  MlpOut,         ///< what the MLP adds to resid_mid
  ResidPost,      ///< what block l returns
  FinalNorm,      ///< the last norm, affine included; block is -1
  Module  ///< what a submodule of a TorchScript file returns; no site of a Transformer, and in no table
};

/// Whether a kind belongs to cross attention.
constexpr bool is_cross(SiteKind kind) {
  return kind >= SiteKind::CrossQ && kind <= SiteKind::ResidMidCross;
}

/// Which of a model's stacks of blocks a site is in; Only where there is one. Only stands for the decoder
/// where there are two.
enum class Stack { Only, Encoder, Decoder };

struct SiteName {
  SiteKind kind;
  std::string_view short_name;  ///< `mlp_post`
  std::string_view suffix;  ///< `mlp.hook_post`, after `blocks.L.`; the whole name where there is no block
  bool per_head;            ///< columns are heads side by side
};

/// The one table of a Transformer's site names, in the order of SiteKind.
std::span<const SiteName> site_names();

/// A position in a model: a kind and its block (from 0; -1 for `ln_final.hook_out`) in its stack, or a module
/// by its path (`encoder.0.linear`), with its number in the order of execution as block.
struct Site {
  SiteKind kind;
  int block;
  std::string_view path =
      {};  ///< of Module alone; `module_site` keeps it for good, so that a Site is a number to pass on
  Stack stack = Stack::Only;
  friend bool operator==(const Site&, const Site&) = default;
  friend auto operator<=>(const Site& a, const Site& b) {
    // In the order of computation: the encoder first; FinalNorm comes after every block.
    if ((a.stack == Stack::Encoder) != (b.stack == Stack::Encoder))
      return a.stack == Stack::Encoder ? std::strong_ordering::less : std::strong_ordering::greater;
    if (a.stack != b.stack) return a.stack <=> b.stack;
    const int x = a.block < 0 ? 1 << 20 : a.block, y = b.block < 0 ? 1 << 20 : b.block;
    if (x != y) return x <=> y;
    return a.kind != b.kind ? static_cast<int>(a.kind) <=> static_cast<int>(b.kind)
                            : a.path.compare(b.path) <=> 0;
  }
};

/// `blocks.3.mlp.hook_post`, `encoder.blocks.3.mlp.hook_post`, or the path of a module
std::string full_name(Site site);

/// `mlp_post`, `encoder_mlp_post`; empty for a module
std::string short_name(Site site);

/// `encoder.` and `encoder_` (decoder likewise), before full and short names; empty for Only.
std::string_view full_prefix(Stack stack);
std::string_view short_prefix(Stack stack);

/// Whether the rows at a site are the encoder's tokens.
constexpr bool reads_source(Site site) {
  return site.stack == Stack::Encoder || site.kind == SiteKind::CrossK || site.kind == SiteKind::CrossV;
}

/// A module of a TorchScript file.
Site module_site(std::string_view path, int number);

/// The site of a Transformer that a full name means, nothing if it is none.
std::optional<Site> parse_site(std::string_view name);

}  // namespace neurox
