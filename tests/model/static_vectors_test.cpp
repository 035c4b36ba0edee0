#include "neurox/model/static_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "neurox/model/model.h"
#include "support.h"

/// Word vectors from text files as models of one site.
namespace neurox::model {
namespace {

using neurox::testing::refusal, neurox::testing::TempFolder, neurox::testing::write_text;
using ::testing::HasSubstr;

const char* glove = "the 0.5 -1 2e-3\nfilm 1 2 3\n. . . 4 5 6\n";

TEST(StaticVectors, Word2vecFastTextAndGloveGiveTheSameTable) {
  const TempFolder folder;
  write_text(folder / "glove.txt", glove);
  write_text(folder / "word2vec.txt", std::string("3 3\n") + glove);
  write_text(folder / "fasttext.vec", "3 3 \nthe 0.5 -1 2e-3 \r\nfilm\t1 2 +3 \r\n. . . 4 5 6 \r\n");
  const torch::Tensor expected =
      torch::tensor({{0.5, -1.0, 0.002}, {1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}, {0.0, 0.0, 0.0}}, torch::kFloat32);
  for (const char* name : {"glove.txt", "word2vec.txt", "fasttext.vec"}) {
    Model model = Model::load(folder / name);
    ASSERT_EQ(model.sites().size(), 1U);
    EXPECT_EQ(model.sites()[0].site, "embed");
    EXPECT_TRUE(model.network()->word_embeddings().equal(expected)) << name;
    const Batch batch = Batch::of({{1, 0}, {3}});
    EXPECT_TRUE(model.forward(batch).equal(expected.index_select(0, batch.ids)));
    torch::Tensor seen;
    const auto edit =
        model.hooks().edit(*site_of(model.sites()[0]), [](const torch::Tensor& x) { return x * 2; });
    EXPECT_TRUE(model.forward(batch).equal(2 * expected.index_select(0, batch.ids)));
    EXPECT_FALSE(model.has_causal_lm() || model.has_masked_lm() || model.has_sequence_classifier() ||
                 model.has_token_classifier());
    EXPECT_TRUE(model.labels().empty());
  }
}
TEST(StaticVectors, BrokenFilesAreRefusedWithTheLine) {
  const TempFolder folder;
  const auto said = [&](const std::string& text) {
    write_text(folder / "x.vec", text);
    return refusal([&] { Model::load(folder / "x.vec"); });
  };
  EXPECT_THAT(said("the 1 2 3\nfilm 1 2\n"), HasSubstr("x.vec:2: 3 fields where a word and 3 numbers"));
  EXPECT_THAT(said("the 1 2 3\nfilm 1 two 3\n"), HasSubstr("x.vec:2: 'two' is no number"));
  EXPECT_THAT(said("3 2\nthe 1 2\nfilm 1 2\n"),
              HasSubstr("2 words, but its first line says 3; is it cut off?"));
  EXPECT_THAT(said("no vectors\n"), HasSubstr("no TorchScript file"));
  write_text(folder / "x.vec", glove);
  EXPECT_THAT(refusal([&] { Model::load(folder / "x.vec", {.random_init = 1}); }),
              HasSubstr("--random-init is for folders"));
}

}  // namespace
}  // namespace neurox::model
