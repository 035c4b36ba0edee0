#include "neurox/model/few_rows.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "neurox/core/simd.h"

namespace neurox::model {
namespace {

constexpr std::int64_t kMostRows = 4;
/// Numbers of W below which a thread of its own costs more than it saves.
constexpr std::int64_t kLeastWork = 32768;

/// Rows `begin` to `end` of W, with all of x.
struct OutputRows {
  const float* x;
  const float* weight;
  const float* bias;  ///< nullptr: none
  float* y;
  std::int64_t inputs, outputs, begin, end;
};

template <int W>
NEUROX_INLINE float summed(typename Vector<W>::reg x) {
  float parts[W];
  *reinterpret_cast<typename Vector<W>::loaded*>(parts) = x;
  for (int half = W / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) parts[i] += parts[i + half];
  return parts[0];
}

/// R rows of x; four chains of sums for each, as an addition takes four cycles.
template <int W, int R>
NEUROX_INLINE void multiply_rows(const OutputRows& job) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  constexpr int kChains = R == 1 ? 4 : 2;
  for (std::int64_t o = job.begin; o < job.end; ++o) {
    const float* w = job.weight + o * job.inputs;
    reg sums[R][kChains] = {};
    std::int64_t i = 0;
    for (; i + kChains * W <= job.inputs; i += kChains * W) {
#pragma GCC unroll 4
      for (int c = 0; c < kChains; ++c) {
        const reg part = *reinterpret_cast<const loaded*>(w + i + c * W);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
          const reg of_row = *reinterpret_cast<const loaded*>(job.x + r * job.inputs + i + c * W);
          sums[r][c] += part * of_row;
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      for (int c = 1; c < kChains; ++c) sums[r][0] += sums[r][c];
      float sum = summed<W>(sums[r][0]);
      for (std::int64_t rest = i; rest < job.inputs; ++rest) sum += w[rest] * job.x[r * job.inputs + rest];
      job.y[r * job.outputs + o] = sum + (job.bias == nullptr ? 0.0F : job.bias[o]);
    }
  }
}

template <int W>
NEUROX_INLINE void multiply(const OutputRows& job, std::int64_t rows) {
  switch (rows) {
    case 1:
      return multiply_rows<W, 1>(job);
    case 2:
      return multiply_rows<W, 2>(job);
    case 3:
      return multiply_rows<W, 3>(job);
    default:
      return multiply_rows<W, 4>(job);
  }
}

using RowsTimesWeight = void (*)(const OutputRows&, std::int64_t);

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void multiply_avx512(const OutputRows& job, std::int64_t rows) {
  multiply<16>(job, rows);
}
__attribute__((target("avx2,fma"))) void multiply_avx2(const OutputRows& job, std::int64_t rows) {
  multiply<8>(job, rows);
}
#endif
void multiply_baseline(const OutputRows& job, std::int64_t rows) {
  multiply<4>(job, rows);
}

RowsTimesWeight rows_kernel() {
#if defined(__x86_64__)
  switch (vector_unit()) {
    case VectorUnit::Avx512:
      return multiply_avx512;
    case VectorUnit::Avx2:
      return multiply_avx2;
    case VectorUnit::Baseline:
      break;
  }
#endif
  return multiply_baseline;
}

}  // namespace

bool suits_few_rows(const torch::Tensor& x, const torch::Tensor& weight) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat32 && weight.device().is_cpu() &&
         weight.scalar_type() == torch::kFloat32 && x.dim() == 2 && x.size(0) >= 1 &&
         x.size(0) <= kMostRows && weight.dim() == 2 && weight.is_contiguous() && weight.numel() > 0 &&
         !(at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad()));
}

torch::Tensor few_rows_linear(const torch::Tensor& x, const torch::Tensor& weight,
                              const torch::Tensor& bias) {
  const torch::Tensor rows = x.contiguous();
  const torch::Tensor b = bias.defined() ? bias.contiguous() : bias;
  torch::Tensor y = at::empty({x.size(0), weight.size(0)}, x.options().requires_grad(false));
  const OutputRows all{rows.const_data_ptr<float>(),
                       weight.const_data_ptr<float>(),
                       b.defined() ? b.const_data_ptr<float>() : nullptr,
                       y.mutable_data_ptr<float>(),
                       weight.size(1),
                       weight.size(0),
                       0,
                       0};
  const RowsTimesWeight kernel = rows_kernel();
  at::parallel_for(0, all.outputs, std::max<std::int64_t>(1, kLeastWork / all.inputs),
                   [&](std::int64_t begin, std::int64_t end) {
                     OutputRows job = all;
                     job.begin = begin, job.end = end;
                     kernel(job, rows.size(0));
                   });
  return y;
}

}  // namespace neurox::model
