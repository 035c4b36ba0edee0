#include "neurox/attribute/cascade.h"

#include <fmt/format.h>

#include <utility>

namespace neurox::attribute {

Cascade::Cascade(const model::Model& trained, const model::Model& drawn, model::Model own)
    : trained_(trained), drawn_(drawn), own_(std::move(own)) {}

std::vector<std::string> Cascade::steps() const {
  std::vector<std::string> out{"head"};
  for (int l = trained_.config().blocks; l-- > 0;) out.push_back(fmt::format("block {}", l));
  out.emplace_back("embeddings");
  return out;
}

Example Cascade::after(std::size_t steps, const Example& example, const Baselines& of_drawn,
                       std::int64_t memory_bytes) {
  own_.take_layers(trained_, -1);
  const int blocks = trained_.config().blocks;
  if (steps > 0) own_.take_layers(drawn_, blocks + 1 - static_cast<int>(steps));
  Example out = in_model(example, own_, of_drawn, memory_bytes);
  if (steps < static_cast<std::size_t>(blocks) + 2) {
    out.baselines = example.baselines;
    out.baseline = example.baseline;
  }
  return out;
}

}  // namespace neurox::attribute
