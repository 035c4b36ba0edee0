#include "neurox/model/gguf_blocks.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "neurox/core/float16.h"

namespace neurox::model {
namespace {

unsigned byte_at(const std::byte* p, int i) {
  return static_cast<unsigned>(p[i]);
}
int signed_at(const std::byte* p, int i) {
  return static_cast<std::int8_t>(byte_at(p, i));
}
float half_at(const std::byte* p) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, p, sizeof bits);
  return half_to_float_plain(bits);
}

void f32(const std::byte* p, float* out) {
  std::memcpy(out, p, sizeof *out);
}
void f16(const std::byte* p, float* out) {
  *out = half_at(p);
}
void bf16(const std::byte* p, float* out) {
  *out = std::bit_cast<float>((byte_at(p, 0) | byte_at(p, 1) << 8) << 16);
}

/// 32 numbers of 4 or 5 bits: the low halves of 16 bytes, then the high halves.
template <bool Fifth>
void nibbles(const std::byte* low, std::uint32_t fifth, float scale, float shift, float* out) {
  for (int i = 0; i < 16; ++i) {
    unsigned a = byte_at(low, i) & 15U, b = byte_at(low, i) >> 4;
    if constexpr (Fifth) {
      a |= (fifth >> i & 1U) << 4;
      b |= (fifth >> (i + 16) & 1U) << 4;
    }
    out[i] = static_cast<float>(a) * scale + shift;
    out[i + 16] = static_cast<float>(b) * scale + shift;
  }
}

void q4_0(const std::byte* p, float* out) {
  const float d = half_at(p);
  nibbles<false>(p + 2, 0, d, -8 * d, out);
}
void q4_1(const std::byte* p, float* out) {
  nibbles<false>(p + 4, 0, half_at(p), half_at(p + 2), out);
}
std::uint32_t word_at(const std::byte* p) {
  std::uint32_t out = 0;
  std::memcpy(&out, p, sizeof out);
  return out;
}
void q5_0(const std::byte* p, float* out) {
  const float d = half_at(p);
  nibbles<true>(p + 6, word_at(p + 2), d, -16 * d, out);
}
void q5_1(const std::byte* p, float* out) {
  nibbles<true>(p + 8, word_at(p + 4), half_at(p), half_at(p + 2), out);
}
void q8_0(const std::byte* p, float* out) {
  const float d = half_at(p);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(signed_at(p + 2, i));
}

/// Scale and least value of the eight groups of 32 in a block of 256, six bits each in twelve bytes.
struct Group {
  float scale, least;
};
Group group(const std::byte* scales, int j) {
  unsigned scale = 0, least = 0;
  if (j < 4) {
    scale = byte_at(scales, j) & 63U;
    least = byte_at(scales, j + 4) & 63U;
  } else {
    scale = (byte_at(scales, j + 4) & 15U) | (byte_at(scales, j - 4) >> 6) << 4;
    least = (byte_at(scales, j + 4) >> 4) | (byte_at(scales, j) >> 6) << 4;
  }
  return {static_cast<float>(scale), static_cast<float>(least)};
}

void q4_k(const std::byte* p, float* out) {
  const float d = half_at(p), least = half_at(p + 2);
  for (int j = 0; j < 8; ++j) {
    const Group g = group(p + 4, j);
    const std::byte* q = p + 16 + 32 * (j / 2);
    for (int i = 0; i < 32; ++i) {
      const unsigned nibble = j % 2 == 0 ? byte_at(q, i) & 15U : byte_at(q, i) >> 4;
      out[32 * j + i] = d * g.scale * static_cast<float>(nibble) - least * g.least;
    }
  }
}
void q5_k(const std::byte* p, float* out) {
  const float d = half_at(p), least = half_at(p + 2);
  for (int j = 0; j < 8; ++j) {
    const Group g = group(p + 4, j);
    const std::byte* q = p + 48 + 32 * (j / 2);
    for (int i = 0; i < 32; ++i) {
      const unsigned nibble = j % 2 == 0 ? byte_at(q, i) & 15U : byte_at(q, i) >> 4;
      const unsigned fifth = byte_at(p + 16, i) >> j & 1U;
      out[32 * j + i] = d * g.scale * static_cast<float>(nibble | fifth << 4) - least * g.least;
    }
  }
}
void q6_k(const std::byte* p, float* out) {
  const float d = half_at(p + 208);
  for (int half = 0; half < 2; ++half) {
    const std::byte *low = p + 64 * half, *high = p + 128 + 32 * half, *scales = p + 192 + 8 * half;
    for (int i = 0; i < 32; ++i)
      for (int part = 0; part < 4; ++part) {
        const unsigned byte = byte_at(low, i + 32 * (part % 2));
        const unsigned bits = (part < 2 ? byte & 15U : byte >> 4) | (byte_at(high, i) >> (2 * part) & 3U)
                                                                        << 4;
        const auto scale = static_cast<float>(signed_at(scales, i / 16 + 2 * part));
        out[128 * half + 32 * part + i] = d * scale * static_cast<float>(static_cast<int>(bits) - 32);
      }
  }
}

constexpr GgufType types[] = {
    {"F32", 0, 1, 4, f32},        {"F16", 1, 1, 2, f16},        {"Q4_0", 2, 32, 18, q4_0},
    {"Q4_1", 3, 32, 20, q4_1},    {"Q5_0", 6, 32, 22, q5_0},    {"Q5_1", 7, 32, 24, q5_1},
    {"Q8_0", 8, 32, 34, q8_0},    {"Q4_K", 12, 256, 144, q4_k}, {"Q5_K", 13, 256, 176, q5_k},
    {"Q6_K", 14, 256, 210, q6_k}, {"BF16", 30, 1, 2, bf16}};
constexpr struct {
  std::uint32_t number;
  const char* name;
} others[] = {{9, "Q8_1"},     {10, "Q2_K"},  {11, "Q3_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"},
              {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"},
              {24, "I8"},      {25, "I16"},   {26, "I32"},    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},
              {34, "TQ1_0"},   {35, "TQ2_0"}, {39, "MXFP4"}};

}  // namespace

const GgufType* find_gguf_type(std::uint32_t number) {
  for (const GgufType& type : types)
    if (type.number == number) return &type;
  return nullptr;
}

std::string gguf_type_name(std::uint32_t number) {
  if (const GgufType* type = find_gguf_type(number)) return type->name;
  for (const auto& other : others)
    if (other.number == number) return other.name;
  return fmt::format("type {}", number);
}

std::string gguf_types_known() {
  std::string out;
  for (const GgufType& type : types) out += (out.empty() ? "" : ", ") + std::string(type.name);
  return out;
}

}  // namespace neurox::model
