#include "neurox/attribute/method_settings.h"

namespace neurox::attribute {

PathOptions path_options(const MethodOptions& options) {
  return {.rule = options.rule,
          .steps = options.steps,
          .tolerance = options.tolerance,
          .most_steps = options.most_steps};
}

NoiseOptions noise_options(const MethodOptions& options, NoiseOptions::Join join) {
  return {.join = join,
          .times_input = false,
          .deviation = options.noise,
          .samples = options.samples > 0 ? options.samples : 25,
          .seed = options.seed};
}

ExpectedOptions expected_options(const MethodOptions& options) {
  return {.samples = options.samples > 0 ? options.samples : 50, .seed = options.seed};
}

}  // namespace neurox::attribute
