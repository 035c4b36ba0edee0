#include <torch/types.h>

#include "neurox/attribute/direct_logit.h"
#include "neurox/attribute/layer_gradients.h"
#include "neurox/attribute/method_settings.h"
#include "neurox/attribute/methods.h"

namespace neurox::attribute {
namespace {

LayerAttribution of_layer(const Example& e, std::span<const Site> sites, const MethodOptions&) {
  return layer_gradient(*e.function, sites);
}
LayerAttribution times_activation(const Example& e, std::span<const Site> sites, const MethodOptions&) {
  return activation_x_gradient(*e.function, sites);
}
template <NoiseOptions::Join join>
LayerAttribution layer_smooth(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return layer_smooth_grad(*e.function, sites, noise_options(o, join));
}
LayerAttribution conducted(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return conductance(*e.function, e.baseline, sites,
                     {.steps = o.steps,
                      .tolerance = o.captum ? 0 : o.tolerance,
                      .most_steps = o.most_steps,
                      .captum = o.captum});
}
LayerAttribution influence(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return internal_influence(*e.function, e.baseline, sites, path_options(o));
}
LayerAttribution line_in_layer(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return layer_integrated_gradients(*e.function, e.baseline, sites, path_options(o));
}
LayerAttribution expected_in_layer(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return layer_expected_gradients(*e.function, at::stack(e.baselines), sites, expected_options(o));
}
LayerAttribution written_to_logit(const Example& e, std::span<const Site> sites, const MethodOptions&) {
  return direct_logit(*e.function, sites);
}

constexpr LayerMethod of_neurons[] = {
    {"conductance", "the flow of the input path through each neuron; one sweep for all sites", conducted},
    {"gradient", "gradient of the target by the activation", of_layer, BaselineUse::None},
    {"activation-x-gradient", "activation times gradient", times_activation, BaselineUse::None},
    {"smoothgrad", "mean gradient under noise at the input", layer_smooth<NoiseOptions::Join::Mean>,
     BaselineUse::None},
    {"vargrad", "variance of the gradient under noise at the input",
     layer_smooth<NoiseOptions::Join::Variance>, BaselineUse::None},
    {"internal-influence", "mean gradient along the input path", influence},
    {"integrated-gradients", "along the straight line in the layer itself", line_in_layer},
    {"expected-gradients", "at random places of that line", expected_in_layer, BaselineUse::All},
    {"direct-logit", "what neurons, heads and blocks write into the target's logit", written_to_logit,
     BaselineUse::None},
};

}  // namespace

std::span<const LayerMethod> layer_methods() {
  return of_neurons;
}

}  // namespace neurox::attribute
