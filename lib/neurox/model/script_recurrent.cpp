#include "neurox/model/script_recurrent.h"

#include <fmt/format.h>

namespace neurox::model {

using torch::Tensor;

bool RecurrentCall::is_known() const {
  return input.dim() == 3 &&
         static_cast<std::int64_t>(parameters.size()) == layers * directions() * (biases ? 4 : 2);
}

std::string RecurrentCall::site(std::int64_t layer, bool backwards, std::size_t site) const {
  return fmt::format("{}.{}{}{}", path, layers > 1 ? fmt::format("{}.", layer) : "",
                     backwards ? "reverse." : "", cell_sites(kind)[site]);
}

Tensor RecurrentCall::from_rows(const Tensor& rows) const {
  const std::int64_t sentences = input.size(words_second ? 0 : 1), words = input.size(words_second ? 1 : 0);
  const Tensor x = rows.reshape({sentences, words, rows.size(1)});
  return words_second ? x : x.transpose(0, 1);
}

Tensor RecurrentCall::to_rows(const Tensor& x) const {
  return (words_second ? x : x.transpose(0, 1)).reshape({-1, x.size(2)});
}

std::vector<Tensor> RecurrentCall::by_torch() const {
  if (kind == CellKind::Lstm) {
    auto [out, h, c] =
        at::lstm(input, states, parameters, biases, layers, 0, false, bidirectional, words_second);
    return {out, h, c};
  }
  auto [out, h] =
      at::gru(input, states[0], parameters, biases, layers, 0, false, bidirectional, words_second);
  return {out, h};
}

std::vector<Tensor> RecurrentCall::by_steps(const Listeners& listeners) const {
  const std::int64_t sentences = input.size(words_second ? 0 : 1), words = input.size(words_second ? 1 : 0);
  const std::vector<std::int64_t> lengths(static_cast<std::size_t>(sentences), words);
  Tensor x = to_rows(input);
  std::vector<Tensor> last_h, last_c;
  std::size_t next = 0;
  const auto parameter = [&](bool there) { return there ? parameters[next++] : Tensor(); };
  for (std::int64_t l = 0; l < layers; ++l) {
    std::vector<Tensor> outs;
    for (std::int64_t d = 0; d < directions(); ++d) {
      const Tensor w = parameter(true), u = parameter(true), b = parameter(biases), e = parameter(biases);
      const auto state = [&](std::size_t which) { return states[which][l * directions() + d]; };
      const CellState before{state(0), kind == CellKind::Lstm ? state(1) : Tensor()};
      const auto listener = listeners(l, d == 1);
      const CellRun run = run_cell(RecurrentCell::of(kind, w, u, b, e), x,
                                   PackedOrder(lengths, d == 1, input.device()), before, listener.get());
      outs.push_back(run.out);
      last_h.push_back(run.last.h);
      last_c.push_back(run.last.c);
    }
    x = outs.size() == 1 ? outs[0] : at::cat(outs, 1);
  }
  std::vector<Tensor> out{from_rows(x), at::stack(last_h)};
  if (kind == CellKind::Lstm) out.push_back(at::stack(last_c));
  return out;
}

}  // namespace neurox::model
