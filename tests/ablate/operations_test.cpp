#include "neurox/ablate/operations.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "neurox/ablate/ablation.h"
#include "neurox/ablate/copied_edits.h"
#include "neurox/ablate/likelihood_measure.h"
#include "neurox/ablate/not_finite.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

using ::testing::HasSubstr;

TEST(Operations, AreNamedWithTheirNumber) {
  EXPECT_EQ(parse_operation("zero").operation, Operation::Zero);
  EXPECT_DOUBLE_EQ(parse_operation("scale=-0.5").value, -0.5);
  EXPECT_EQ(parse_operation("set", 2).text, "set=2");
  EXPECT_EQ(parse_operation("add=1e2").operation, Operation::Add);
}
TEST(Operations, WhatIsNoneIsRefusedWithTheNearest) {
  EXPECT_THAT(testing::refusal([] { parse_operation("scal=2"); }), HasSubstr("did you mean 'scale'"));
  EXPECT_THAT(testing::refusal([] { parse_operation("zero=2"); }), HasSubstr("'zero' takes no number"));
  EXPECT_THAT(testing::refusal([] { parse_operation("scale"); }), HasSubstr("needs a number: scale=0.5"));
  EXPECT_THAT(testing::refusal([] { parse_operation("set=two"); }), HasSubstr("'two' is no number"));
  EXPECT_THAT(testing::refusal([] { parse_operation("set=nan"); }), HasSubstr("'nan' is no number"));
  EXPECT_THAT(testing::refusal([] { parse_operation("quantile=90"); }), HasSubstr("does not lie in [0, 1]"));
}
TEST(Operations, QuantilesLieBetweenNeighboursAsNumpys) {
  // numpy.quantile([1, 2, 4, 8], [0, .5, .9, 1])
  const std::vector<float> values{1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile_of_sorted(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile_of_sorted(values, 0.5), 3);
  EXPECT_NEAR(quantile_of_sorted(values, 0.9), 6.8, 1e-12);
  EXPECT_DOUBLE_EQ(quantile_of_sorted(values, 1), 8);
}

/// A random GPT-2 whose site MlpPost of block 0 is looked at.
class ChangedModel : public ::testing::Test {
 protected:
  torch::Tensor seen_with(const std::vector<SiteEdit>& edits, const Places* places = nullptr) {
    torch::Tensor seen;
    const auto guards = put_edits(model_.hooks(), edits, model_.device(), places);
    const auto watch = model_.hooks().observe(site_, [&](const torch::Tensor& x) { seen = x; });
    model_.forward(batch_);
    return seen;
  }

  const torch::InferenceMode no_gradients_;
  testing::TempFolder folder_;
  std::filesystem::path path_ = testing::tiny_model(folder_, "gpt2-lm");
  model::Model model_ = model::Model::load(path_);
  model::Batch batch_ = model::Batch::of({{2, 5, 6, 3}, {7, 8}});
  Site site_{SiteKind::MlpPost, 0};
};

TEST_F(ChangedModel, ScaleAddAndReplaceActOnTheirColumnsAlone) {
  const torch::Tensor intact = seen_with({});
  const torch::Tensor scaled = seen_with({{site_, {1, 3}, {2, -1}, Change::Scale}});
  EXPECT_TRUE(torch::equal(scaled.select(1, 1), intact.select(1, 1) * 2));
  EXPECT_TRUE(torch::equal(scaled.select(1, 3), -intact.select(1, 3)));
  EXPECT_TRUE(torch::equal(scaled.select(1, 2), intact.select(1, 2)));
  const torch::Tensor added = seen_with({{site_, {2}, {0.5}, Change::Add}});
  EXPECT_TRUE(torch::equal(added.select(1, 2), intact.select(1, 2) + 0.5));
  EXPECT_TRUE(torch::equal(added.select(1, 1), intact.select(1, 1)));
}
TEST_F(ChangedModel, PlacesThatAreNotChosenStayWhatTheyWere) {
  const torch::Tensor intact = seen_with({});
  Places places;
  places.chosen = torch::tensor({false, true, false, false, false, true});
  for (const Change change : {Change::Replace, Change::Scale, Change::Add}) {
    const torch::Tensor edited = seen_with({{site_, {1}, {3}, change}}, &places);
    for (int row = 0; row < 6; ++row)
      EXPECT_EQ(torch::equal(edited[row], intact[row]), row != 1 && row != 5) << row;
  }
}
TEST_F(ChangedModel, CopiesThatGoTogetherAreChangedAsEachAlone) {
  Places places;
  places.chosen = torch::tensor({true, true, false, false, true, false});
  const std::vector<std::vector<SiteEdit>> conditions{{{site_, {1, 3}, {2, -1}, Change::Scale}},
                                                      {{site_, {1}, {0.25}, Change::Add}},
                                                      {{site_, {2, 3}, {7, 8}}}};
  std::vector<const std::vector<SiteEdit>*> list;
  for (const auto& c : conditions) list.push_back(&c);
  const auto edits = copied_edits(model_, list, -1, &places);
  ASSERT_EQ(edits.size(), 1U);
  const torch::Tensor intact = seen_with({});
  const auto together = edits[0].second(intact.repeat({3, 1})).split(6);
  for (std::size_t c = 0; c < 3; ++c)
    EXPECT_TRUE(torch::equal(together[c], seen_with(conditions[c], &places))) << c;
}

std::vector<double> sentence_nll(model::Model& model, const std::filesystem::path& path,
                                 const std::filesystem::path& text, const std::vector<SiteEdit>& edit,
                                 const Placement* placement) {
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  const auto corpus = io::CorpusReader::open(text.string());
  const std::vector<std::vector<SiteEdit>> edits{{}, edit};
  std::vector<std::unique_ptr<Measure>> measures;
  measures.push_back(measure_likelihood(model, edits.size()));
  AblationOptions options;
  options.plan.max_pieces = 16;
  options.placement = placement;
  run_ablation(model, tokenizer, *corpus, edits, measures, options);
  const MatrixF found = measures[0]->sentence_figures()[0].values;
  std::vector<double> out;
  for (Index s = 0; s < found.cols(); ++s) out.push_back(found(1, s) - found(0, s));
  return out;
}

TEST_F(ChangedModel, ACounterpartThatIsTheSentenceItselfChangesNothing) {
  testing::write_text(folder_ / "a.txt", "ab cd e\nfg h\nijk lm\n");
  testing::write_text(folder_ / "b.txt", "xb cd e\nfg y\nijk lm\n");
  const text::Tokenizer tokenizer = text::Tokenizer::load(path_);
  for (const char* file : {"a.txt", "b.txt"}) {
    const auto other = io::CorpusReader::open((folder_ / file).string());
    DonorOptions taking;
    taking.sites = {{SiteKind::ResidPost, 0}};
    taking.plan.max_pieces = 16;
    const Donors donors = Donors::collect(model_, tokenizer, *other, taking);
    EXPECT_EQ(donors.sentences(), 3);
    const Placement placement{.positions = {}, .donors = &donors, .counterparts = true, .seed = 0};
    std::vector<std::int64_t> all(static_cast<std::size_t>(model_.config().width));
    std::iota(all.begin(), all.end(), 0);
    const auto rise = sentence_nll(model_, path_, folder_ / "a.txt",
                                   {{{SiteKind::ResidPost, 0}, all, {}, Change::Patch}}, &placement);
    // Sentences that differ from their counterpart move, the last one does not.
    EXPECT_NEAR(rise[2], 0, 1e-6);
    if (file == std::string("a.txt")) {
      EXPECT_NEAR(rise[0], 0, 1e-6);
    } else {
      EXPECT_GT(std::abs(rise[0]), 1e-5);
    }
  }
}
TEST_F(ChangedModel, WhatIsResampledFromOneDonorIsSetToIt) {
  testing::write_text(folder_ / "a.txt", "ab cd e\nfg h\n");
  testing::write_text(folder_ / "one.txt", "q\n");
  const text::Tokenizer tokenizer = text::Tokenizer::load(path_);
  const auto other = io::CorpusReader::open((folder_ / "one.txt").string());
  DonorOptions taking;
  taking.sites = {site_};
  taking.plan.max_pieces = 16;
  taking.positions.kind = Positions::Kind::Last;
  const Donors donors = Donors::collect(model_, tokenizer, *other, taking);
  ASSERT_EQ(donors.rows(), 1);
  const Placement placement{.positions = {}, .donors = &donors, .counterparts = false, .seed = 3};
  const std::vector<float> values{donors.at(site_)[0][1].item<float>(), donors.at(site_)[0][4].item<float>()};
  const auto resampled =
      sentence_nll(model_, path_, folder_ / "a.txt", {{site_, {1, 4}, {}, Change::Resample}}, &placement);
  const auto set = sentence_nll(model_, path_, folder_ / "a.txt", {{site_, {1, 4}, values}}, nullptr);
  for (std::size_t s = 0; s < set.size(); ++s) EXPECT_NEAR(resampled[s], set[s], 1e-6);
}
TEST_F(ChangedModel, CounterpartsOfOtherLengthAndMissingOnesAreRefused) {
  testing::write_text(folder_ / "a.txt", "ab cd e\nfg h\n");
  testing::write_text(folder_ / "short.txt", "ab cd\nfg h\n");
  testing::write_text(folder_ / "one.txt", "ab cd e\n");
  const text::Tokenizer tokenizer = text::Tokenizer::load(path_);
  const auto refused = [&](const char* file) {
    const auto other = io::CorpusReader::open((folder_ / file).string());
    DonorOptions taking;
    taking.sites = {site_};
    taking.plan.max_pieces = 16;
    const Donors donors = Donors::collect(model_, tokenizer, *other, taking);
    const Placement placement{.positions = {}, .donors = &donors, .counterparts = true, .seed = 0};
    return testing::refusal([&] {
      sentence_nll(model_, path_, folder_ / "a.txt", {{site_, {1}, {}, Change::Patch}}, &placement);
    });
  };
  EXPECT_THAT(refused("short.txt"), HasSubstr("chosen pieces but"));
  EXPECT_THAT(refused("one.txt"), HasSubstr("sentence 2 of the corpus has no counterpart"));
}
TEST_F(ChangedModel, AnEditAfterWhichNumbersAreNotFiniteNamesTheFirstSite) {
  testing::write_text(folder_ / "a.txt", "ab cd e\nfg h\n");
  std::vector<std::int64_t> all(static_cast<std::size_t>(model_.config().width));
  std::iota(all.begin(), all.end(), 0);
  std::vector<float> huge;
  for (const std::int64_t n : all) huge.push_back(n % 2 == 0 ? 3e38F : -3e38F);
  const std::string said = testing::refusal([&] {
    sentence_nll(model_, path_, folder_ / "a.txt", {{{SiteKind::ResidMid, 0}, all, huge}}, nullptr);
  });
  EXPECT_THAT(said, HasSubstr("neurons of blocks.0.hook_resid_mid edited"));
  EXPECT_THAT(said, HasSubstr("blocks.0.mlp.hook_pre is no longer finite"));
}

}  // namespace
}  // namespace neurox::ablate
