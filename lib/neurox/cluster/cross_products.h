#pragma once

#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// Columns that are multiplied together: a panel of a symmetric matrix begins at a multiple of it.
constexpr Index cross_product_strip = 48;

/// out(i, j) += sum over rows of Z(., first + i) Z(., j), for every j up to first + i (beyond that, up to the
/// end of a strip, `out` may hold anything afterwards).
///
/// @param Z      #rows x #columns
/// @param first  column, a multiple of cross_product_strip
/// @param out    #rows of the panel x (first + #rows of the panel or more)
/// Half the work of Z'Z, with kernels for AVX-512, AVX2 and plain vectors, chosen at run time: the BLAS in
/// LibTorch's wheel has no AVX-512 for processors that are not its maker's, and no symmetric product.
/// Each sum runs over 512 rows in float32 before it is added to `out`, in the order of the rows: results do
/// not depend on the number of threads, nor on the kernel where there are fused multiplications.
void add_cross_products(const MatrixFRef& Z, Index first, MatrixFOut out);

/// Some columns of a matrix, each as (x - mean) factor, computed in float64.
struct ScaledColumns {
  std::span<const Index> columns;  ///< ascending
  const VectorD& mean;             ///< of each of these columns
  const VectorD& factor;
};

/// A matrix laid out for the kernels, to be multiplied with many others.
class PackedColumns {
 public:
  PackedColumns() = default;
  /// @param Z  #rows x #columns
  explicit PackedColumns(const MatrixFRef& Z);
  /// Another matrix in the same memory: columns of X, #rows x (at least) #columns.
  void assign(const MatrixFRef& X, const ScaledColumns& of);
  Index rows() const { return rows_; }
  Index columns() const { return columns_; }
  /// Strip `strip` of rows `from`, ... (a multiple of the depth of a sum), row after row.
  const float* strip(Index from, Index strip) const;

 private:
  void resize(Index rows, Index columns);
  float* at(Index from) {
    return values_.data() +
           from * ((columns_ + cross_product_strip - 1) / cross_product_strip) * cross_product_strip;
  }
  Index rows_ = 0, columns_ = 0;
  std::vector<float> values_;
};

/// out += A'B by the same kernels; half the work for a matrix with itself, where `out` is symmetric before.
/// @param A, B  #rows x #columns each
/// @param out   #columns of A x #columns of B
void add_products(const PackedColumns& A, const PackedColumns& B, MatrixFOut out);

}  // namespace neurox
