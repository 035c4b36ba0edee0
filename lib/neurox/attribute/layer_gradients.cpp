#include "neurox/attribute/layer_gradients.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "neurox/attribute/doubles.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/random.h"
#include "neurox/model/network.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

void add(Tensor& sum, const Tensor& more) {
  sum = sum.defined() ? sum + more : more;
}

/// The points at these places of the path from `from` to `to`.
Tensor points_on(const Tensor& from, const Tensor& to, std::span<const double> places) {
  const Tensor alpha = torch::tensor(std::vector<double>(places.begin(), places.end()), torch::kFloat64)
                           .view({-1, 1, 1})
                           .to(from.device());
  return (doubles(from) + alpha * (doubles(to) - doubles(from))).to(from.scalar_type());
}

/// Shows `each` the sweeps over the nodes of a path, a few nodes at a time.
/// @param each  (sweep, number of its first node)
template <class Each>
void sweep_path(const SentenceFunction& f, const Tensor& from, std::span<const double> nodes,
                std::span<const Site> sites, const Each& each) {
  const Tensor to = f.embeddings();
  const auto step = static_cast<std::size_t>(f.points_per_pass());
  for (std::size_t first = 0; first < nodes.size(); first += step) {
    const auto part = nodes.subspan(first, std::min(step, nodes.size() - first));
    each(f.sweep(points_on(from, to, part), sites), first);
  }
}

/// What the last node of the part before left over, joined in front of the next.
class Carried {
 public:
  Tensor join(const Tensor& next) const { return kept_.defined() ? at::cat({kept_, next}) : next; }
  void keep(const Tensor& joined, std::int64_t last) {
    kept_ = last > 0 ? joined.narrow(0, joined.size(0) - last, last) : Tensor();
  }

 private:
  Tensor kept_;
};

/// Sum over the whole pairs of intervals of integral g dy, both taken as parabolas over a pair. Returns how
/// many nodes at the end the next part needs again.
std::int64_t add_simpson(const Tensor& y, const Tensor& g, Tensor& sum) {
  const std::int64_t pairs = (y.size(0) - 1) / 2;
  if (pairs > 0) {
    const auto node = [&](const Tensor& x, std::int64_t first) {
      return x.slice(0, first, first + 2 * pairs - 1, 2);
    };
    const Tensor y0 = node(y, 0), y1 = node(y, 1), y2 = node(y, 2);
    const Tensor rise = y2 - y0, bend = 2 * (2 * y1 - y0 - y2);
    // 6 integral = g0 (-3 y0 + 4 y1 - y2) + 4 g1 (y2 - y0) + g2 (y0 - 4 y1 + 3 y2)
    const Tensor six = node(g, 0) * (rise + bend) + 4 * node(g, 1) * rise + node(g, 2) * (rise - bend);
    add(sum, doubles(six).sum(0) / 6);
  }
  return y.size(0) - 2 * pairs;
}

/// Captum: the gradient at the left of each interval times the change.
std::int64_t add_left(const Tensor& y, const Tensor& g, Tensor& sum) {
  const std::int64_t intervals = y.size(0) - 1;
  if (intervals > 0) add(sum, doubles(g.narrow(0, 0, intervals) * y.diff(1, 0)).sum(0));
  return 1;
}

std::vector<double> evenly(int steps) {
  std::vector<double> nodes;
  for (int i = 0; i <= steps; ++i) nodes.push_back(static_cast<double>(i) / steps);
  return nodes;
}

LayerAttribution attempt_conductance(const SentenceFunction& f, const Tensor& baseline,
                                     std::span<const Site> sites, int steps, bool captum) {
  const std::vector<double> nodes = captum ? quadrature(Rule::GaussLegendre, steps + 1).nodes : evenly(steps);
  LayerAttribution out;
  out.steps = steps;
  out.values.resize(sites.size());
  std::vector<Carried> y(sites.size()), g(sites.size());
  sweep_path(f, baseline, nodes, sites, [&](const SentenceFunction::Sweep& sweep, std::size_t) {
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const Tensor all_y = y[s].join(sweep.activations[s]), all_g = g[s].join(sweep.gradients[s]);
      const std::int64_t last =
          captum ? add_left(all_y, all_g, out.values[s]) : add_simpson(all_y, all_g, out.values[s]);
      y[s].keep(all_y, last);
      g[s].keep(all_g, last);
    }
  });
  return out;
}

/// Of a network's own sites the network is asked.
bool is_cut_of(const model::Model& model, Site site) {
  return site.kind == SiteKind::Module ? model.network()->is_cut(static_cast<std::size_t>(site.block))
                                       : is_cut(site);
}

}  // namespace

bool is_cut(Site site) {
  return site.kind == SiteKind::ResidPre || site.kind == SiteKind::ResidMid ||
         site.kind == SiteKind::ResidPost || site.kind == SiteKind::FinalNorm;
}

LayerAttribution layer_gradient(const SentenceFunction& f, std::span<const Site> sites) {
  auto sweep = f.sweep(f.embeddings().unsqueeze(0), sites);
  LayerAttribution out;
  out.value = sweep.values.item<double>();
  for (const Tensor& g : sweep.gradients) out.values.push_back(doubles(g[0]));
  out.baselines.assign(sites.size(), no_value);
  out.deltas.assign(sites.size(), no_value);
  return out;
}

LayerAttribution activation_x_gradient(const SentenceFunction& f, std::span<const Site> sites) {
  const auto sweep = f.sweep(f.embeddings().unsqueeze(0), sites);
  LayerAttribution out;
  out.value = sweep.values.item<double>();
  for (std::size_t s = 0; s < sites.size(); ++s)
    out.values.push_back(doubles(sweep.activations[s][0]) * doubles(sweep.gradients[s][0]));
  out.baselines.assign(sites.size(), no_value);
  out.deltas.assign(sites.size(), no_value);
  return out;
}

LayerAttribution layer_smooth_grad(const SentenceFunction& f, std::span<const Site> sites,
                                   const NoiseOptions& options) {
  const Tensor x = f.embeddings();
  if (options.samples < 1) throw usage_error("smoothgrad: {} samples; give at least 1", options.samples);
  const auto range = (x.max() - x.min()).item<double>();
  auto generator = at::detail::createCPUGenerator(options.seed);
  std::vector<Tensor> sums(sites.size()), squares(sites.size());
  for (std::int64_t done = 0; done < options.samples;) {
    const std::int64_t count = std::min<std::int64_t>(f.points_per_pass(), options.samples - done);
    const Tensor noise =
        at::randn({count, x.size(0), x.size(1)}, generator, torch::kFloat32) * (options.deviation * range);
    const auto sweep = f.sweep(x + noise.to(x.options()), sites);
    for (std::size_t s = 0; s < sites.size(); ++s) {
      Tensor g = doubles(sweep.gradients[s]);
      if (options.times_input) g = g * sweep.activations[s];
      add(sums[s], g.sum(0));
      add(squares[s], g.square().sum(0));
    }
    done += count;
  }
  LayerAttribution out;
  out.value = f.value(x);
  out.steps = options.samples;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const Tensor mean = sums[s] / options.samples, square = squares[s] / options.samples;
    out.values.push_back(options.join == NoiseOptions::Join::Mean     ? mean
                         : options.join == NoiseOptions::Join::Square ? square
                                                                      : square - mean.square());
  }
  out.baselines.assign(sites.size(), no_value);
  out.deltas.assign(sites.size(), no_value);
  return out;
}

LayerAttribution conductance(const SentenceFunction& f, const Tensor& baseline, std::span<const Site> sites,
                             const ConductanceOptions& options) {
  if (options.steps < 1) throw usage_error("conductance: {} steps; give at least 1", options.steps);
  const double value = f.value(f.embeddings()), at_baseline = f.value(baseline);
  // A unit inside the model sees the sites before it only through what lies between.
  const bool whole = f.target().kind != Target::Kind::Unit;
  std::vector<bool> cuts;
  for (const Site site : sites) cuts.push_back(whole && is_cut_of(f.model(), site));
  for (int steps = options.captum ? options.steps : options.steps + options.steps % 2;; steps *= 2) {
    LayerAttribution out = attempt_conductance(f, baseline, sites, steps, options.captum);
    out.value = value;
    bool met = true;
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const bool promised = cuts[s];
      out.baselines.push_back(at_baseline);
      out.deltas.push_back(promised ? out.values[s].sum().item<double>() - (value - at_baseline) : no_value);
      if (promised && options.tolerance > 0)
        met = met && std::abs(out.deltas.back()) <= options.tolerance * std::abs(value - at_baseline);
    }
    if (met || 2 * steps > options.most_steps) return out;
  }
}

LayerAttribution internal_influence(const SentenceFunction& f, const Tensor& baseline,
                                    std::span<const Site> sites, const PathOptions& options) {
  const Quadrature path = quadrature(options.rule, options.steps);
  LayerAttribution out;
  out.values.resize(sites.size());
  sweep_path(f, baseline, path.nodes, sites, [&](const SentenceFunction::Sweep& sweep, std::size_t first) {
    const std::int64_t n = sweep.values.size(0);
    const auto begin = path.weights.begin() + static_cast<std::ptrdiff_t>(first);
    const Tensor weights = torch::tensor(std::vector<double>(begin, begin + n), torch::kFloat64)
                               .view({-1, 1, 1})
                               .to(sweep.values.device());
    for (std::size_t s = 0; s < sites.size(); ++s)
      add(out.values[s], (weights * doubles(sweep.gradients[s])).sum(0));
  });
  out.value = f.value(f.embeddings());
  out.baselines.assign(sites.size(), f.value(baseline));
  out.deltas.assign(sites.size(), no_value);
  out.steps = options.steps;
  return out;
}

LayerAttribution layer_integrated_gradients(const SentenceFunction& f, const Tensor& baseline,
                                            std::span<const Site> sites, const PathOptions& options) {
  const std::vector<Tensor> at_input = f.activations(f.embeddings(), sites),
                            at_baseline = f.activations(baseline, sites);
  LayerAttribution out;
  out.value = f.value(f.embeddings());
  out.steps = 0;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const Tensor step = doubles(at_input[s]) - doubles(at_baseline[s]);
    const auto without = f.values_at(sites[s], at_baseline[s].unsqueeze(0)).item<double>();
    for (int steps = options.steps;; steps *= 2) {
      const Quadrature path = quadrature(options.rule, steps);
      Tensor gradient;
      const auto most = static_cast<std::size_t>(f.points_per_pass());
      for (std::size_t first = 0; first < path.nodes.size(); first += most) {
        const std::size_t count = std::min(most, path.nodes.size() - first);
        const std::span<const double> nodes(path.nodes.data() + first, count);
        const std::vector<double> weights(path.weights.data() + first, path.weights.data() + first + count);
        const auto part = f.gradients_at(sites[s], points_on(at_baseline[s], at_input[s], nodes));
        add(gradient, (torch::tensor(weights, torch::kFloat64).view({-1, 1, 1}).to(part.inputs.device()) *
                       doubles(part.inputs))
                          .sum(0));
      }
      const Tensor values = step * gradient;
      const double delta = values.sum().item<double>() - (out.value - without);
      const bool met =
          options.tolerance <= 0 || std::abs(delta) <= options.tolerance * std::abs(out.value - without);
      if (!met && 2 * steps <= options.most_steps) continue;
      out.values.push_back(values);
      out.baselines.push_back(without);
      out.deltas.push_back(delta);
      out.steps = std::max(out.steps, steps);
      break;
    }
  }
  return out;
}

LayerAttribution layer_expected_gradients(const SentenceFunction& f, const Tensor& baselines,
                                          std::span<const Site> sites, const ExpectedOptions& options) {
  if (options.samples < 1)
    throw usage_error("expected gradients: {} samples; give at least 1", options.samples);
  const std::vector<Tensor> at_input = f.activations(f.embeddings(), sites);
  std::vector<std::vector<Tensor>> at_baseline;
  for (const Tensor& b : baselines.unbind(0)) at_baseline.push_back(f.activations(b, sites));
  Random random(options.seed);
  std::vector<std::size_t> which;
  std::vector<double> where;
  for (int i = 0; i < options.samples; ++i) {
    which.push_back(random.below(at_baseline.size()));
    where.push_back(static_cast<double>(random.next() >> 11U) * 0x1p-53);
  }
  LayerAttribution out;
  out.value = f.value(f.embeddings());
  out.steps = options.samples;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    Tensor sum;
    double without = 0;
    for (std::size_t first = 0; first < which.size();
         first += static_cast<std::size_t>(f.points_per_pass())) {
      std::vector<Tensor> points, steps;
      for (std::size_t i = first;
           i < std::min(which.size(), first + static_cast<std::size_t>(f.points_per_pass())); ++i) {
        const Tensor& from = at_baseline[which[i]][s];
        steps.push_back(at_input[s] - from);
        points.push_back(from + where[i] * steps.back());
      }
      add(sum,
          (doubles(at::stack(steps)) * doubles(f.gradients_at(sites[s], at::stack(points)).inputs)).sum(0));
    }
    for (const auto& b : at_baseline) without += f.values_at(sites[s], b[s].unsqueeze(0)).item<double>();
    out.values.push_back(sum / options.samples);
    out.baselines.push_back(without / static_cast<double>(at_baseline.size()));
    out.deltas.push_back(out.values.back().sum().item<double>() - (out.value - out.baselines.back()));
  }
  return out;
}

}  // namespace neurox::attribute
