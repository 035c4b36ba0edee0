#include "neurox/tcav/sensitivities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"
#include "tiny_model.h"

namespace neurox::tcav {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

/// A tiny random BERT with a target that exists without a classifier: neuron 5 of the last block at the first
/// token.
class SensitivitiesTest : public ::testing::Test {
 protected:
  SensitivitiesTest()
      : path_(testing::tiny_model(folder_)),
        model_(model::Model::load(path_)),
        tokenizer_(text::Tokenizer::load(path_)) {
    unit_.kind = attribute::Target::Kind::Unit;
    unit_.index = 5;
    unit_.site = {SiteKind::ResidPost, 1};
  }

  std::vector<extract::SentencePlan> plans(At at) const {
    std::vector<extract::SentencePlan> out;
    for (const char* text : {"a bc d", "ef", "g h ijk a", "z y"}) {
      io::Sentence s;
      s.text = text;
      for (std::uint32_t i = 0, begin = 0; i <= s.text.size(); ++i)
        if (i == s.text.size() || s.text[i] == ' ') {
          s.words.push_back({begin, i});
          begin = i + 1;
        }
      out.push_back(plan_sentence(tokenizer_, extract::plan_input(s, "test"), plan_at(at, 20)));
    }
    return out;
  }
  SiteColumns site(const std::string& name) const {
    for (const SiteColumns& s : model_.sites())
      if (s.site == name) return s;
    return {};
  }

  /// (f(x + h v at the positions of every sentence) - f(x - h v)) / 2h, through an edit at the site.
  VectorD by_differences(At at, const SiteColumns& columns, const VectorD& v) {
    constexpr double h = 1e-2;
    const auto all = plans(at);
    VectorD out(static_cast<Index>(all.size()));
    for (std::size_t i = 0; i < all.size(); ++i) {
      double values[2];
      for (const int side : {0, 1}) {
        const auto guard = model_.hooks().edit(*parse_site(columns.site), [&](const torch::Tensor& x) {
          torch::Tensor y = x.clone();
          for (const auto& row : all[i].rows)
            for (const auto& group : row.groups)
              for (const auto& place : group)
                for (Index j = 0; j < v.size(); ++j) y[place.piece][j] += (side == 0 ? h : -h) * v[j];
          return y;
        });
        values[side] = sensitivities(model_, {&all[i], 1}, {{columns}, {unit_}}).values(0, 0);
      }
      out[static_cast<Index>(i)] = (values[0] - values[1]) / (2 * h);
    }
    return out;
  }

  testing::TempFolder folder_;
  std::filesystem::path path_;
  model::Model model_;
  text::Tokenizer tokenizer_;
  attribute::Target unit_;
};

TEST_F(SensitivitiesTest, EqualFiniteDifferencesOfAShiftOfThePositions) {
  const SiteColumns columns = site("blocks.0.hook_resid_post");
  VectorD v(columns.width);
  for (Index j = 0; j < v.size(); ++j) v[j] = 0.1 * static_cast<double>(j % 5) - 0.2;
  for (const At at : {At::Summary, At::Mean, At::Word}) {
    const auto all = plans(at);
    const Sensitivities s = sensitivities(model_, all, {{columns}, {unit_}});
    const VectorD derivatives = s.gradients[0].cast<double>() * v, expected = by_differences(at, columns, v);
    EXPECT_LT((derivatives - expected).cwiseAbs().maxCoeff(), 2e-3 * expected.cwiseAbs().maxCoeff() + 1e-5);
  }
}
TEST_F(SensitivitiesTest, OfTheTargetsOwnSiteAreExactlyTheNeuron) {
  // The target is linear there: d target / d activation is 1 at its neuron and 0 elsewhere.
  const auto all = plans(At::Summary);
  const Sensitivities s = sensitivities(model_, all, {{site("blocks.1.hook_resid_post")}, {unit_}});
  MatrixF expected = MatrixF::Zero(4, 24);
  expected.col(5).setOnes();
  EXPECT_EQ(s.gradients[0], expected);
  for (Index i = 0; i < 4; ++i) EXPECT_EQ(s.values(0, i), static_cast<double>(s.activations(i, 5)));
}
TEST_F(SensitivitiesTest, OfSeveralSitesAndTargetsInOnePassAreThoseOfEachAlone) {
  attribute::Target other = unit_;
  other.index = 7;
  const std::vector<SiteColumns> sites{site("blocks.1.mlp.hook_post"), site("blocks.0.hook_resid_post")};
  const auto all = plans(At::Mean);
  SensitivityOptions together{sites, {unit_, other}};
  together.memory_bytes = 1;  // the smallest batches
  const Sensitivities both = sensitivities(model_, all, together);
  for (std::size_t t = 0; t < 2; ++t) {
    Index column = 0;
    for (const SiteColumns& one : sites) {
      const Sensitivities alone = sensitivities(model_, all, {{one}, {t == 0 ? unit_ : other}});
      EXPECT_LT((alone.gradients[0] - both.gradients[t].middleCols(column, one.width)).cwiseAbs().maxCoeff(),
                1e-6);
      EXPECT_LT((alone.activations - both.activations.middleCols(column, one.width)).cwiseAbs().maxCoeff(),
                1e-6);
      column += one.width;
    }
  }
}
TEST_F(SensitivitiesTest, ActivationsAreThoseThatConceptVectorsAreTrainedOn) {
  const SiteColumns columns = site("blocks.0.hook_resid_post");
  for (const At at : {At::Summary, At::Mean}) {
    const auto all = plans(at);
    extract::PooledForward forward(model_, {{columns}});
    const MatrixF trained = forward.run(all);
    EXPECT_LT((sensitivities(model_, all, {{columns}, {unit_}}).activations - trained).cwiseAbs().maxCoeff(),
              1e-5);
  }
}
TEST_F(SensitivitiesTest, SentenceBySentenceWithTargetsOfTheirOwnEqualOneTargetForAll) {
  const std::vector<SiteColumns> sites{site("blocks.0.hook_resid_post"), site("blocks.1.mlp.hook_post")};
  for (const At at : {At::Summary, At::Mean}) {
    const auto all = plans(at);
    attribute::Target other = unit_;
    other.index = 9;
    const Sensitivities expected = sensitivities(model_, all, {sites, {unit_, other}});
    std::vector<std::vector<Explained>> explained;
    for (const extract::SentencePlan& plan : all) {
      const auto& ids = plan.segments.front().ids;
      const auto sentence = model::Batch::of({std::vector<std::int64_t>(ids.begin(), ids.end())});
      explained.push_back({{sentence, unit_}, {sentence, other}});
    }
    const Sensitivities found = sensitivities_of_each(model_, all, explained, {sites, {}});
    EXPECT_LT((found.values - expected.values).cwiseAbs().maxCoeff(), 1e-5);
    EXPECT_LT((found.activations - expected.activations).cwiseAbs().maxCoeff(), 1e-5F);
    for (std::size_t t = 0; t < 2; ++t)
      EXPECT_LT((found.gradients[t] - expected.gradients[t]).cwiseAbs().maxCoeff(), 1e-5F);
    EXPECT_EQ(found.present, expected.present);
  }
}
TEST_F(SensitivitiesTest, RefuseASiteBeyondTheTargetAndOneWithoutColumns) {
  unit_.site = {SiteKind::ResidPost, 0};
  const auto all = plans(At::Summary);
  EXPECT_THAT(refusal([&] {
                sensitivities(model_, all, {{site("blocks.1.hook_resid_post")}, {unit_}});
              }),
              HasSubstr("blocks.1.hook_resid_post: the target does not depend on it"));
  EXPECT_THAT(refusal([&] {
                sensitivities(model_, all, {{site("blocks.0.attn.hook_pattern")}, {unit_}});
              }),
              HasSubstr("no columns of its own"));
  EXPECT_THAT(refusal([&] {
                sensitivities(model_, all, {{site("blocks.0.hook_resid_post")}, {}});
              }),
              HasSubstr("no target"));
}

}  // namespace
}  // namespace neurox::tcav
