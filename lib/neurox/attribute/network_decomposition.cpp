#include "neurox/attribute/network_decomposition.h"

#include <vector>

#include "neurox/model/recurrent_network.h"
#include "neurox/model/text_cnn.h"

namespace neurox::attribute {
namespace {

using model::CellKind;
using torch::Tensor;
using Pooling = model::NetworkConfig::Pooling;

Tensor size_of(const Tensor& x) {
  return x.abs();
}

template <class Make>
Split both(const Make& make, const Split& x) {
  return {make(x.part), make(x.whole)};
}

Split joined(const std::vector<Split>& parts, std::int64_t axis) {
  std::vector<Tensor> part, whole;
  for (const Split& x : parts) {
    part.push_back(x.part);
    whole.push_back(x.whole);
  }
  return {at::cat(part, axis), at::cat(whole, axis)};
}

/// A gate's share of the part and of the bias alone.
struct Gate {
  Tensor part, bias, whole;
};
Gate split_gate(const Split& x, const Tensor& bias, Tensor (*a)(const Tensor&)) {
  const Tensor of_bias = a(bias), whole = a(x.whole + bias);
  return {0.5 * (a(x.part + bias) - of_bias + whole - a(x.rest() + bias)), of_bias, whole};
}

Tensor sigmoid_of(const Tensor& x) {
  return x.sigmoid();
}

/// One direction of one layer over a text.
class SplitCell {
 public:
  /// @param there  #parts x #tokens x 1, 1 at the part's own words
  SplitCell(const model::RecurrentCell& cell, SplitRules rules, const Tensor& there)
      : cell_(cell), rules_(rules), there_(there) {}

  Split run(const Split& x, bool backwards) {
    const Split input = both([&](const Tensor& y) { return at::linear(y, cell_.input.weight); }, x);
    const std::int64_t words = x.whole.size(1);
    const auto zeros = [&](const Tensor& like) {
      return at::zeros({like.size(0), cell_.width()}, like.options());
    };
    Split h = both(zeros, x), c = both(zeros, x);
    std::vector<Split> out(static_cast<std::size_t>(words));
    for (std::int64_t step = 0; step < words; ++step) {
      const std::int64_t t = backwards ? words - 1 - step : step;
      const Split in = both([&](const Tensor& y) { return y.select(1, t); }, input);
      const Split back = both([&](const Tensor& y) { return at::linear(y, cell_.hidden.weight); }, h);
      if (cell_.kind == CellKind::Gru) {
        h = gru(in, back, h);
      } else {
        const Split gates{in.part + back.part, in.whole + back.whole};
        c = lstm_cell(gates, c, there_.select(1, t));
        const Tensor open = (gate(gates, 3).whole + bias(3)).sigmoid();
        h = both([&](const Tensor& y) { return open * y; },
                 split_activation(model::find_activation("tanh"), c, rules_));
      }
      out[static_cast<std::size_t>(t)] = both([](const Tensor& y) { return y.unsqueeze(1); }, h);
    }
    return joined(out, 1);
  }

 private:
  Tensor columns(const Tensor& x, std::int64_t number) const {
    return x.narrow(-1, number * cell_.width(), cell_.width());
  }
  Split gate(const Split& x, std::int64_t number) const {
    return both([&](const Tensor& y) { return columns(y, number); }, x);
  }
  /// Of the input side.
  Tensor bias(std::int64_t number) const {
    return cell_.input.bias.defined() ? columns(cell_.input.bias, number)
                                      : at::zeros({cell_.width()}, cell_.input.weight.options());
  }

  Split lstm_cell(const Split& gates, const Split& c, const Tensor& there) const {
    if (rules_.activation == SplitRules::Activation::Ratio) {
      const Tensor i = (gate(gates, 0).whole + bias(0)).sigmoid(),
                   f = (gate(gates, 1).whole + bias(1)).sigmoid();
      const Split raw = gate(gates, 2);
      const Split g = split_activation(model::find_activation("tanh"),
                                       split_bias(raw.part, raw.whole, bias(2), rules_), rules_);
      return {f * c.part + i * g.part, f * c.whole + i * g.whole};
    }
    const Gate i = split_gate(gate(gates, 0), bias(0), sigmoid_of);
    const Gate f = split_gate(gate(gates, 1), bias(1), sigmoid_of);
    const Gate g = split_gate(gate(gates, 2), bias(2), model::find_activation("tanh"));
    const Tensor part =
        i.part * (g.part + g.bias) + i.bias * g.part + there * (i.bias * g.bias) + (f.part + f.bias) * c.part;
    return {part, f.whole * c.whole + i.whole * g.whole};
  }

  Split gru(const Split& in, const Split& back, const Split& h) const {
    const auto hidden_bias = [&](std::int64_t number) {
      return cell_.hidden.bias.defined() ? columns(cell_.hidden.bias, number)
                                         : at::zeros({cell_.width()}, cell_.hidden.weight.options());
    };
    const auto open = [&](std::int64_t number) {
      return (gate(in, number).whole + bias(number) + gate(back, number).whole + hidden_bias(number))
          .sigmoid();
    };
    const Tensor r = open(0), z = open(1);
    const auto raw = [&](const Tensor& x, const Tensor& y) { return columns(x, 2) + r * columns(y, 2); };
    const Split n = split_activation(
        model::find_activation("tanh"),
        split_bias(raw(in.part, back.part), raw(in.whole, back.whole), bias(2) + r * hidden_bias(2), rules_),
        rules_);
    return {(1 - z) * n.part + z * h.part, (1 - z) * n.whole + z * h.whole};
  }

  const model::RecurrentCell& cell_;
  SplitRules rules_;
  Tensor there_;
};

/// Over the words of a text.
Split pooled(const Split& x, Pooling pooling) {
  if (pooling == Pooling::Mean) return both([](const Tensor& y) { return y.mean(1); }, x);
  const Tensor where = x.whole.argmax(1, true);  // the first of equals, as max has it
  return both(
      [&](const Tensor& y) {
        return y.gather(1, where.expand({y.size(0), 1, y.size(2)})).squeeze(1);
      },
      x);
}

Split split_recurrent(const model::RecurrentNetwork& network, const Split& words, SplitRules rules) {
  const Tensor there = (words.part != 0).any(-1, true).to(words.part.scalar_type()).detach();
  Split x = words;
  std::vector<Split> last;
  for (const auto& layer : network.layers()) {
    std::vector<Split> outs;
    last.clear();
    for (const auto& d : layer) {
      outs.push_back(SplitCell(d.cell, rules, there).run(x, d.backwards));
      const std::int64_t end = d.backwards ? 0 : words.whole.size(1) - 1;
      last.push_back(both([&](const Tensor& y) { return y.select(1, end); }, outs.back()));
    }
    x = joined(outs, -1);
  }
  if (network.task() != model::Network::Task::Text) return x;
  const Pooling pooling = network.config().pooling;
  return pooling == Pooling::Last ? joined(last, -1) : pooled(x, pooling);
}

Split split_cnn(const model::TextCnn& network, const Split& words, SplitRules rules) {
  const model::Activation relu = model::find_activation("relu");
  std::vector<Split> out;
  for (const auto& window : network.windows()) {
    const Split pre = split_bias(model::window_products(window, words.part),
                                 model::window_products(window, words.whole), window.bias, rules);
    out.push_back(pooled(split_activation(relu, pre, rules), network.config().pooling));
  }
  return joined(out, -1);
}

}  // namespace

bool has_split_rules(const model::NativeNetwork& network) {
  return dynamic_cast<const model::RecurrentNetwork*>(&network) != nullptr ||
         dynamic_cast<const model::TextCnn*>(&network) != nullptr;
}

Split split_network(const model::NativeNetwork& network, const model::Batch& sentence, const Split& words,
                    SplitRules rules) {
  std::vector<Split> texts;
  std::int64_t first = 0;
  for (const std::int64_t length : network.text_lengths(sentence)) {
    const Split text = both([&](const Tensor& y) { return y.narrow(1, first, length); }, words);
    first += length;
    if (const auto* recurrent = dynamic_cast<const model::RecurrentNetwork*>(&network))
      texts.push_back(split_recurrent(*recurrent, text, rules));
    else
      texts.push_back(split_cnn(dynamic_cast<const model::TextCnn&>(network), text, rules));
  }
  Split x = texts.front();
  if (texts.size() == 2) {
    const Split &p = texts[0], &h = texts[1];
    x = joined({p, h, split_activation(size_of, {p.part - h.part, p.whole - h.whole}, rules),
                split_gated(model::find_activation("linear"), p, h, rules)},
               -1);
  }
  if (!network.hidden()) return x;
  return split_activation(model::find_activation("relu"), split_linear(network.hidden(), x, rules), rules);
}

}  // namespace neurox::attribute
