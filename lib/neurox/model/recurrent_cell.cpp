#include "neurox/model/recurrent_cell.h"

#include <array>
#include <tuple>
#include <utility>

namespace neurox::model {
namespace {

using torch::Tensor;

constexpr std::array<std::string_view, 6> lstm_sites{"hook_i", "hook_f", "hook_g",
                                                     "hook_o", "hook_c", "hook_h"};
constexpr std::array<std::string_view, 4> gru_sites{"hook_r", "hook_z", "hook_n", "hook_h"};

/// One run of a cell over all steps.
class CellPass {
 public:
  /// @param held  by site what takes the place of what is computed, packed; undefined: nothing
  CellPass(const RecurrentCell& cell, const PackedOrder& order, const CellListener* listener,
           const std::vector<Tensor>& held)
      : cell_(cell), order_(order), listener_(listener), held_(held), seen_(held.size()) {
    for (std::size_t s = 0; s < held.size(); ++s) {
      edits_.push_back(listener != nullptr && listener->edits(static_cast<int>(s)));
      kept_.push_back(s + 1 == held.size() ||
                      (listener != nullptr && listener->observes(static_cast<int>(s))));
    }
  }

  /// @param gates  the input side of all tokens, packed
  CellRun run(const Tensor& gates, const CellState& state) {
    Tensor h = first(state.h, gates), c = cell_.kind == CellKind::Lstm ? first(state.c, gates) : Tensor();
    std::vector<Tensor> last_h, last_c;
    for (step_ = 0; step_ < order_.steps(); ++step_) {
      const std::int64_t n = order_.size(step_);
      if (n < h.size(0)) {
        // The shortest sentences stand last.
        last_h.push_back(h.narrow(0, n, h.size(0) - n));
        if (c.defined()) last_c.push_back(c.narrow(0, n, c.size(0) - n));
      }
      h = h.narrow(0, 0, n);
      const Tensor x = order_.at(gates, step_);
      if (cell_.kind == CellKind::Lstm)
        std::tie(h, c) = lstm(x, h, c.narrow(0, 0, n));
      else
        h = gru(x, h);
    }
    last_h.push_back(h);
    if (c.defined()) last_c.push_back(c);
    return {unpacked(held_.size() - 1), {joined(last_h), joined(last_c)}};
  }

  /// What a site held at all tokens, in the order of the sentences.
  Tensor unpacked(std::size_t site) const { return order_.unpack(at::cat(seen_[site])); }

 private:
  Tensor first(const Tensor& given, const Tensor& like) const {
    return given.defined() ? order_.pack_sentences(given)
                           : at::zeros({order_.size(0), cell_.width()}, like.options());
  }

  /// Of sentences that ended one step after the other, the last first.
  Tensor joined(std::vector<Tensor>& parts) const {
    if (parts.empty()) return {};
    return order_.unpack_sentences(at::cat(std::vector<Tensor>(parts.rbegin(), parts.rend())));
  }

  /// Shows what a site holds in this step to who listens.
  Tensor touch(std::size_t site, Tensor x) {
    if (held_[site].defined()) {
      x = order_.at(held_[site], step_);
    } else if (edits_[site]) {
      const Tensor rows = order_.rows_at(step_);
      if (const auto alone = listener_->edited_rows(static_cast<int>(site), x, rows))
        return keep(site, *alone);
      if (!blank_.defined()) blank_ = at::zeros({order_.tokens(), x.size(1)}, x.options());
      x = listener_->edited(static_cast<int>(site), blank_.index_copy(0, rows, x)).index_select(0, rows);
    }
    return keep(site, std::move(x));
  }

  Tensor keep(std::size_t site, Tensor x) {
    if (kept_[site]) seen_[site].push_back(x);
    return x;
  }

  std::pair<Tensor, Tensor> lstm(const Tensor& x, const Tensor& h, const Tensor& c) {
    const std::int64_t width = cell_.width();
    const Tensor gates = x + cell_.hidden(h);
    const Tensor i = touch(0, gates.narrow(1, 0, width).sigmoid());
    const Tensor f = touch(1, gates.narrow(1, width, width).sigmoid());
    const Tensor g = touch(2, gates.narrow(1, 2 * width, width).tanh());
    const Tensor o = touch(3, gates.narrow(1, 3 * width, width).sigmoid());
    Tensor next = touch(4, at::addcmul(f * c, i, g));
    return {touch(5, o * next.tanh()), next};
  }

  Tensor gru(const Tensor& x, const Tensor& h) {
    const std::int64_t width = cell_.width();
    const Tensor back = cell_.hidden(h);
    const Tensor both = x.narrow(1, 0, 2 * width) + back.narrow(1, 0, 2 * width);
    const Tensor r = touch(0, both.narrow(1, 0, width).sigmoid());
    const Tensor z = touch(1, both.narrow(1, width, width).sigmoid());
    const Tensor n =
        touch(2, at::addcmul(x.narrow(1, 2 * width, width), r, back.narrow(1, 2 * width, width)).tanh());
    return touch(3, at::addcmul(n, z, h - n));
  }

  const RecurrentCell& cell_;
  const PackedOrder& order_;
  const CellListener* listener_;
  const std::vector<Tensor>& held_;
  std::vector<bool> edits_, kept_;
  std::vector<std::vector<Tensor>> seen_;
  Tensor blank_;
  std::int64_t step_ = 0;
};

}  // namespace

std::span<const std::string_view> cell_sites(CellKind kind) {
  if (kind == CellKind::Lstm) return lstm_sites;
  return gru_sites;
}

std::int64_t gates_of(CellKind kind) {
  return kind == CellKind::Lstm ? 4 : 3;
}

RecurrentCell RecurrentCell::of(CellKind kind, const Tensor& input, const Tensor& hidden,
                                const Tensor& input_bias, const Tensor& hidden_bias) {
  if (kind == CellKind::Gru || !input_bias.defined() || !hidden_bias.defined())
    return {kind, Linear(input, input_bias), Linear(hidden, hidden_bias)};
  return {kind, Linear(input, input_bias + hidden_bias), Linear(hidden, {})};
}

CellRun run_cell(const RecurrentCell& cell, const Tensor& x, const PackedOrder& order, const CellState& state,
                 const CellListener* listener) {
  const std::size_t sites = cell_sites(cell.kind).size();
  const Tensor gates = order.pack(cell.input(x));
  std::vector<Tensor> held(sites);
  std::size_t next = 0;
  while (true) {
    CellPass pass(cell, order, listener, held);
    CellRun run = pass.run(gates, state);
    bool again = false;
    for (; listener != nullptr && next < sites && !again; ++next) {
      if (!listener->observes(static_cast<int>(next))) continue;
      const Tensor seen = listener->show(static_cast<int>(next), pass.unpacked(next));
      again = at::GradMode::is_enabled() && seen.requires_grad();
      if (again) held[next] = order.pack(seen);
    }
    if (!again) return run;
  }
}

}  // namespace neurox::model
