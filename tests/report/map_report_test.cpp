#include <gmock/gmock.h>

#include "neurox/io/anndata.h"
#include "neurox/io/provenance.h"
#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;

io::AnnData map_of_tokens() {
  io::AnnData data;
  data.obs.rows = 3;
  data.obs.add("token", io::categorical({"the", "<cat>", "sat"}));
  data.obs.add("sentence", std::vector<std::int32_t>{0, 0, 4});
  data.obs.add("upos", io::categorical({"DET", "NOUN", "NOUN"}));
  data.var.rows = 2;
  data.var.row_names = {"map 1", "map 2"};
  MatrixF X(3, 2);
  X << 0.25F, 1, -2, 3.5F, 0.12345F, 0;
  data.X = X;
  data.uns["map"] = {{"of", "tokens"},
                     {"by", "activations"},
                     {"colour", "upos"},
                     {"neighbours", 15},
                     {"trustworthiness", 0.875}};
  io::Provenance provenance;
  provenance.kind = "map";
  provenance.model = "minilm";
  data.uns["neurox"] = io::to_tree(provenance);
  return data;
}

std::string map_page(const io::AnnData& data) {
  const testing::TempFolder folder;
  io::write_anndata(folder / "m.h5ad", data, {});
  return render_page(load_report({folder / "m.h5ad"}, {}));
}

TEST(MapReport, PointsHaveTheirPlaceTheirGroupAndTheirName) {
  const std::string page = map_page(map_of_tokens());
  EXPECT_THAT(page, HasSubstr("Map of 3 tokens coloured by upos"));
  EXPECT_THAT(page, HasSubstr("\"groups\":[\"NOUN\",\"DET\"]")) << "the commonest first";
  EXPECT_THAT(page, HasSubstr("[0.25,1.0,1,\"the (sentence 0)\"]"));
  EXPECT_THAT(page, HasSubstr("[0.123,0.0,0,\"sat (sentence 4)\"]"));
  EXPECT_THAT(page, HasSubstr("trustworthiness 0.875"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("<cat>")));
}

TEST(MapReport, WithoutAColourAllPointsAreOfOneGroup) {
  io::AnnData data = map_of_tokens();
  data.uns["map"]["colour"] = "";
  EXPECT_THAT(map_page(data), HasSubstr("\"groups\":[\"tokens\"]"));
}

}  // namespace
}  // namespace neurox
