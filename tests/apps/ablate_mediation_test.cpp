#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A random GPT-2 with two blocks, pairs of prompts and a list of words.
class MediationFolder : public TempFolder {
 public:
  MediationFolder() {
    tiny_model(*this, "gpt2-lm");
    write_text(
        *this / "pairs.jsonl",
        R"({"base":"a b c","counterfactual":"a d c","base_candidate":"x","counterfactual_candidate":"y","class":"one"})"
        "\n"
        R"({"base":"e b","counterfactual":"f b","base_candidate":"xy","counterfactual_candidate":"z","class":"two"})"
        "\n"
        R"({"base":"e hh g","counterfactual":"e b g","base_candidate":"x","counterfactual_candidate":"z","class":"two"})"
        "\n");
    write_text(*this / "words.txt", "b\tm\nc\tw\ng\n");
  }
};

TEST(AblateMediation, EffectsOfNeuronsAreARankingThatOtherCommandsTake) {
  const MediationFolder folder;
  const auto said =
      must_run(folder, "ablate model pairs.jsonl --mediate neuron --neurons mlp_post -o m.h5ad");
  EXPECT_EQ(said["pairs"], 3);
  const io::AnnData data = io::read_anndata(folder / "m.h5ad");
  EXPECT_EQ(said["mediators"], data.X->rows());
  EXPECT_THAT(*data.var.row_names, ElementsAre("one", "two", "overall"));
  EXPECT_EQ(*data.layer("indirect"), *data.X);
  for (const char* layer : {"direct", "log_direct", "log_indirect", "standard_error", "rank"})
    EXPECT_NE(data.layer(layer), nullptr) << layer;
  // Three pairs, one of the first class and two of the second.
  for (Index i = 0; i < data.X->rows(); ++i)
    EXPECT_NEAR((*data.X)(i, 2), ((*data.X)(i, 0) + 2 * (*data.X)(i, 1)) / 3, 1e-6);
  EXPECT_EQ(data.uns.at("totals").at("pairs"), io::Tree({1, 2, 3}));
  const auto ratio = data.uns.at("pairs").at("ratio").get<std::vector<double>>(),
             other = data.uns.at("pairs").at("counterfactual_ratio").get<std::vector<double>>();
  EXPECT_NEAR(data.uns.at("totals").at("total_effect")[0].get<double>(), other[0] / ratio[0] - 1, 1e-9);

  must_run(folder,
           "ablate model pairs.jsonl --mediate neuron --neurons mlp_post --positions differing -o d.h5ad");
  must_run(folder, "rank --compare m.h5ad d.h5ad -o c.h5ad");
  must_run(folder, "report m.h5ad -o m.html");
  write_text(folder / "text.txt", "a b c d\ne f g\n");
  EXPECT_EQ(
      must_run(folder, "ablate model text.txt --ranking m.h5ad --top 3 --bottom 3 -o a.h5ad")["conditions"],
      3);
  const std::string bytes = sha256_file(folder / "m.h5ad");
  must_run(folder, "ablate model pairs.jsonl --mediate neuron --neurons mlp_post -o m.h5ad --force");
  EXPECT_EQ(sha256_file(folder / "m.h5ad"), bytes);
}

TEST(AblateMediation, HeadsByTheirWeightsAreColumnsOfAttention) {
  const MediationFolder folder;
  const auto said = must_run(folder, "ablate model pairs.jsonl --limit 2 --mediate head -o h.h5ad");
  const io::AnnData data = io::read_anndata(folder / "h.h5ad");
  EXPECT_THAT(data.obs.strings("site", "h")[0], HasSubstr("attn.hook_z"));
  const auto groups = data.obs.strings("group", "h");
  EXPECT_EQ(groups[0], "0.0");
  EXPECT_EQ(groups.back().substr(0, 2), "1.");
  for (std::size_t i = 1; i < groups.size(); ++i) {
    if (groups[i] != groups[i - 1]) continue;
    EXPECT_EQ((*data.X)(static_cast<Index>(i), 2), (*data.X)(static_cast<Index>(i) - 1, 2));
  }
  EXPECT_EQ(said["mediators"], data.uns.at("mediators").at("mediator").size());
  // The whole stream carries everything: indirect is the total effect, and nothing is left to be direct.
  const auto site =
      must_run(folder, "ablate model pairs.jsonl --limit 1 --mediate site --neurons resid_post -o s.h5ad");
  for (const auto& row : site["top"]) {
    EXPECT_NEAR(row["indirect"].get<double>(), site["total effect"].get<double>(), 1e-4);
    EXPECT_NEAR(row["direct"].get<double>(), 0, 1e-4);
  }
}

TEST(AblateMediation, TemplatesGiveTheBiasRatioOverWords) {
  const MediationFolder folder;
  const auto said =
      must_run(folder,
               "ablate model words.txt --mediate neuron --neurons mlp_out@0 --positions differing "
               "--template 'a {} d' --template 'c {}' --counterparts m=h,w=s -o t.h5ad");
  EXPECT_EQ(said["pairs"], 6);
  const io::AnnData data = io::read_anndata(folder / "t.h5ad");
  EXPECT_THAT(*data.var.row_names, ElementsAre("m", "w", "overall"));
  const io::Tree& pairs = data.uns.at("pairs");
  double logs = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const double ratio = pairs.at("ratio")[i].get<double>(), bias = pairs.at("bias_ratio")[i].get<double>();
    const bool to_first = pairs.at("counterfactual_candidate")[i] == "h";
    EXPECT_NEAR(bias, to_first ? ratio : 1 / ratio, 1e-9);
    if (i % 3 == 2) {
      EXPECT_LT(ratio, 1) << "without a counterpart, the base's candidate is what is expected";
    }
    logs += std::log(bias) / 6;
  }
  EXPECT_NEAR(said["bias ratio h/s"].get<double>(), std::exp(logs), 1e-9);
}

TEST(AblateMediation, AMaskedLanguageModelIsAskedAtItsMask) {
  const TempFolder folder;
  tiny_model(folder, "bert-mlm");
  write_text(
      folder / "pairs.jsonl",
      R"({"base":"a [MASK] c","counterfactual":"d [MASK] c","base_candidate":"x","counterfactual_candidate":"y"})"
      "\n"
      R"({"base":"e [MASK]","counterfactual":"f [MASK]","base_candidate":"xy","counterfactual_candidate":"z"})"
      "\n");
  const auto said =
      must_run(folder, "ablate model pairs.jsonl --mediate site --neurons resid_post -o s.h5ad");
  for (const auto& row : said["top"]) {
    EXPECT_NEAR(row["indirect"].get<double>(), said["total effect"].get<double>(), 1e-4);
    EXPECT_NEAR(row["direct"].get<double>(), 0, 1e-4);
  }
  EXPECT_EQ(must_run(folder, "ablate model pairs.jsonl --mediate head -o h.h5ad")["mediators"], 8);
  write_text(folder / "words.txt", "b\tm\nc\tw\ng\n");
  const auto words = must_run(folder,
                              "ablate model words.txt --mediate neuron --neurons mlp_post@0 --positions last "
                              "--template 'a {} [MASK]' --counterparts m=h,w=s -o w.h5ad");
  EXPECT_EQ(words["pairs"], 3);
  write_text(folder / "bad.jsonl",
             R"({"base":"a b","counterfactual":"d b","base_candidate":"x","counterfactual_candidate":"y"})");
  expect_refusal(folder, "ablate model bad.jsonl --mediate head -o out.h5ad", 1,
                 "bad.jsonl:1: 'a b' has 0 of [MASK]");
}

TEST(AblateMediation, ARecurrentNetworkGoesOnInCharacters) {
  const TempFolder folder;
  std::filesystem::copy(std::filesystem::path(NEUROX_TESTDATA) / "networks/lstm-lm", folder / "model");
  write_text(
      folder / "pairs.jsonl",
      R"({"base":"abba","counterfactual":"cage","base_candidate":"a","counterfactual_candidate":"dd"})"
      "\n"
      R"({"base":"ab","counterfactual":"ad","base_candidate":"e","counterfactual_candidate":"f","joined":true})"
      "\n");
  const auto said = must_run(
      folder, "ablate model pairs.jsonl --mediate neuron --neurons rnn.0.hook_c,rnn.1.hook_o -o m.h5ad");
  EXPECT_EQ(said["mediators"], 12);
  must_run(folder, "report m.h5ad -o m.html");
  expect_refusal(folder, "ablate model pairs.jsonl --mediate head -o out.h5ad", 2,
                 "--mediate head: the model has no attention");
  write_text(folder / "bad.jsonl",
             R"({"base":"ab","counterfactual":"ad","base_candidate":"x","counterfactual_candidate":"f"})");
  expect_refusal(folder, "ablate model bad.jsonl --mediate neuron --neurons rnn.0.hook_c -o out.h5ad", 1,
                 "bad.jsonl:1: the vocabulary has no token for 'x'");
}

TEST(AblateMediation, RefusesWhatDoesNotFit) {
  const MediationFolder folder;
  const std::string pairs = "ablate model pairs.jsonl -o out.h5ad --mediate neuron ";
  expect_refusal(folder, pairs, 2, "--mediate neuron takes --neurons");
  expect_refusal(folder, pairs + "--neurons mlp_post --each", 2, "--mediate has no use for --each");
  expect_refusal(folder, pairs + "--neurons mlp_post --positions first", 2, "at all, differing or last");
  expect_refusal(folder, pairs + "--neurons attn_pattern,attn_z", 2, "take one of them");
  expect_refusal(folder, pairs + "--neurons attn_pattern", 1,
                 "pairs.jsonl:3: prompts of 5 and 4 tokens have no attention weights to exchange");
  expect_refusal(folder, pairs + "--neurons mlp_post --template 'a {}'", 2, "go together");
  expect_refusal(folder, "ablate model pairs.jsonl --neurons mlp_post --counterparts a=b,c=d -o out.h5ad", 2,
                 "are for --mediate");
  expect_refusal(folder, "ablate model words.txt --mediate head -o out.h5ad", 1,
                 "words.txt:1: is no JSON object");
}

}  // namespace
}  // namespace neurox::testing
