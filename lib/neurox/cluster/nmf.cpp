#include "neurox/cluster/nmf.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "neurox/cluster/directions.h"
#include "neurox/cluster/positive_entries.h"
#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {
namespace {

constexpr Index kFactorBand = 1024, kPieceRows = 128, kPieces = kFactorBand / kPieceRows;  // rows
/// What stands for a denominator of 0, as in scikit-learn.
constexpr double kNmfEpsilon = static_cast<double>(std::numeric_limits<float>::epsilon());

struct Sizes {
  double squares = 0, negative_squares = 0, mean = 0;
};

Sizes sizes_of(const RowSource& X) {
  Sizes out;
  double sum = 0;
  for_each_band(X, kFactorBand, [&](Index, const MatrixFRef& band) {
    const auto values = band.cast<double>().array();
    sum += values.max(0.0).sum();
    out.squares += values.max(0.0).square().sum();
    out.negative_squares += values.min(0.0).square().sum();
  });
  out.mean = sum / (static_cast<double>(X.rows()) * static_cast<double>(X.cols()));
  return out;
}

/// One round over the columns of W (rows are independent of each other), the projected gradient's absolute
/// sum.
/// @param products  #rows x #components, the right-hand sides
/// @param gram      #components x #components
double descend(Eigen::Ref<MatrixD> W, const MatrixD& products, const MatrixD& gram) {
  double violation = 0;
  const Index k = gram.rows();
  Eigen::RowVectorXd gradient(k);
  for (Index i = 0; i < W.rows(); ++i) {
    gradient.noalias() = W.row(i) * gram - products.row(i);
    for (Index t = 0; t < k; ++t) {
      const double before = W(i, t), slope = gradient(t);
      violation += std::abs(before == 0 ? std::min(0.0, slope) : slope);
      if (gram(t, t) == 0) continue;
      const double after = std::max(before - slope / gram(t, t), 0.0);
      if (after == before) continue;
      W(i, t) = after;
      gradient += (after - before) * gram.row(t);
    }
  }
  return violation;
}

void multiply(Eigen::Ref<MatrixD> W, const MatrixD& products, const MatrixD& gram) {
  const MatrixD below = W * gram;
  W.array() *= products.array() / (below.array() == 0.0).select(kNmfEpsilon, below.array());
}

double gauss(Random& random) {
  const double u = (static_cast<double>(random.next() >> 11) + 0.5) * 0x1p-53,
               v = static_cast<double>(random.next() >> 11) * 0x1p-53;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * 3.14159265358979323846 * v);
}

void fill_random(MatrixD& M, double scale, Random& random) {
  for (Index i = 0; i < M.rows(); ++i)
    for (Index j = 0; j < M.cols(); ++j) M(i, j) = scale * std::abs(gauss(random));
}

/// Column t of W and row t of H from singular vectors u, v: their positive or their negative parts, whichever
/// is more.
void nndsvd_component(Index t, double singular, const VectorD& u, const VectorD& v, MatrixD& W, MatrixD& H) {
  const VectorD up = u.cwiseMax(0.0), un = (-u).cwiseMax(0.0), vp = v.cwiseMax(0.0), vn = (-v).cwiseMax(0.0);
  const double positive = up.norm() * vp.norm(), negative = un.norm() * vn.norm();
  const bool first = positive > negative;
  const double sigma = first ? positive : negative;
  const VectorD &a = first ? up : un, &b = first ? vp : vn;
  const double scale = std::sqrt(singular * sigma);
  W.col(t) = scale / std::max(a.norm(), kNmfEpsilon) * a;
  H.row(t) = scale / std::max(b.norm(), kNmfEpsilon) * b.transpose();
}

/// Zeros stay zeros when they are multiplied, so the mean takes their place there (NNDSVDa).
void start_from_singular_vectors(const RowSource& X, const NmfOptions& options, double mean, MatrixD& W,
                                 MatrixD& H) {
  DirectionOptions asked;
  asked.count = options.components;
  asked.memory_bytes = options.memory_bytes;
  asked.clip = true;
  asked.progress = options.progress;
  const Directions found = leading_directions(X, asked);
  const MatrixD projected = project(X, found, asked);
  for (Index t = 0; t < H.rows(); ++t) {
    const double singular = projected.col(t).norm();
    const VectorD u = singular > 0 ? VectorD(projected.col(t) / singular) : VectorD::Zero(W.rows());
    if (t == 0) {
      W.col(0) = std::sqrt(singular) * u.cwiseAbs();
      H.row(0) = std::sqrt(singular) * found.vectors.col(0).cwiseAbs().transpose();
    } else {
      nndsvd_component(t, singular, u, found.vectors.col(t), W, H);
    }
  }
  const double fill = options.solver == NmfSolver::Multiplicative ? mean : 0;
  for (MatrixD* M : {&W, &H}) M->array() = (M->array() < 1e-6).select(fill, M->array());
}

void check_components(const RowSource& X, int components) {
  if (components < 1) throw usage_error("nmf: {} components; give one or more", components);
  if (components > std::min(X.rows(), X.cols()))
    throw input_error("nmf: {} components of {} tokens x {} neurons; give {} or fewer (--count)", components,
                      X.rows(), X.cols(), std::min(X.rows(), X.cols()));
}

/// The two products with activations that an iteration needs, in one pass: bands of rows, each in pieces that
/// run side by side and are summed in their order, so that the number of threads changes nothing.
class Products {
 public:
  Products(const RowSource& X, Index components, std::int64_t memory_bytes)
      : X_(X), lanes_((components + kPositiveLanes - 1) / kPositiveLanes * kPositiveLanes) {
    if (X.in_memory() == nullptr) return;
    std::int64_t bytes = 0;
    for_each_band(X, kFactorBand, [&](Index, const MatrixFRef& band) {
      if (bytes > memory_bytes / 2) return;
      kept_.push_back(pieces(band));
      for (const PositiveEntries& piece : kept_.back()) bytes += piece.bytes();
    });
    if (bytes > memory_bytes / 2) kept_.clear();  // made anew in each pass
  }

  /// Calls `improve(piece, first_row, products)` with the rows' X H' for every piece, then adds W'X of what W
  /// has become; `piece` < kPieces never runs twice at a time.
  template <class Improve>
  void pass(const MatrixD& H, const MatrixD& W, MatrixD& cross, const Improve& improve) {
    const Index k = H.rows();
    MatrixF Ht = MatrixF::Zero(H.cols(), lanes_);
    Ht.leftCols(k) = H.transpose().cast<float>();
    std::vector<MatrixD> sums(kPieces, MatrixD::Zero(H.cols(), k));
    for_each_band(X_, kFactorBand, [&](Index first, const MatrixFRef& band) {
      std::vector<PositiveEntries> made;
      if (kept_.empty()) made = pieces(band);
      const auto& entries = kept_.empty() ? made : kept_[static_cast<std::size_t>(first / kFactorBand)];
      tbb::parallel_for(std::size_t{0}, entries.size(), [&](std::size_t piece) {
        const PositiveEntries& x = entries[piece];
        const Index from = first + static_cast<Index>(piece) * kPieceRows;
        MatrixF rows(x.rows(), lanes_), summed = MatrixF::Zero(H.cols(), lanes_);
        multiply_positive(x, Ht, rows);
        improve(static_cast<Index>(piece), from, rows.leftCols(k).template cast<double>());
        rows.leftCols(k) = W.middleRows(from, x.rows()).cast<float>();
        add_transposed_positive(x, rows, summed);
        sums[piece] += summed.leftCols(k).template cast<double>();
      });
    });
    cross.setZero();
    for (const MatrixD& sum : sums) cross += sum.transpose();
  }

 private:
  static std::vector<PositiveEntries> pieces(const MatrixFRef& band) {
    std::vector<PositiveEntries> out;
    for (Index from = 0; from < band.rows(); from += kPieceRows)
      out.emplace_back(band.middleRows(from, std::min(kPieceRows, band.rows() - from)));
    return out;
  }

  const RowSource& X_;
  Index lanes_;
  std::vector<std::vector<PositiveEntries>> kept_;  ///< per band, where memory has room
};

Nmf improve(const RowSource& X, const Sizes& sizes, MatrixD W, MatrixD H, const NmfOptions& options) {
  Progress silent;
  Progress& progress = options.progress != nullptr ? *options.progress : silent;
  const bool descent = options.solver == NmfSolver::CoordinateDescent;
  const Index k = H.rows();
  Nmf out{std::move(W), std::move(H), 0, std::sqrt(sizes.squares), 0, 0, false};
  const double all = sizes.squares + sizes.negative_squares;
  out.negative = all > 0 ? sizes.negative_squares / all : 0;
  MatrixD cross(k, X.cols()), W_gram(k, k);
  Products of_activations(X, k, options.memory_bytes);
  // W'X and W'W of W as it is; with `step`, of W after its own improvement by H.
  const auto pass = [&](bool step) {
    const MatrixD H_gram = out.H * out.H.transpose();
    std::vector<double> violations(kPieces, 0.0);
    std::vector<MatrixD> grams(kPieces, MatrixD::Zero(k, k));
    of_activations.pass(out.H, out.W, cross, [&](Index piece, Index first, const MatrixD& products) {
      auto rows = out.W.middleRows(first, products.rows());
      const auto at = static_cast<std::size_t>(piece);
      if (step && descent) violations[at] += descend(rows, products, H_gram);
      if (step && !descent) multiply(rows, products, H_gram);
      grams[at].noalias() += rows.transpose().lazyProduct(rows);
    });
    W_gram.setZero();
    for (const MatrixD& gram : grams) W_gram += gram;
    return std::accumulate(violations.begin(), violations.end(), 0.0);
  };
  const auto error = [&] {
    const double squares = sizes.squares - 2 * cross.cwiseProduct(out.H).sum() +
                           W_gram.cwiseProduct(out.H * out.H.transpose()).sum();
    return std::sqrt(std::max(squares, 0.0));
  };
  pass(false);
  const double error_at_start = error();
  double before = error_at_start, first_violation = 0;
  progress.stage("nmf", options.iterations, "iterations");
  while (out.iterations < options.iterations && !out.converged) {
    double violation = pass(true);
    ++out.iterations;
    MatrixD Ht = out.H.transpose();
    const MatrixD crossed = cross.transpose();
    if (descent)
      violation += descend(Ht, crossed, W_gram);
    else
      multiply(Ht, crossed, W_gram);
    out.H = Ht.transpose();
    if (out.iterations == 1) first_violation = violation;
    if (descent) {
      out.converged =
          first_violation == 0 || (options.tolerance > 0 && violation <= options.tolerance * first_violation);
    } else if (options.tolerance > 0 && out.iterations % 10 == 0) {
      const double now = error();
      out.converged = before - now < options.tolerance * error_at_start;
      before = now;
    }
    progress.advance_to(out.iterations);
  }
  out.error = error();
  return out;
}

}  // namespace

Nmf nmf_from(const RowSource& X, MatrixD W, MatrixD H, const NmfOptions& options) {
  if (W.rows() != X.rows() || H.cols() != X.cols() || W.cols() != H.rows())
    throw usage_error("nmf: a start of {} x {} and {} x {} does not fit {} tokens x {} neurons", W.rows(),
                      W.cols(), H.rows(), H.cols(), X.rows(), X.cols());
  check_components(X, static_cast<int>(H.rows()));
  if ((W.array() < 0).any() || (H.array() < 0).any())
    throw usage_error("nmf: a start holds negative numbers; give numbers of 0 and above");
  return improve(X, sizes_of(X), std::move(W), std::move(H), options);
}

Nmf nmf(const RowSource& X, const NmfOptions& options) {
  check_components(X, options.components);
  const Sizes sizes = sizes_of(X);
  if (!(sizes.squares > 0)) throw input_error("nmf: no activation is above 0, and negative ones count as 0");
  MatrixD W(X.rows(), options.components), H(options.components, X.cols());
  if (options.start == NmfStart::Random) {
    Random random(options.seed);
    const double scale = std::sqrt(sizes.mean / options.components);
    fill_random(H, scale, random);
    fill_random(W, scale, random);
  } else {
    start_from_singular_vectors(X, options, sizes.mean, W, H);
  }
  return improve(X, sizes, std::move(W), std::move(H), options);
}

}  // namespace neurox
