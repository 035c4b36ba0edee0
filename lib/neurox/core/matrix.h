#pragma once

#include <Eigen/Core>

#include <cstdint>

namespace neurox {

using Index = Eigen::Index;

/// Row-major everywhere: one row is one token, as it lies in the files.
using MatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixD = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixFRef = Eigen::Ref<const MatrixF, 0, Eigen::OuterStride<>>;
using MatrixFOut = Eigen::Ref<MatrixF, 0, Eigen::OuterStride<>>;
using VectorF = Eigen::VectorXf;
using VectorD = Eigen::VectorXd;

}  // namespace neurox
