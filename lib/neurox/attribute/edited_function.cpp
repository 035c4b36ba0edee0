#include "neurox/attribute/edited_function.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

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
  const bool sums = !f_.model().layers(start.block).mlp_post_norm;
  start.behind_mlp = sums && start.block + 1 < blocks && !(stop && stop->block == start.block) &&
                     std::all_of(edits.begin(), edits.end(), [&](const auto& e) {
                       return e.site.block != start.block || e.site.kind == SiteKind::MlpPost;
                     });
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

/// What the block after `block` receives when neurons of its mlp_post are replaced.
Tensor EditedFunction::behind_mlp(int block, std::span<const Edits* const> conditions) const {
  const model::BlockLayers& layers = f_.model().layers(block);
  const auto b = static_cast<std::size_t>(block);
  const Tensor& post = mlp_post_[b];
  const Tensor intact = resid_mid_[b] + mlp_out_[b];
  Tensor out = intact.repeat({static_cast<std::int64_t>(conditions.size()), 1});
  for (std::size_t c = 0; c < conditions.size(); ++c)
    for (const ablate::SiteEdit& edit : *conditions[c]) {
      if (edit.site.block != block) continue;
      for (const std::int64_t neuron : edit.neurons)
        if (neuron < 0 || neuron >= post.size(1))
          throw usage_error("{}: no neuron {}; it has {}", full_name(edit.site), neuron, post.size(1));
      const Tensor columns = torch::tensor(edit.neurons, torch::kInt64).to(post.device());
      const Tensor change = torch::tensor(edit.values).to(post.options()) - post.index_select(1, columns);
      Tensor rows = out.narrow(0, static_cast<std::int64_t>(c) * post.size(0), post.size(0));
      rows.addmm_(change, layers.mlp_down.weight.index_select(1, columns).t());
    }
  return f_.model().config().architecture->norm_first ? out : layers.mlp_norm(out);
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
  Tensor resid = start.behind_mlp ? behind_mlp(start.block, conditions)
                                  : resid_pre_[static_cast<std::size_t>(first)].repeat({n, 1});
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
