#include "neurox/report/measure_axis.h"

#include <gmock/gmock.h>

namespace neurox {
namespace {

TEST(MeasureAxis, SharesBeginAtZeroAndAreShownAsPerCent) {
  const auto axis = measure_axis("accuracy", {.25, .5});
  EXPECT_EQ(axis["zero"], true);
  EXPECT_EQ(axis["format"], ".3~p");
  EXPECT_EQ(measure_axis("nll", {2, 3})["zero"], false);
}

TEST(MeasureAxis, PerplexitiesThatLieFarApartAreLogarithmic) {
  EXPECT_EQ(measure_axis("perplexity", {6, 1112})["scale"], "log");
  EXPECT_EQ(measure_axis("perplexity_ratio", {1, 20})["scale"], "log");
  EXPECT_FALSE(measure_axis("perplexity", {6, 119}).contains("scale"));
  // The lower end of a band may lie below 0; other measures stay as they are.
  EXPECT_FALSE(measure_axis("perplexity", {-1, 6, 1112}).contains("scale"));
  EXPECT_FALSE(measure_axis("nll", {1, 400}).contains("scale"));
  EXPECT_FALSE(measure_axis("perplexity", {}).contains("scale"));
}

}  // namespace
}  // namespace neurox
