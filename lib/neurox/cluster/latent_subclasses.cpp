#include "neurox/cluster/latent_subclasses.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {
namespace {

constexpr Index kSubclassBand = 1024;  // rows
constexpr double kLeastProbability = 1e-12;

/// Adam's state of one array.
class Adam {
 public:
  Adam(Index rows, Index columns) : m_(MatrixD::Zero(rows, columns)), v_(MatrixD::Zero(rows, columns)) {}
  void step(MatrixD& weights, const MatrixD& gradient, double rate, int t) {
    m_ = 0.9 * m_ + 0.1 * gradient;
    v_ = 0.999 * v_ + 0.001 * gradient.cwiseAbs2();
    const double of_m = 1 - std::pow(0.9, t), of_v = 1 - std::pow(0.999, t);
    weights.array() -= rate * (m_.array() / of_m) / ((v_.array() / of_v).sqrt() + 1e-8);
  }

 private:
  MatrixD m_, v_;
};

/// What the model says of every row.
struct Subdivided {
  MatrixD q;         ///< #rows x #subclasses
  VectorD positive;  ///< #rows
};

/// The probe as one matrix, the last column the intercepts.
class SubclassProbe {
 public:
  SubclassProbe(const RowSource& X, std::span<const int> y, const SubclassOptions& options)
      : X_(X), y_(y), options_(options) {
    ColumnStats stats(X.cols());
    for_each_band(X, kSubclassBand, [&](Index, const MatrixFRef& band) { stats.add(band); });
    mean = stats.mean();
    const VectorD low = stats.min(), high = stats.max();
    scale = stats.variance().cwiseSqrt();
    for (Index c = 0; c < scale.size(); ++c)
      if (!(low(c) < high(c) && scale(c) > 0)) scale(c) = 0;
    inverse_ = scale.unaryExpr([](double s) { return s > 0 ? 1 / s : 0.0; }).cast<float>();
    for (const int label : y) positives_ += label > 0 ? 1 : 0;
  }

  Subdivided apply(const MatrixD& V) const {
    const Index k = V.rows(), d = X_.cols();
    Subdivided out{MatrixD(X_.rows(), k), VectorD(X_.rows())};
    const MatrixF W = V.leftCols(d).cast<float>();
    for_each_band(X_, kSubclassBand, [&](Index first, const MatrixFRef& band) {
      MatrixD Z = MatrixF(standardised(band) * W.transpose()).cast<double>();
      Z.rowwise() += V.col(d).transpose();
      for (Index i = 0; i < Z.rows(); ++i) {
        const double most = std::max(0.0, Z.row(i).maxCoeff());
        const Eigen::ArrayXd e = (Z.row(i).array() - most).exp().transpose();
        const double sum = e.sum();
        out.q.row(first + i) = (e / sum).matrix().transpose();
        if (!(sum > 0)) out.q.row(first + i).setConstant(1.0 / static_cast<double>(k));
        out.positive(first + i) = sum / (sum + std::exp(-most));
      }
    });
    return out;
  }

  /// Loss, and its gradient by every row's scores.
  double loss(const Subdivided& at, const MatrixD& V, MatrixD& by_score) const {
    const auto n = static_cast<double>(X_.rows()), p = static_cast<double>(positives_);
    const Index k = V.rows();
    VectorD mean_q = VectorD::Zero(k);
    for (Index i = 0; i < X_.rows(); ++i)
      if (y_[static_cast<std::size_t>(i)] > 0) mean_q += at.q.row(i).transpose() / p;
    const VectorD log_mean = mean_q.cwiseMax(kLeastProbability).array().log();
    by_score.resize(X_.rows(), k);
    double sum = 0.5 * options_.l2 * V.leftCols(X_.cols()).squaredNorm();
    double information = -mean_q.dot(log_mean);
    for (Index i = 0; i < X_.rows(); ++i) {
      const bool is_positive = y_[static_cast<std::size_t>(i)] > 0;
      const double of_label = is_positive ? at.positive(i) : 1 - at.positive(i);
      sum -= std::log(std::max(of_label, kLeastProbability)) / n;
      by_score.row(i) = at.q.row(i) * ((at.positive(i) - (is_positive ? 1.0 : 0.0)) / n);
      if (!is_positive || options_.spread == 0) continue;
      const VectorD log_q = at.q.row(i).transpose().cwiseMax(kLeastProbability).array().log();
      const VectorD gain = (log_q - log_mean) / p;  // of the information by q
      information += at.q.row(i).dot(log_q) / p;
      const double shared = at.q.row(i).dot(gain);
      by_score.row(i) -=
          options_.spread * (at.q.row(i).array() * (gain.transpose().array() - shared)).matrix();
    }
    return sum - options_.spread * information;
  }

  MatrixD gradient(const MatrixD& by_score, const MatrixD& V) const {
    MatrixD out = MatrixD::Zero(V.rows(), V.cols());
    const Index d = X_.cols();
    for_each_band(X_, kSubclassBand, [&](Index first, const MatrixFRef& band) {
      const MatrixF G = by_score.middleRows(first, band.rows()).cast<float>();
      out.leftCols(d) += MatrixF(G.transpose() * standardised(band)).cast<double>();
    });
    out.leftCols(d) += options_.l2 * V.leftCols(d);
    out.col(d) = by_score.colwise().sum().transpose();
    return out;
  }

  VectorD mean, scale;

 private:
  MatrixF standardised(const MatrixFRef& band) const {
    return (band.rowwise() - mean.cast<float>().transpose()) * inverse_.asDiagonal();
  }

  const RowSource& X_;
  std::span<const int> y_;
  const SubclassOptions& options_;
  VectorF inverse_;
  Index positives_ = 0;
};

/// One start: the weights, and the loss at each step.
struct Trained {
  MatrixD V;
  std::vector<double> loss;
};

Trained trained(const SubclassProbe& probe, MatrixD V, const SubclassOptions& options) {
  Trained out{std::move(V), {}};
  Adam adam(out.V.rows(), out.V.cols());
  MatrixD by_score;
  if (options.progress != nullptr) options.progress->stage("subclasses", options.iterations, "steps");
  for (int t = 1; t <= options.iterations; ++t) {
    out.loss.push_back(probe.loss(probe.apply(out.V), out.V, by_score));
    const double left = 0.5 * (1 + std::cos(3.14159265358979 * (t - 1) / options.iterations));
    adam.step(out.V, probe.gradient(by_score, out.V), options.step * left, t);
    if (options.progress != nullptr) options.progress->advance_to(t);
  }
  out.loss.push_back(probe.loss(probe.apply(out.V), out.V, by_score));
  return out;
}

void check_subclasses(const RowSource& X, std::span<const int> y, const SubclassOptions& options) {
  if (options.subclasses < 2)
    throw usage_error("subclasses: {} asked for; give 2 or more", options.subclasses);
  if (static_cast<Index>(y.size()) != X.rows())
    throw input_error("subclasses: {} labels but {} tokens", y.size(), X.rows());
  const auto positives = std::count_if(y.begin(), y.end(), [](int label) { return label > 0; });
  const auto negatives = static_cast<std::ptrdiff_t>(y.size()) - positives;
  if (positives == 0 || negatives == 0)
    throw input_error("subclasses: {} positive and {} negative tokens; both are needed", positives,
                      negatives);
  if (options.subclasses > positives)
    throw input_error("subclasses: {} of {} positive tokens; give fewer (--clusters)", options.subclasses,
                      positives);
}

}  // namespace

LatentSubclasses latent_subclasses(const RowSource& X, std::span<const int> y,
                                   const SubclassOptions& options) {
  check_subclasses(X, y, options);
  const Index k = options.subclasses, d = X.cols();
  const SubclassProbe probe(X, y, options);
  Random random(options.seed);
  const double width = 1 / std::sqrt(static_cast<double>(d));
  Trained best;
  for (int start = 0; start < std::max(1, options.starts); ++start) {
    MatrixD V(k, d + 1);
    for (double& v : V.reshaped()) v = width * (static_cast<double>(random.next() >> 11) * 0x1p-52 - 1);
    V.col(d).setZero();
    Trained found = trained(probe, std::move(V), options);
    if (start == 0 || found.loss.back() < best.loss.back()) best = std::move(found);
  }
  const Subdivided at = probe.apply(best.V);
  LatentSubclasses out;
  out.W = best.V.leftCols(d), out.b = best.V.col(d);
  out.loss = std::move(best.loss);
  out.mean = probe.mean, out.scale = probe.scale;
  out.probability = at.q.cast<float>();
  out.positive = at.positive;
  double right = 0;
  for (Index i = 0; i < X.rows(); ++i)
    right += (at.positive(i) > 0.5) == (y[static_cast<std::size_t>(i)] > 0) ? 1 : 0;
  out.accuracy = right / static_cast<double>(X.rows());
  return out;
}

}  // namespace neurox
