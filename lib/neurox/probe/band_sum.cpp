#include "neurox/probe/band_sum.h"

#include <tbb/parallel_for.h>

#include <vector>

// MKL's thread-local count of threads, where the BLAS is MKL.
extern "C" int MKL_Set_Num_Threads_Local(int) __attribute__((weak));

namespace neurox {
namespace {

/// One BLAS thread for the calling thread while it lives: the tasks themselves are the parallelism.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas() {
    if (MKL_Set_Num_Threads_Local != nullptr) before_ = MKL_Set_Num_Threads_Local(1);
  }
  ~SingleThreadedBlas() {
    if (MKL_Set_Num_Threads_Local != nullptr) MKL_Set_Num_Threads_Local(before_);
  }
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;

 private:
  int before_ = 0;
};

}  // namespace

void add_bands(const MatrixFRef& Z_group, MatrixD& sum,
               const std::function<void(Index, const MatrixFRef&, MatrixF&)>& f) {
  const Index bands = (Z_group.rows() + StandardRows::kBand - 1) / StandardRows::kBand;
  std::vector<MatrixF> parts(static_cast<std::size_t>(bands));
  tbb::parallel_for(Index{0}, bands, [&](Index band) {
    const SingleThreadedBlas one;
    const Index first = band * StandardRows::kBand;
    MatrixF& part = parts[static_cast<std::size_t>(band)];
    part.resize(sum.rows(), sum.cols());
    f(first, Z_group.middleRows(first, std::min(StandardRows::kBand, Z_group.rows() - first)), part);
  });
  for (const MatrixF& part : parts) sum += part.cast<double>();
}

}  // namespace neurox
