#include "neurox/rank/gaussian_f1.h"

#include <cmath>

#include "neurox/rank/score_neurons.h"

namespace neurox {
namespace {

constexpr double kLeastVariance = 1e-6;

/// Tokens of a labelling by class, each with its weight.
struct GroupedTokens {
  std::vector<std::uint32_t> token;
  std::vector<double> weight;
  std::vector<std::size_t> begin;  ///< #classes + 1
};

GroupedTokens group(const ClassTotals& totals) {
  GroupedTokens out;
  const std::vector<int>& y = totals.labelling.y;
  for (std::size_t c = 0; c < totals.count.size(); ++c) {
    out.begin.push_back(out.token.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (y[i] != static_cast<int>(c) || totals.weight(i) <= 0) continue;
      out.token.push_back(static_cast<std::uint32_t>(i));
      out.weight.push_back(totals.weight(i));
    }
  }
  out.begin.push_back(out.token.size());
  return out;
}

/// log n - log var / 2 - (x - mean)^2 / (2 var) as a polynomial in x.
struct LogDensity {
  double a, b, c;
  LogDensity(double n, double mean, double var)
      : a(-0.5 / var), b(mean / var), c(std::log(n) - 0.5 * std::log(var) - 0.5 * mean * mean / var) {}
};

/// Weight of the tokens of [begin, end) on the positive side of the polynomial.
double on_side(const std::vector<double>& x, const std::vector<double>& weight, std::size_t begin,
               std::size_t end, const LogDensity& own, const LogDensity& other) {
  const double a = own.a - other.a, b = own.b - other.b, c = own.c - other.c;
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += (a * x[i] + b) * x[i] + c > 0 ? weight[i] : 0.0;
  return sum;
}

void score_neuron(const NeuronValues& n, const GroupedTokens& tokens) {
  const std::size_t size = tokens.token.size(), K = n.totals.count.size();
  // Around the mean, so that the polynomials keep their digits.
  double centre = 0;
  for (std::size_t i = 0; i < size; ++i)
    centre += tokens.weight[i] * static_cast<double>(n.values[tokens.token[i]]);
  centre /= n.totals.total;
  std::vector<double> x(size);
  for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<double>(n.values[tokens.token[i]]) - centre;

  std::vector<double> sum(K, 0), square(K, 0);
  double all_square = 0;
  for (std::size_t c = 0; c < K; ++c) {
    for (std::size_t i = tokens.begin[c]; i < tokens.begin[c + 1]; ++i) {
      sum[c] += tokens.weight[i] * x[i];
      square[c] += tokens.weight[i] * x[i] * x[i];
    }
    all_square += square[c];
  }
  const double variance = all_square / n.totals.total;
  if (std::sqrt(variance) < 1e-6) return;
  const auto density = [&](double count, double s, double q) {
    const double mean = s / count;
    return LogDensity(count, mean, std::max(q / count - mean * mean, kLeastVariance * variance));
  };
  for (std::size_t c = 0; c < K; ++c) {
    const double n1 = n.totals.count[c], n2 = n.totals.total - n1;
    if (n1 <= 0 || n2 <= 0) continue;
    const LogDensity own = density(n1, sum[c], square[c]),
                     other = density(n2, -sum[c], all_square - square[c]);
    const double right = on_side(x, tokens.weight, tokens.begin[c], tokens.begin[c + 1], own, other);
    const double taken = on_side(x, tokens.weight, 0, size, own, other);
    n.out.scores(n.neuron, static_cast<Index>(c)) = 2 * right / (taken + n1);
  }
}

}  // namespace

std::vector<NeuronScores> score_gaussian_f1(const RankData& data, std::span<const Labelling> labellings,
                                            const RankOptions& options) {
  std::vector<GroupedTokens> grouped;
  for (const ClassTotals& totals : class_totals(data, labellings)) grouped.push_back(group(totals));
  return score_values(data, labellings, options, {}, [&](const NeuronValues& n) {
    score_neuron(n, grouped[static_cast<std::size_t>(&n.totals.labelling - labellings.data())]);
  });
}

}  // namespace neurox
