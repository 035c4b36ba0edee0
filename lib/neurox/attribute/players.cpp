#include "neurox/attribute/players.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

void check(const Players& players, std::int64_t places, const char* what) {
  std::vector<std::size_t> owner(static_cast<std::size_t>(places), players.size());
  for (std::size_t p = 0; p < players.size(); ++p) {
    if (players[p].empty()) throw usage_error("player {}: no {}", p, what);
    for (const std::int64_t place : players[p]) {
      if (place < 0 || place >= places) throw usage_error("player {}: {} {} of {}", p, what, place, places);
      std::size_t& of = owner[static_cast<std::size_t>(place)];
      if (of != players.size()) throw usage_error("{} {}: players {} and {} both own it", what, place, of, p);
      of = p;
    }
  }
}

/// #coalitions x places, true where the owner is absent.
Tensor absent(std::span<const Coalition> coalitions, const Players& players, std::int64_t places) {
  Tensor out = at::zeros({static_cast<std::int64_t>(coalitions.size()), places}, torch::kBool);
  bool* row = out.data_ptr<bool>();
  for (const Coalition& coalition : coalitions) {
    for (std::size_t p = 0; p < players.size(); ++p)
      if (!coalition[p])
        for (const std::int64_t place : players[p]) row[place] = true;
    row += places;
  }
  return out;
}

void append(const Tensor& values, std::vector<double>& to) {
  const Tensor x = values.to(torch::kCPU, torch::kFloat64).contiguous();
  to.insert(to.end(), x.data_ptr<double>(), x.data_ptr<double>() + x.numel());
}

/// As many coalitions at a time as go through the model at a time, so that memory does not grow with their
/// number.
template <class Values>
SetFunction in_parts(const SentenceFunction& f, Values values) {
  const auto most = static_cast<std::size_t>(2 * f.points_per_pass());
  return [most, values = std::move(values)](std::span<const Coalition> coalitions) {
    std::vector<double> out;
    for (; !coalitions.empty(); coalitions = coalitions.subspan(std::min(most, coalitions.size())))
      append(values(coalitions.first(std::min(most, coalitions.size()))), out);
    return out;
  };
}

}  // namespace

SetFunction masked_words(const SentenceFunction& f, const Players& players, std::int64_t mask_id) {
  check(players, f.tokens(), "position");
  const Tensor ids = f.sentence().ids;
  return in_parts(f, [&f, players, ids, mask_id](std::span<const Coalition> coalitions) {
    const Tensor gone = absent(coalitions, players, f.tokens()).to(ids.device());
    return f.values_of_ids(ids.unsqueeze(0).masked_fill(gone, mask_id));
  });
}

SetFunction baseline_words(const SentenceFunction& f, const Players& players, const Tensor& baseline) {
  check(players, f.tokens(), "position");
  const Tensor x = f.embeddings();
  if (baseline.sizes() != x.sizes())
    throw usage_error("baseline: {} numbers for {} tokens x {}", baseline.numel(), x.size(0), x.size(1));
  return in_parts(f, [&f, players, x, b = baseline.to(x.options())](std::span<const Coalition> coalitions) {
    const Tensor gone = absent(coalitions, players, f.tokens()).to(x.device());
    return f.values(at::where(gone.unsqueeze(2), b.unsqueeze(0), x.unsqueeze(0)));
  });
}

SetFunction baseline_neurons(const SentenceFunction& f, Site site, const Players& players,
                             const Tensor& baseline) {
  const Tensor x = f.activations(f.embeddings(), {&site, 1}).front();
  check(players, x.size(1), "neuron");
  const bool fits = baseline.size(-1) == x.size(1) &&
                    (baseline.dim() == 1 || (baseline.dim() == 2 && baseline.size(0) == x.size(0)));
  if (!fits)
    throw usage_error("{}: a baseline of {} numbers for {} neurons at {} positions", full_name(site),
                      baseline.numel(), x.size(1), x.size(0));
  return in_parts(
      f, [&f, site, players, x, b = baseline.to(x.options())](std::span<const Coalition> coalitions) {
        const Tensor gone = absent(coalitions, players, x.size(1)).to(x.device());
        return f.values_at(site, at::where(gone.unsqueeze(1), b, x));
      });
}

}  // namespace neurox::attribute
