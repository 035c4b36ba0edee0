#include "neurox/model/short_attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numbers>
#include <vector>

#include "neurox/core/simd.h"

namespace neurox::model {
namespace {

constexpr std::int64_t longest_sentence = 512;
constexpr int kQueries = 4;  ///< rows whose scores are computed together

/// One head of one sentence. Rows of q, k, v and out are `stride` floats apart each.
struct Head {
  const float *q, *k, *v;
  float* out;
  std::int64_t q_stride, k_stride, v_stride, out_stride;
  std::int64_t length, width;
  float scale;
  bool causal;
};

/// x becomes e^x for x <= 0, to 2 units in the last place; below -87 as at -87. Cephes' expf.
template <int W>
NEUROX_INLINE void exponentiate(typename Vector<W>::reg& x) {
  using reg = typename Vector<W>::reg;
  using ints = typename Vector<W>::ints;
  constexpr float to_integer = 12582912.0F;  // 1.5 * 2^23: what is added to it loses its fraction
  const reg least = reg{} - 87.0F;
  x = x < least ? least : x;
  const reg n = (x * std::numbers::log2e_v<float> + to_integer) - to_integer;
  const reg r =
      (x - n * 0.693359375F) + n * 2.12194440e-4F;  // NOLINT(modernize-use-std-numbers): ln 2 in two parts
  reg p = reg{} + 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = (p * r) * r + r + 1.0F;
  const ints power = (__builtin_convertvector(n, ints) + 127) << 23;
  x = p * reinterpret_cast<reg>(power);
}

/// Scores of kQueries rows against N vectors of keys, from keys that lie width x padded.
template <int W, int N>
NEUROX_INLINE void score_tile(const float* const* queries, const float* keys, std::int64_t width,
                              std::int64_t padded, float* scores) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  reg sums[kQueries][N] = {};
  for (std::int64_t t = 0; t < width; ++t) {
    reg key[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) key[n] = *reinterpret_cast<const loaded*>(keys + t * padded + n * W);
#pragma GCC unroll 4
    for (int r = 0; r < kQueries; ++r)
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sums[r][n] += queries[r][t] * key[n];
  }
#pragma GCC unroll 4
  for (int r = 0; r < kQueries; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) *reinterpret_cast<loaded*>(scores + r * padded + n * W) = sums[r][n];
}

/// exp(score - largest) in place; returns 1 / their sum.
template <int W>
NEUROX_INLINE float soften(float* scores, std::int64_t count) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  for (std::int64_t j = count; j % W != 0; ++j) scores[j] = -1e30F;
  reg largest = *reinterpret_cast<const loaded*>(scores);
  for (std::int64_t j = W; j < count; j += W) {
    const reg s = *reinterpret_cast<const loaded*>(scores + j);
    largest = s > largest ? s : largest;
  }
  float top = largest[0];
  for (int w = 1; w < W; ++w) top = std::max(top, largest[w]);
  reg sums = {};
  for (std::int64_t j = 0; j < count; j += W) {
    reg e = *reinterpret_cast<const loaded*>(scores + j) - top;
    exponentiate<W>(e);
    *reinterpret_cast<loaded*>(scores + j) = e;
    sums += e;
  }
  float sum = 0;
  for (int w = 0; w < W; ++w) sum += sums[w];
  return 1 / sum;
}

/// N vectors of the results of kQueries rows; the first `rows` are written.
template <int W, int N>
NEUROX_INLINE void value_tile(const Head& h, const float* scores, std::int64_t padded, std::int64_t count,
                              const float* inverse, std::int64_t first, std::int64_t rows,
                              std::int64_t column) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  reg sums[kQueries][N] = {};
  for (std::int64_t j = 0; j < count; ++j) {
    reg value[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n)
      value[n] = *reinterpret_cast<const loaded*>(h.v + j * h.v_stride + column + n * W);
#pragma GCC unroll 4
    for (int r = 0; r < kQueries; ++r)
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sums[r][n] += scores[r * padded + j] * value[n];
  }
  for (std::int64_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n)
      *reinterpret_cast<loaded*>(h.out + (first + r) * h.out_stride + column + n * W) =
          sums[r][n] * inverse[r];
}

template <int W>
NEUROX_INLINE void attend_head(const Head& h, std::vector<float>& scratch) {
  const std::int64_t padded = (h.length + W - 1) / W * W;
  scratch.assign(static_cast<std::size_t>((h.width + kQueries) * padded), 0.0F);
  float *keys = scratch.data(), *scores = keys + h.width * padded;
  for (std::int64_t j = 0; j < h.length; ++j)
    for (std::int64_t t = 0; t < h.width; ++t) keys[t * padded + j] = h.k[j * h.k_stride + t] * h.scale;
  for (std::int64_t first = 0; first < h.length; first += kQueries) {
    const std::int64_t rows = std::min<std::int64_t>(kQueries, h.length - first);
    const std::int64_t count = h.causal ? first + rows : h.length;  // keys that the last row sees
    const float* queries[kQueries];
    for (std::int64_t r = 0; r < kQueries; ++r)
      queries[r] = h.q + (first + std::min(r, rows - 1)) * h.q_stride;
    std::int64_t j = 0;
    for (; j + W < count; j += 2 * W) score_tile<W, 2>(queries, keys + j, h.width, padded, scores + j);
    if (j < count) score_tile<W, 1>(queries, keys + j, h.width, padded, scores + j);
    float inverse[kQueries];
    for (std::int64_t r = 0; r < kQueries; ++r) {
      const std::int64_t seen = h.causal ? first + std::min(r, rows - 1) + 1 : h.length;
      inverse[r] = soften<W>(scores + r * padded, seen);
      std::fill(scores + r * padded + seen, scores + r * padded + std::max(seen, count), 0.0F);
    }
    std::int64_t c = 0;
    for (; c + 2 * W <= h.width; c += 2 * W)
      value_tile<W, 2>(h, scores, padded, count, inverse, first, rows, c);
    for (; c + W <= h.width; c += W) value_tile<W, 1>(h, scores, padded, count, inverse, first, rows, c);
    for (; c < h.width; ++c) value_tile<1, 1>(h, scores, padded, count, inverse, first, rows, c);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void attend_512(const Head& head, std::vector<float>& scratch) {
  attend_head<16>(head, scratch);
}
__attribute__((target("avx2,fma"))) void attend_256(const Head& head, std::vector<float>& scratch) {
  attend_head<8>(head, scratch);
}
#endif
void attend_128(const Head& head, std::vector<float>& scratch) {
  attend_head<4>(head, scratch);
}

using Kernel = void (*)(const Head&, std::vector<float>&);

Kernel kernel_of_machine() {
#if defined(__x86_64__)
  if (vector_unit() == VectorUnit::Avx512) return attend_512;
  if (vector_unit() == VectorUnit::Avx2) return attend_256;
#endif
  return attend_128;
}

torch::Tensor in_rows(const torch::Tensor& x) {
  return x.stride(1) == 1 ? x : x.contiguous();
}

}  // namespace

bool suits_short_attention(const torch::Tensor& q, std::int64_t longest) {
  return q.device().is_cpu() && q.scalar_type() == torch::kFloat32 && longest <= longest_sentence;
}

torch::Tensor attend_short(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                           std::span<const Run> runs, const AttentionSettings& settings) {
  const torch::Tensor queries = in_rows(q), keys = in_rows(k), values = in_rows(v);
  torch::Tensor out = torch::empty({q.size(0), q.size(1)}, q.options());
  std::vector<std::pair<std::int64_t, std::int64_t>> sentences;  // first token, length
  for (const Run& run : runs)
    for (std::int64_t s = 0; s < run.sentences; ++s)
      sentences.emplace_back(run.first_token + s * run.length, run.length);
  const auto count = static_cast<std::int64_t>(sentences.size());
  const std::int64_t width = q.size(1) / settings.heads, sharers = settings.heads / settings.kv_heads;
  const Kernel kernel = kernel_of_machine();
  const auto *q_data = queries.const_data_ptr<float>(), *k_data = keys.const_data_ptr<float>(),
             *v_data = values.const_data_ptr<float>();
  auto* out_data = out.mutable_data_ptr<float>();
  // Head by head, so that threads get long and short sentences alike.
  at::parallel_for(0, settings.heads * count, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t head = i / count, kv_head = head / sharers;
      const auto [first, length] = sentences[static_cast<std::size_t>(i % count)];
      kernel({.q = q_data + first * queries.stride(0) + head * width,
              .k = k_data + first * keys.stride(0) + kv_head * width,
              .v = v_data + first * values.stride(0) + kv_head * width,
              .out = out_data + first * out.stride(0) + head * width,
              .q_stride = queries.stride(0),
              .k_stride = keys.stride(0),
              .v_stride = values.stride(0),
              .out_stride = out.stride(0),
              .length = length,
              .width = width,
              .scale = static_cast<float>(settings.scale),
              .causal = settings.causal},
             scratch);
    }
  });
  return out;
}

}  // namespace neurox::model
