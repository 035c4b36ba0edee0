#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "apps/program.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::Contains;

class CorpusFolder : public PipelineFolder {
 public:
  CorpusFolder() { must_run(*this, "extract model train.conllu -o train.h5ad"); }
};

TEST(RankCorpus, TopWordsAreThoseWhoseMeanDistanceIsLargest) {
  const CorpusFolder folder;
  const auto said = must_run(
      folder, "rank train.h5ad --method top-words --neurons resid_post@1 --kept 1 -o w.h5ad --show 2");
  EXPECT_EQ(said["top-words"].size(), 2U);
  // The same by hand for one neuron.
  const auto file = io::ActivationReader::open(folder / "train.h5ad");
  MatrixF X(file->rows(), file->cols());
  file->read(0, X);
  const io::AnnData ranking = io::read_anndata(folder / "w.h5ad");
  const Index column = file->neurons().find("blocks.1.hook_resid_post", 3);
  const VectorD x = X.col(column).cast<double>();
  const double mean = x.mean(), sd = std::sqrt((x.array() - mean).square().mean());
  std::map<std::string, std::pair<double, double>> sums;
  const std::vector<std::string> tokens = file->obs().strings("token", "t");
  for (Index i = 0; i < x.size(); ++i) {
    auto& [sum, n] = sums[tokens[static_cast<std::size_t>(i)]];
    sum += std::abs(x[i] - mean) / sd, n += 1;
  }
  double best = 0;
  std::string word;
  for (const auto& [name, of] : sums)
    if (of.second >= 3 && of.first / of.second > best) best = of.first / of.second, word = name;
  EXPECT_NEAR((*ranking.X)(3, 0), best, 1e-5);
  const io::Tree& contexts = ranking.uns["contexts"];
  ASSERT_EQ(contexts["neuron"][3], 3);
  EXPECT_EQ(contexts["text"][3], word);
}

TEST(RankCorpus, ContextsAndSentencesAreNamedByTheirText) {
  const CorpusFolder folder;
  must_run(folder,
           "rank train.h5ad --method top-contexts,top-sentences --min-count 1 --kept 2 --longest 2 -o "
           "'{method}.h5ad'");
  const io::AnnData contexts = io::read_anndata(folder / "top-contexts.h5ad");
  const io::AnnData sentences = io::read_anndata(folder / "top-sentences.h5ad");
  EXPECT_EQ(contexts.uns["contexts"]["kind"][2], "2 words");
  const auto file = io::ActivationReader::open(folder / "train.h5ad");
  EXPECT_THAT(file->sentences(), Contains(sentences.uns["contexts"]["text"][0].get<std::string>()));
  // The row is where a context ends for the first time.
  const auto row = contexts.uns["contexts"]["row"][2].get<std::size_t>();
  const std::vector<std::string> tokens = file->obs().strings("token", "t");
  EXPECT_EQ(contexts.uns["contexts"]["text"][2], tokens[row - 1] + " " + tokens[row]);
}

TEST(RankCorpus, ConceptsAreThePartsThatTheModelAnswersMost) {
  const CorpusFolder folder;
  const auto said = must_run(folder,
                             "rank train.h5ad --method concept-alignment --model model --neurons "
                             "resid_post@1:0-3 --top-sentences 3 --kept 4 -o c.h5ad");
  const io::AnnData file = io::read_anndata(folder / "c.h5ad");
  const io::Tree& contexts = file.uns["contexts"];
  ASSERT_EQ(contexts["neuron"].size(), 16U);
  for (std::size_t i = 1; i < 16; ++i)
    if (contexts["neuron"][i] == contexts["neuron"][i - 1]) {
      EXPECT_LE(contexts["mean"][i].get<double>(), contexts["mean"][i - 1].get<double>());
    }
  EXPECT_GT(said["candidates"].get<int>(), 16);
  // A word by itself, as often as sentences are long, is what extract says of such a text.
  const double length = said["mean length"];
  for (std::size_t i = 0; i < 16; ++i) {
    if (contexts["kind"][i] != "word") continue;
    std::string text;
    for (int k = 0; k < static_cast<int>(std::floor(length + 0.5)); ++k)
      text += (k > 0 ? " " : "") + contexts["text"][i].get<std::string>();
    write_text(folder / "again.txt", text + "\n");
    must_run(folder, "extract model again.txt -o again.h5ad --force");
    const auto again = io::ActivationReader::open(folder / "again.h5ad");
    MatrixF X(again->rows(), again->cols());
    again->read(0, X);
    const Index column =
        again->neurons().find("blocks.1.hook_resid_post", contexts["neuron"][i].get<std::int32_t>());
    EXPECT_NEAR(X.col(column).mean(), contexts["mean"][i].get<double>(), 1e-4) << text;
    return;
  }
}

TEST(RankCorpus, RefusesWhatItCannotDo) {
  const CorpusFolder folder;
  expect_refusal(folder, "rank train.h5ad --method top-words --label upos -o out.h5ad", 2,
                 "--label: the methods of the corpus look at no labels");
  expect_refusal(folder, "rank train.h5ad --method top-words,auroc --label upos -o out.h5ad", 2,
                 "some of these need labels and others none");
  expect_refusal(folder, "rank train.h5ad --method concept-alignment -o out.h5ad", 2, "say --model FOLDER");
  expect_refusal(folder, "rank train.h5ad --method concept-alignment,top-words --model model -o out.h5ad", 2,
                 "run it by itself");
  must_run(folder, "extract model train.conllu --unit sentence -o s.h5ad");
  expect_refusal(folder, "rank s.h5ad --method top-words -o out.h5ad", 1, "its rows are sentences");
  expect_refusal(folder, "rank s.h5ad --method concept-alignment --model model -o out.h5ad", 1,
                 "its rows are of unit 'sentence'");
}

TEST(RankBelief, MarginsArePutIntoEveryRankingAndSaidWhereTheyAreNone) {
  const CorpusFolder folder;
  const auto said = must_run(folder, "rank train.h5ad --label upos --method auroc -o r.h5ad");
  const io::AnnData file = io::read_anndata(folder / "r.h5ad");
  const io::Tree& margins = file.uns["margins"];
  EXPECT_EQ(margins["neurons"], 48);
  EXPECT_NEAR(margins["over_majority"].get<double>(),
              margins["accuracy"].get<double>() - margins["majority"].get<double>(), 1e-9);
  // The class is that of the first letter: a look-up by word knows it all, so nothing goes beyond it.
  EXPECT_FALSE(margins["beats_all"].get<bool>());
  EXPECT_EQ(said["warnings"].size(), 1U);
  must_run(folder, "probe train.h5ad --label upos --eval train.h5ad -o p.h5ad");
  must_run(folder, "rank p.h5ad -o m.h5ad");
  EXPECT_TRUE(io::read_anndata(folder / "m.h5ad").uns["margins"].contains("over_word_majority"));
}

TEST(RankBelief, PrecisionExpertsFingerprintsAndMergedNeuronsAreInTheFile) {
  const CorpusFolder folder;
  const auto said = must_run(folder,
                             "rank train.h5ad --label upos --method average-precision --held-out 0.5 "
                             "--expert-bound 0.6,0.9 --merge-correlated 0.8 -o r.h5ad");
  const io::AnnData file = io::read_anndata(folder / "r.h5ad");
  ASSERT_NE(file.layer("held_out_precision"), nullptr);
  EXPECT_LE(file.layer("held_out_precision")->maxCoeff(), 1.0F);
  EXPECT_TRUE(said["concepts"][0].contains("held-out precision"));
  EXPECT_EQ(said["experts"].size(), 4U) << "two classes, two bounds";
  const io::Tree &by_site = file.uns["experts"], &curve = file.uns["expert_curve"];
  EXPECT_EQ(by_site["concept"].size(), 12U) << "two classes and overall, two sites, two bounds";
  EXPECT_EQ(curve["bound"].size(), 153U);
  double sum = 0;
  for (std::size_t i = 0; i < file.uns["fingerprint"]["share"].size(); ++i)
    sum += file.uns["fingerprint"]["share"][i].get<double>();
  EXPECT_NEAR(sum, 3, 1e-9) << "one for each concept";
  const MatrixF& own = *file.layer("own_score");
  const auto group = file.obs.numbers("group", "r");
  EXPECT_LT(said["groups"].get<int>(), 48);
  for (Index i = 0; i < own.rows(); ++i) {
    const bool stands = (*file.X)(i, 2) > 0;
    for (Index j = 0; j < own.rows() && stands; ++j)
      if (group[static_cast<std::size_t>(i)] == group[static_cast<std::size_t>(j)]) {
        EXPECT_LE(own(j, 2), (*file.X)(i, 2));
      }
  }
}

TEST(RankBelief, WordsOfTwoModelsAreHeldAgainstEachOther) {
  const CorpusFolder folder;
  must_run(folder, "extract model train.conllu -o other.h5ad --random-init 3");
  for (const char* name : {"train", "other"})
    must_run(folder,
             std::string("rank ") + name + ".h5ad --label upos --method auroc -o " + name + ".r.h5ad");
  const auto said =
      must_run(folder,
               "rank --compare train.r.h5ad other.r.h5ad --across-models --first 5 --activations "
               "train.h5ad,other.h5ad -o c.h5ad --show 3");
  ASSERT_EQ(said["words"].size(), 3U);
  const io::AnnData file = io::read_anndata(folder / "c.h5ad");
  EXPECT_GE(file.uns["word_changes"]["neuron"].size(), 5U);
  EXPECT_NE(file.uns["word_changes"]["moved"][0].get<std::string>().find(" to "), std::string::npos);
  EXPECT_NE(file.obs.find("fingerprint_cosine"), nullptr);
  // A model against itself: nothing changes.
  must_run(folder,
           "rank --compare train.r.h5ad train.r.h5ad --across-models --activations train.h5ad,train.h5ad -o "
           "same.h5ad");
  const io::AnnData same = io::read_anndata(folder / "same.h5ad");
  for (const auto& r : same.uns.at("word_changes").at("correlation")) EXPECT_NEAR(r.get<double>(), 1, 1e-12);
  expect_refusal(folder,
                 "rank --compare train.r.h5ad other.r.h5ad --across-models --activations "
                 "other.h5ad,train.h5ad -o out.h5ad",
                 1, "");
  expect_refusal(folder,
                 "rank --compare train.r.h5ad train.r.h5ad --activations train.h5ad,other.h5ad -o out.h5ad",
                 2, "--activations goes with --across-models");
}

/// Fine-tuning on sentiment moves what late neurons prefer, and hardly what early ones do.
TEST(RankBelief, FineTuningChangesTheWordsOfLateNeuronsMost) {
  NEUROX_NEED(before, real_model("minilm"));
  NEUROX_NEED(after, real_model("minilm-sst2"));
  NEUROX_NEED(corpus, shared("data/ud-ewt/en_ewt-ud-dev.conllu"));
  const TempFolder folder;
  for (const auto& [name, model] : {std::pair("a", before), std::pair("b", after)}) {
    must_run(folder, fmt::format("extract '{}' '{}' --limit 200 --sites resid_post@0,5 -o {}.h5ad",
                                 model.string(), corpus.string(), name));
    must_run(folder, fmt::format("rank {0}.h5ad --label upos --method auroc -o {0}.rank.h5ad", name));
  }
  must_run(
      folder,
      "rank --compare a.rank.h5ad b.rank.h5ad --across-models --first 100 --activations a.h5ad,b.h5ad -o "
      "c.h5ad");
  const io::AnnData file = io::read_anndata(folder / "c.h5ad");
  const io::Tree& words = file.uns["word_changes"];
  double sum[2] = {0, 0}, n[2] = {0, 0};
  for (std::size_t i = 0; i < words["neuron"].size(); ++i) {
    const int late = words["neuron"][i].get<std::string>().starts_with("blocks.5") ? 1 : 0;
    sum[late] += words["correlation"][i].get<double>(), n[late] += 1;
  }
  ASSERT_GT(n[0], 5);
  ASSERT_GT(n[1], 5);
  EXPECT_GT(sum[0] / n[0], 0.97);
  EXPECT_LT(sum[1] / n[1], 0.85);
}

}  // namespace
}  // namespace neurox::testing
