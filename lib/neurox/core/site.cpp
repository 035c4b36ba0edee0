#include "neurox/core/site.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <functional>
#include <mutex>
#include <set>

namespace neurox {

std::span<const SiteName> site_names() {
  static constexpr std::array<SiteName, 20> names{{
      {SiteKind::ResidPre, "resid_pre", "hook_resid_pre", false},
      {SiteKind::AttnQ, "attn_q", "attn.hook_q", true},
      {SiteKind::AttnK, "attn_k", "attn.hook_k", true},
      {SiteKind::AttnV, "attn_v", "attn.hook_v", true},
      {SiteKind::AttnPattern, "attn_pattern", "attn.hook_pattern", false},
      {SiteKind::AttnZ, "attn_z", "attn.hook_z", true},
      {SiteKind::AttnOut, "attn_out", "hook_attn_out", false},
      {SiteKind::ResidMid, "resid_mid", "hook_resid_mid", false},
      {SiteKind::CrossQ, "cross_q", "cross_attn.hook_q", true},
      {SiteKind::CrossK, "cross_k", "cross_attn.hook_k", true},
      {SiteKind::CrossV, "cross_v", "cross_attn.hook_v", true},
      {SiteKind::CrossPattern, "cross_pattern", "cross_attn.hook_pattern", false},
      {SiteKind::CrossZ, "cross_z", "cross_attn.hook_z", true},
      {SiteKind::CrossOut, "cross_out", "hook_cross_attn_out", false},
      {SiteKind::ResidMidCross, "resid_mid_cross", "hook_resid_mid_cross", false},
      {SiteKind::MlpPre, "mlp_pre", "mlp.hook_pre", false},
      {SiteKind::MlpPost, "mlp_post", "mlp.hook_post", false},
      {SiteKind::MlpOut, "mlp_out", "hook_mlp_out", false},
      {SiteKind::ResidPost, "resid_post", "hook_resid_post", false},
      {SiteKind::FinalNorm, "final_norm", "ln_final.hook_out", false},
  }};
  return names;
}

std::string full_name(Site site) {
  if (site.kind == SiteKind::Module) return std::string(site.path);
  const SiteName& name = site_names()[static_cast<std::size_t>(site.kind)];
  const std::string_view stack = full_prefix(site.stack);
  return site.block < 0 ? fmt::format("{}{}", stack, name.suffix)
                        : fmt::format("{}blocks.{}.{}", stack, site.block, name.suffix);
}

std::string short_name(Site site) {
  if (site.kind == SiteKind::Module) return {};
  return fmt::format("{}{}", short_prefix(site.stack),
                     site_names()[static_cast<std::size_t>(site.kind)].short_name);
}

std::string_view full_prefix(Stack stack) {
  return stack == Stack::Encoder ? "encoder." : stack == Stack::Decoder ? "decoder." : "";
}

std::string_view short_prefix(Stack stack) {
  return stack == Stack::Encoder ? "encoder_" : stack == Stack::Decoder ? "decoder_" : "";
}

Site module_site(std::string_view path, int number) {
  // Every path once, at an address that stays: as many as the modules that the program has met.
  static std::mutex mutex;
  static std::set<std::string, std::less<>> paths;
  const std::lock_guard lock(mutex);
  auto it = paths.find(path);
  if (it == paths.end()) it = paths.emplace(path).first;
  return {SiteKind::Module, number, *it};
}

std::optional<Site> parse_site(std::string_view name) {
  constexpr std::string_view prefix = "blocks.";
  Stack stack = Stack::Only;
  for (const Stack named : {Stack::Encoder, Stack::Decoder})
    if (name.starts_with(full_prefix(named))) {
      stack = named;
      name.remove_prefix(full_prefix(named).size());
      break;
    }
  int block = -1;
  if (name.starts_with(prefix)) {
    name.remove_prefix(prefix.size());
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), block);
    if (error != std::errc{} || block < 0 || end == name.data() + name.size() || *end != '.')
      return std::nullopt;
    name.remove_prefix(static_cast<std::size_t>(end - name.data()) + 1);
  }
  for (const SiteName& candidate : site_names())
    if (candidate.suffix == name && (block < 0) == (candidate.kind == SiteKind::FinalNorm))
      return Site{candidate.kind, block, {}, stack};
  return std::nullopt;
}

}  // namespace neurox
