#pragma once

#include "neurox/core/matrix.h"

namespace neurox {

/// Products of a tall matrix with few rows of weights: #classes is small, so a general product spends most of
/// its time packing. These read Z once and pack nothing; AVX-512, AVX2 or plain vectors are chosen at run
/// time. Single-threaded, float32 sums; the order of sums depends on the processor's vector width only.

/// out = Z V', #rows x #classes
/// @param Z  #rows x #neurons
/// @param V  #classes x #neurons
void scores_of(const MatrixFRef& Z, const MatrixFRef& V, MatrixFOut out);

/// out += T' Z, #classes x #neurons
/// @param T  #rows x #classes
/// @param Z  #rows x #neurons
void add_outer_sums(const MatrixFRef& T, const MatrixFRef& Z, MatrixFOut out);

}  // namespace neurox
