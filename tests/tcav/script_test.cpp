#include <gtest/gtest.h>

#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"
#include "neurox/tcav/sensitivities.h"
#include "support.h"

/// Concepts in the modules of a TorchScript text CNN: windows hold words, the hidden layer holds texts.
namespace neurox::tcav {
namespace {

class ScriptSensitivities : public ::testing::Test {
 protected:
  ScriptSensitivities()
      : file_(std::filesystem::path(NEUROX_TESTDATA) / "torchscript" / "cnn" / "model.ts"),
        model_(model::Model::load(file_)),
        tokenizer_(text::Tokenizer::load_beside(file_)) {
    for (const char* text : {"the film a very fun .", "dull film", "not a good film", "very bad"}) {
      io::Sentence s;
      s.text = text;
      plans_.push_back(plan_sentence(tokenizer_, extract::plan_input(s, "test"), plan_at(At::Mean, 1 << 20)));
    }
    target_.index = 1;
  }
  SiteColumns site(const std::string& name) const {
    for (const SiteColumns& s : model_.sites())
      if (s.site == name) return s;
    ADD_FAILURE() << name;
    return {};
  }

  std::filesystem::path file_;
  model::Model model_;
  text::Tokenizer tokenizer_;
  std::vector<extract::SentencePlan> plans_;
  attribute::Target target_;
};

TEST_F(ScriptSensitivities, EqualFiniteDifferencesAlsoInAPooledLayer) {
  const std::vector<SiteColumns> sites{site("windows.0.act"), site("windows.1.act"), site("hidden_act")};
  const Sensitivities all = sensitivities(model_, plans_, {sites, {target_}});
  Index column = 0;
  for (const SiteColumns& columns : sites) {
    for (Index i = 0; i < 4; ++i) {
      double values[2];
      constexpr double h = 1e-3;
      VectorD v(columns.width);
      for (Index j = 0; j < v.size(); ++j) v[j] = 0.1 * static_cast<double>(j) - 0.2;
      const torch::Tensor step = torch::tensor(std::vector<double>(v.begin(), v.end())).to(torch::kFloat32);
      for (const int side : {0, 1}) {
        const auto guard = model_.hooks().edit(
            *site_of(columns), [&](const torch::Tensor& x) { return x + (side == 0 ? h : -h) * step; });
        values[side] =
            sensitivities(model_, {&plans_[static_cast<std::size_t>(i)], 1}, {{columns}, {target_}})
                .values(0, 0);
      }
      const double found = all.gradients[0].row(i).segment(column, columns.width).cast<double>().dot(v);
      EXPECT_NEAR(found, (values[0] - values[1]) / (2 * h), 2e-2 * std::max(0.05, std::abs(found)))
          << columns.site << ' ' << i;
    }
    column += columns.width;
  }
}
TEST_F(ScriptSensitivities, ActivationsAreThoseThatConceptVectorsAreTrainedOn) {
  const std::vector<SiteColumns> sites{site("hidden_act"), site("windows.0.act")};
  extract::PooledForward forward(model_, {sites});
  const MatrixF trained = forward.run(plans_);
  const Sensitivities found = sensitivities(model_, plans_, {sites, {target_}});
  EXPECT_LT((found.activations - trained).cwiseAbs().maxCoeff(), 1e-6);
}
TEST_F(ScriptSensitivities, APooledLayersActivationIsTheLayersOwn) {
  const SiteColumns hidden = site("hidden_act");
  extract::PooledForward forward(model_, {{hidden}});
  const MatrixF rows = forward.run(plans_);
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    torch::Tensor seen;
    const auto guard = model_.hooks().observe(*site_of(hidden), [&](const torch::Tensor& x) { seen = x[0]; });
    const std::vector<std::int64_t> ids(plans_[i].segments[0].ids.begin(), plans_[i].segments[0].ids.end());
    model_.forward(model::Batch::of({ids}));
    for (Index j = 0; j < hidden.width; ++j)
      EXPECT_NEAR(rows(static_cast<Index>(i), j), seen[j].item<float>(), 1e-6);
  }
}

}  // namespace
}  // namespace neurox::tcav
