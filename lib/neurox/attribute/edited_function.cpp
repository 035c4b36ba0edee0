#include "neurox/attribute/edited_function.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "neurox/ablate/behind_mlp.h"
#include "neurox/ablate/copied_edits.h"
#include "neurox/core/error.h"
#include "neurox/model/one_position.h"
#include "neurox/model/transformer.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// More tokens in a pass make products no faster and the rest slower.
constexpr std::int64_t most_tokens = 2048;

/// The one position of the last block's output that the target reads, if it is one.
std::optional<std::int64_t> one_position(const model::Model& model, const Target& target,
                                         std::int64_t tokens) {
  switch (target.kind) {
    case Target::Kind::Class:
      return model.config().reads_last() ? tokens - 1 : 0;
    case Target::Kind::TokenClass:
      return target.position;
    case Target::Kind::Tokens:
      return target.tokens.size() == 1 ? std::optional(target.position) : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

EditedFunction::EditedFunction(const SentenceFunction& f)
    : f_(f),
      per_pass_(std::clamp<std::int64_t>(most_tokens / f.tokens(), 1,
                                         std::max<std::int64_t>(1, 2 * f.points_per_pass()))) {
  const torch::NoGradGuard no_gradients;
  std::vector<model::Hooks::Guard> guards;
  const auto keep = [&](SiteKind kind, std::vector<Tensor>& to) {
    if (!f.model().starts_at_blocks()) return;
    to.resize(static_cast<std::size_t>(f.model().config().blocks));
    for (int b = 0; b < f.model().config().blocks; ++b)
      guards.push_back(
          f.observe({kind, b}, [&to, b](const Tensor& x) { to[static_cast<std::size_t>(b)] = x; }));
  };
  keep(SiteKind::ResidPre, resid_pre_);
  keep(SiteKind::ResidMid, resid_mid_);
  keep(SiteKind::MlpPost, mlp_post_);
  keep(SiteKind::MlpOut, mlp_out_);
  intact_ = f.value(f.embeddings());
}

EditedFunction::Start EditedFunction::start_of(const Edits& edits) const {
  const int blocks = f_.model().config().blocks;
  const std::optional<Site> stop = f_.target().stop_after();
  if (edits.empty()) return {.unchanged = true};
  if (stop && std::all_of(edits.begin(), edits.end(), [&](const auto& e) { return *stop < e.site; }))
    return {.unchanged = true};
  if (!f_.model().starts_at_blocks()) return {.block = -1};
  Start start{.block = std::min(ablate::first_block(edits, blocks), blocks - 1)};
  start.behind_mlp =
      !(stop && stop->block == start.block) && ablate::begins_behind_mlp(f_.model(), edits, start.block);
  return start;
}

bool EditedFunction::reads_one_position(std::span<const Edits* const> conditions) const {
  const int last = f_.model().config().blocks - 1;
  if (!one_position(f_.model(), f_.target(), f_.tokens()) ||
      !model::suits_last_block_at(f_.model(), f_.tokens()))
    return false;
  return std::all_of(conditions.begin(), conditions.end(), [&](const Edits* edits) {
    return std::all_of(edits->begin(), edits->end(),
                       [&](const auto& e) { return e.site.block >= 0 && e.site.block < last; });
  });
}

model::Batch EditedFunction::copies(std::int64_t n, std::int64_t length) const {
  model::Batch batch;
  batch.lengths.assign(static_cast<std::size_t>(n), length);
  if (length != f_.tokens()) return batch;
  const model::Batch& sentence = f_.sentence();
  if (sentence.ids.defined()) batch.ids = sentence.ids.repeat({n});
  if (sentence.type_ids.defined()) batch.type_ids = sentence.type_ids.repeat({n});
  return batch;
}

Tensor EditedFunction::run(const Start& start, std::span<const Edits* const> conditions) const {
  const auto n = static_cast<std::int64_t>(conditions.size());
  const model::Model& model = f_.model();
  std::vector<model::Hooks::Guard> guards;
  for (auto& [site, edit] : ablate::copied_edits(model, conditions, start.behind_mlp ? start.block : -1))
    guards.push_back(f_.edit(site, std::move(edit)));

  const std::optional<Site> stop = f_.target().stop_after();
  const model::Batch batch = copies(n, f_.tokens());
  if (start.block < 0) {
    const Tensor words = f_.embeddings().repeat({n, 1});
    return target_values(model, model.forward_embeddings(words, batch, stop), batch, {&f_.target(), 1});
  }
  const int last = model.config().blocks - 1;
  const int first = start.behind_mlp ? start.block + 1 : start.block;
  const auto edited = static_cast<std::size_t>(start.block);
  Tensor resid =
      start.behind_mlp
          ? ablate::resid_behind_mlp(model, start.block,
                                     {mlp_post_[edited], resid_mid_[edited] + mlp_out_[edited]}, conditions)
          : resid_pre_[edited].repeat({n, 1});
  if (!reads_one_position(conditions))
    return target_values(model, model.forward_from(first, resid, batch, stop), batch, {&f_.target(), 1});
  if (first < last) resid = model.forward_from(first, resid, batch, Site{SiteKind::ResidPost, last - 1});
  const auto position = *one_position(model, f_.target(), f_.tokens());
  Target there = f_.target();
  there.position = 0;
  return target_values(model, model::last_block_at(model, resid, f_.tokens(), position), copies(n, 1),
                       {&there, 1});
}

std::vector<double> EditedFunction::values(std::span<const Edits> conditions) const {
  const torch::NoGradGuard no_gradients;
  std::vector<double> out(conditions.size(), intact_);
  std::map<Start, std::vector<std::size_t>> by_start;
  for (std::size_t c = 0; c < conditions.size(); ++c) by_start[start_of(conditions[c])].push_back(c);
  for (const auto& [start, members] : by_start) {
    if (start.unchanged) continue;
    for (std::size_t done = 0; done < members.size();) {
      std::vector<const Edits*> part;
      const std::size_t first = done;
      while (done < members.size() && static_cast<std::int64_t>(part.size()) < per_pass_)
        part.push_back(&conditions[members[done++]]);
      const Tensor values = run(start, part).to(torch::kCPU, torch::kFloat64).contiguous();
      for (std::size_t i = first; i < done; ++i) {
        out[members[i]] = values.const_data_ptr<double>()[i - first];
        if (!std::isfinite(out[members[i]]))
          throw numeric_error("attribution: the target is not finite when neurons of {} are replaced",
                              full_name(conditions[members[i]].front().site));
      }
    }
  }
  return out;
}

}  // namespace neurox::attribute
