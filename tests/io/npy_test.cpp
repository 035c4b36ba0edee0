#include "neurox/io/npy.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

#include "support.h"

namespace neurox::io {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

/// As numpy.save writes it (checked against NumPy 2).
template <class Number>
std::string npy(const std::string& type, const std::string& order, const std::string& shape,
                const std::vector<Number>& values) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  header.resize(117, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size());
  out += '\0';
  out += header;
  const std::size_t at = out.size();
  out.resize(at + values.size() * sizeof(Number));
  std::memcpy(out.data() + at, values.data(), values.size() * sizeof(Number));
  return out;
}

class Npy : public ::testing::Test {
 protected:
  MatrixF read(const std::string& bytes) const {
    std::ofstream(folder_ / "a.npy", std::ios::binary) << bytes;
    return read_npy(folder_ / "a.npy");
  }
  testing::TempFolder folder_;
};

TEST_F(Npy, ArraysOfBothOrdersAndSeveralWidthsAreRead) {
  const MatrixF expected{{1, 2, 3}, {4, 5, 6}};
  EXPECT_EQ(read(npy<float>("<f4", "False", "(2, 3)", {1, 2, 3, 4, 5, 6})), expected);
  EXPECT_EQ(read(npy<double>("<f8", "True", "(2, 3)", {1, 4, 2, 5, 3, 6})), expected);
  EXPECT_EQ(read(npy<std::uint16_t>("<f2", "False", "(3,)", {0x3C00, 0x4000, 0x4200})), MatrixF({{1, 2, 3}}));
}
TEST_F(Npy, WhatIsNoSuchArrayIsRefused) {
  EXPECT_THAT(refusal([&] { read("a b c d e f g h"); }), HasSubstr("no array of NumPy"));
  EXPECT_THAT(refusal([&] { read(npy<std::int64_t>("<i8", "False", "(1,)", {1})); }),
              HasSubstr("float16, float32 or float64 in one or two dimensions"));
  EXPECT_THAT(refusal([&] {
                read(npy<float>("<f4", "False", "(2, 3)", {1, 2, 3}));
              }),
              HasSubstr("do not fit its shape"));
  EXPECT_THAT(refusal([&] { read(npy<float>("<f4", "False", "(1,)", {std::nanf("")})); }),
              HasSubstr("not finite"));
  EXPECT_THAT(refusal([&] { read_npy(folder_ / "none.npy"); }), HasSubstr("no such file"));
}

}  // namespace
}  // namespace neurox::io
