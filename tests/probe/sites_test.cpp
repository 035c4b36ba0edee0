#include "neurox/probe/sites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"
#include "synthetic.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using neurox::testing::StreamedRows;
using ::testing::HasSubstr;

TEST(Sites, SlicesHoldTheirColumnsHoweverMuchMemoryThereIs) {
  const MatrixF X = MatrixF::Random(5000, 7);
  const std::vector<ColumnRange> ranges{{0, 2}, {2, 4}, {6, 1}};
  for (const std::int64_t memory : {std::int64_t{1} << 30, std::int64_t{80000}, std::int64_t{10}}) {
    const StreamedRows source(X);
    std::size_t calls = 0;
    for_each_slice(source, ranges, memory, [&](std::size_t i, const RowSource& slice) {
      EXPECT_EQ(i, calls++);
      ASSERT_EQ(slice.cols(), ranges[i].width);
      MatrixF out(4000, slice.cols());
      slice.read(1000, out);
      EXPECT_EQ(out, X.block(1000, ranges[i].first, 4000, ranges[i].width));
    });
    EXPECT_EQ(calls, 3U);
    if (memory > (1 << 20)) {
      EXPECT_EQ(source.rows_read, 5000) << "one read for all";
    }
  }
}

TEST(Sites, ColumnsOutsideTheSourceAreRefused) {
  const MatrixRows source(MatrixF::Zero(3, 4));
  EXPECT_THAT(refusal([&] {
                ColumnSlice(source, {2, 3});
              }),
              HasSubstr("columns 2 to 4 are asked for but there are 4"));
}

}  // namespace
}  // namespace neurox
