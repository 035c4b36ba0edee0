#include "neurox/io/provenance.h"

#include <gmock/gmock.h>

#include <fstream>

#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"
#include "neurox/io/neuron_table.h"
#include "neurox/io/progress_file.h"
#include "small_activations.h"
#include "support.h"

namespace neurox::io {
namespace {

using testing::refusal;
using testing::TempFolder;

TEST(Provenance, IsReadBackFromAFile) {
  TempFolder folder;
  std::ofstream(folder / "train.conllu") << "text";
  Provenance p;
  p.kind = "probe";
  p.version = "0.1.0";
  p.command = "neurox probe a.h5ad";
  p.seed = 18446744073709551615ULL;
  p.model = "minilm";
  p.model_sha256 = "aa";
  p.tokenizer_sha256 = "bb";
  p.add_input(folder / "train.conllu");
  p.settings = {{"lambda", 0.001}};
  AnnData data;
  data.uns["neurox"] = to_tree(p);
  write_anndata(folder / "a.h5ad", data, {});
  const Provenance back = provenance(read_anndata(folder / "a.h5ad").uns);
  EXPECT_EQ(first_difference(to_tree(back), to_tree(p)), "");
  EXPECT_EQ(back.inputs.at(0), (std::pair<std::string, std::string>("train.conllu", sha256("text"))));
  EXPECT_EQ(back.seed, p.seed);
}

TEST(Provenance, AForeignFileHasNone) {
  EXPECT_EQ(provenance(Tree::object()).model_sha256, "");
}

TEST(Provenance, FilesOfDifferentModelsAreToldApart) {
  Provenance a, b;
  a.model = "minilm";
  a.model_sha256 = "9f2c41d0aa";
  b.model = "gpt2";
  b.model_sha256 = "77aa0c12bb";
  EXPECT_EQ(refusal([&] { check_same_model("a.h5ad", a, "b.h5ad", b); }),
            "b.h5ad: made with model gpt2 (77aa0c12…), but a.h5ad with minilm (9f2c41d0…)");
  b.model_sha256 = a.model_sha256;
  a.tokenizer_sha256 = "1111111122";
  b.tokenizer_sha256 = "3333333344";
  EXPECT_EQ(refusal([&] { check_same_model("a.h5ad", a, "b.h5ad", b); }),
            "b.h5ad: made with tokenizer (33333333…), but a.h5ad with (11111111…)");
  b.tokenizer_sha256.clear();  // a file that knows of no tokenizer fits every one
  check_same_model("a.h5ad", a, "b.h5ad", b);
}

TEST(NeuronTable, AnAxisSurvivesItsTable) {
  NeuronAxis axis = small_axis(20);
  axis.sites[1].head_width = 5;
  axis = select(axis, {3, 19, 0, 12});
  const Table table = neuron_table(axis);
  EXPECT_EQ(table.numbers("head", "x"), (std::vector<double>{-1, 1, -1, 0}));
  const Tree uns = {{"sites", sites_tree(axis)}};
  EXPECT_EQ(neuron_axis(table, uns, "x"), axis);
  // Without the sites their width is what the indices need.
  EXPECT_EQ(neuron_axis(table, Tree::object(), "x").sites[0].width, 4);
}

TEST(NeuronTable, AddressesThatCannotBeAreRefused) {
  const NeuronAxis axis = small_axis(4);
  Table table = neuron_table(axis);
  const Tree uns = {{"sites", sites_tree(axis)}};
  std::get<std::vector<std::int32_t>>(table.columns[2].data) = {0, 1, 0, 7};
  EXPECT_EQ(refusal([&] { neuron_axis(table, uns, "r.h5ad:/obs"); }),
            "r.h5ad:/obs: neuron 7 of blocks.1.hook_resid_post, which has 2");
  std::get<std::vector<std::int32_t>>(table.columns[2].data) = {0, 0, 0, 1};
  EXPECT_EQ(refusal([&] { neuron_axis(table, uns, "r.h5ad:/obs"); }),
            "r.h5ad:/obs: neuron blocks.0.hook_resid_post:0 stands there twice");
}

}  // namespace
}  // namespace neurox::io
