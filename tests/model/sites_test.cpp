#include <gtest/gtest.h>

#include "neurox/model/activation.h"
#include "neurox/model/transformer.h"
#include "tiny_models.h"

/// The equations of docs/sites.md, on every family.
namespace neurox::model {
namespace {

using testing::at_site, testing::relative;

TEST(Sites, AreListedInTheOrderInWhichTheyAreComputedWithTheirWidths) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    std::vector<SiteColumns> seen;
    std::vector<Hooks::Guard> guards;
    const std::vector<SiteColumns> listed = model.sites();
    for (const SiteColumns& site : listed) {
      guards.push_back(
          model.hooks().observe(*parse_site(site.site), [&seen, site, &batch](const torch::Tensor& x) {
            if (!seen.empty() && seen.back().site == site.site) return;  // the pattern, once per run
            SiteColumns found = site;
            found.width = x.dim() == 2 ? static_cast<int>(x.size(1)) : 0;
            EXPECT_EQ(x.size(0), x.dim() == 2 ? batch.tokens() : batch.runs().front().sentences);
            seen.push_back(found);
          }));
    }
    model.forward(batch);
    EXPECT_EQ(seen, listed);
    for (const SiteColumns& site : listed)
      EXPECT_EQ(site.head_width, site_names()[static_cast<std::size_t>(parse_site(site.site)->kind)].per_head
                                     ? model.config().head_width
                                     : 0);
  });
}

TEST(Sites, ResidualSumsHold) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    if (s.norm_first()) {
      EXPECT_TRUE(s.at(SiteKind::ResidMid).equal(s.at(SiteKind::ResidPre) + s.at(SiteKind::AttnOut)));
      EXPECT_TRUE(s.at(SiteKind::ResidPost).equal(s.at(SiteKind::ResidMid) + s.at(SiteKind::MlpOut)));
    } else {
      // Norm last: the sum is inside. Undo weight and bias, and compare with the sum brought to mean 0,
      // variance 1.
      const auto check = [&](SiteKind result, SiteKind stream, SiteKind added, const Norm& norm) {
        const torch::Tensor sum = s.at(stream) + s.at(added);
        const torch::Tensor centred = sum - sum.mean(1, true);
        const torch::Tensor normed = centred / centred.square().mean(1, true).sqrt();
        EXPECT_LE(relative(s.at(result), normed * norm.weight + norm.bias), 1e-5);
      };
      const BlockLayers& layers = model.layers(1);
      check(SiteKind::ResidMid, SiteKind::ResidPre, SiteKind::AttnOut, layers.attention_norm);
      check(SiteKind::ResidPost, SiteKind::ResidMid, SiteKind::MlpOut, layers.mlp_norm);
    }
  });
}

TEST(Sites, ABlockReceivesWhatTheOneBeforeReturns) {
  testing::on_every_family([](testing::Subject& s) {
    EXPECT_TRUE(s.at(SiteKind::ResidPre, 1).equal(s.at(SiteKind::ResidPost, 0)));
  });
}

TEST(Sites, TheResultIsTheLastSite) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const Site last =
        s.norm_first() ? Site{SiteKind::FinalNorm, -1} : Site{SiteKind::ResidPost, model.config().blocks - 1};
    EXPECT_EQ(full_name(last), model.sites().back().site);
    EXPECT_TRUE(at_site(model, batch, last).equal(model.forward(batch)));
  });
}

TEST(Sites, MlpPostIsTheActivationOfMlpPreUnlessGated) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    if (model.config().architecture->gated()) return;
    const Activation f = find_activation(model.config().activation);
    EXPECT_TRUE(s.at(SiteKind::MlpPost).equal(f(s.at(SiteKind::MlpPre))));
  });
}

TEST(Sites, ZIsThePatternTimesTheValuesHeadByHead) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const ModelConfig& c = model.config();
    std::vector<torch::Tensor> patterns;
    const auto guard = model.hooks().observe({SiteKind::AttnPattern, 1},
                                             [&](const torch::Tensor& x) { patterns.push_back(x); });
    const torch::Tensor v = s.at(SiteKind::AttnV);
    patterns.clear();
    const torch::Tensor z = s.at(SiteKind::AttnZ);
    ASSERT_EQ(patterns.size(), batch.runs().size());
    for (std::size_t r = 0; r < patterns.size(); ++r) {
      const neurox::model::Run run = batch.runs()[r];
      EXPECT_LE((patterns[r].sum(-1) - 1).abs().max().item<double>(), 1e-6);
      if (c.causal) {
        EXPECT_EQ(patterns[r].triu(1).abs().max().item<double>(), 0);
      }
      for (std::int64_t i = 0; i < run.sentences; ++i)
        for (std::int64_t h = 0; h < c.heads; ++h) {
          const std::int64_t first = run.first_token + i * run.length, shared = h / (c.heads / c.kv_heads);
          const auto part = [&](const torch::Tensor& x, std::int64_t head) {
            return x.narrow(0, first, run.length).narrow(1, head * c.head_width, c.head_width);
          };
          EXPECT_LE(relative(part(z, h), torch::matmul(patterns[r][i][h], part(v, shared))), 1e-5);
        }
    }
  });
}

TEST(Sites, ListeningDoesNotChangeTheResult) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const torch::Tensor expected = model.forward(batch);
    for (const SiteColumns& site : model.sites()) {
      const auto guard =
          model.hooks().edit(*parse_site(site.site), [](const torch::Tensor& x) { return x.clone(); });
      EXPECT_LE(relative(model.forward(batch), expected), site.width > 0 ? 0 : 2e-6) << site.site;
    }
  });
}

TEST(Sites, AnEditAtAnySiteReachesTheResult) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const torch::Tensor expected = model.forward(batch);
    for (const SiteColumns& site : model.sites()) {
      torch::manual_seed(3);
      const auto guard = model.hooks().edit(*parse_site(site.site),
                                            [](const torch::Tensor& x) { return x + torch::randn_like(x); });
      EXPECT_GT(relative(model.forward(batch), expected), 1e-3) << site.site;
    }
  });
}

TEST(Sites, StoppingGivesTheSiteAndComputesNothingLater) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const std::vector<SiteColumns> sites = model.sites();
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const Site site = *parse_site(sites[i].site);
      const torch::Tensor expected = at_site(model, batch, site);
      bool seen = false;
      const auto here = model.hooks().observe(site, [&](const torch::Tensor&) { seen = true; });
      std::vector<Hooks::Guard> later;
      for (std::size_t j = i + 1; j < sites.size(); ++j)
        later.push_back(model.hooks().observe(*parse_site(sites[j].site), [&](const torch::Tensor&) {
          ADD_FAILURE() << sites[j].site << " was computed after " << sites[i].site;
        }));
      const torch::Tensor result = model.forward(batch, site);
      EXPECT_TRUE(seen) << sites[i].site;
      if (sites[i].width > 0)
        EXPECT_TRUE(result.equal(expected)) << sites[i].site;
      else
        EXPECT_FALSE(result.defined());
    }
  });
}

TEST(Sites, StartingFromABlockGoesOnFromThere) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const torch::Tensor expected = model.forward(batch);
    for (int l = 0; l < model.config().blocks; ++l)
      EXPECT_TRUE(model.forward_from(l, s.at(SiteKind::ResidPre, l), batch).equal(expected));
  });
}

}  // namespace
}  // namespace neurox::model
