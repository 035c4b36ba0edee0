#pragma once

#include <cstdint>
#include <string>

#include "neurox/core/matrix.h"
#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

/// How W and H are improved in turn.
enum class NmfSolver {
  CoordinateDescent,  ///< cyclic, one column of W (row of H) after the other: Cichocki & Phan 2009
  Multiplicative,     ///< W <- W * XH' / WHH', H <- H * W'X / W'WH: Lee & Seung 2001
};

/// What they begin with.
enum class NmfStart {
  Nndsvd,  ///< the positive parts of the singular vectors (Boutsidis & Gallopoulos 2008); nothing is drawn
  Random,  ///< absolute values of normal numbers times sqrt(mean of X / components), by the seed
};

struct NmfOptions {
  int components = 10;
  NmfSolver solver = NmfSolver::CoordinateDescent;
  NmfStart start = NmfStart::Nndsvd;
  int iterations = 500;     ///< at most
  double tolerance = 1e-4;  ///< as scikit-learn's; 0: all iterations
  std::uint64_t seed = 0;
  std::int64_t memory_bytes = std::int64_t{1} << 30;
  Progress* progress = nullptr;
};

/// X ~ W H with no negative number in either.
struct Nmf {
  MatrixD W;               ///< #tokens x #components: factors over the text
  MatrixD H;               ///< #components x #neurons: neurons of the factors
  double error = 0;        ///< |max(X, 0) - W H|_F
  double norm = 0;         ///< |max(X, 0)|_F
  double negative = 0;     ///< share of X's squared norm that was below zero
  int iterations = 0;      ///< done
  bool converged = false;  ///< before the iterations were used up
};

/// Non-negative matrix factorisation of activations.
///
///     minimise |max(X, 0) - W H|_F^2  over W, H >= 0
///
/// Negative activations count as 0, as in Ecco. An iteration improves W, then H, in one pass over X. The
/// tolerance is scikit-learn's: by coordinate descent of the projected gradient's absolute sum against that
/// of the first iteration, by multiplication of the error's fall within ten iterations against the first
/// error.
/// @param X  #tokens x #neurons, finite
/// @throws Error{Usage} for fewer than one component; Error{Input} for more components than tokens or
/// neurons,
///         and where no activation is above zero
/// Products with activations are made in float32, as scikit-learn makes them of float32 input.
/// Cost: O(iterations tokens neurons components) time, 16 components (tokens + neurons) bytes and a band.
/// Source: Ecco (Alammar 2021), scikit-learn 1.x `NMF` without regularisation.
Nmf nmf(const RowSource& X, const NmfOptions& options);

/// The same from a start of one's own: W #tokens x #components, H #components x #neurons, none below zero.
/// @throws Error{Usage} when they do not fit each other or X, or hold a negative number
Nmf nmf_from(const RowSource& X, MatrixD W, MatrixD H, const NmfOptions& options);

}  // namespace neurox
