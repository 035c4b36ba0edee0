#include "pair_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "neurox/model/encoder_decoder.h"
#include "neurox/model/generate.h"
#include "neurox/model/key_value_cache.h"
#include "neurox/model/likelihood.h"
#include "neurox/model/stop_tokens.h"

/// Encoders with decoders against what transformers computed with the same weights, and the laws of sites.
namespace neurox::model {
namespace {

using ::testing::HasSubstr;
using testing::relative, testing::PairSubject, testing::on_every_pair;

TEST(PairModel, HiddenStatesOfBothStacksEqualTransformers) {
  on_every_pair([](PairSubject& s) {
    for (const Stack stack : {Stack::Encoder, Stack::Decoder}) {
      const bool encoder = stack == Stack::Encoder;
      const ModelConfig& c = encoder ? *s.model.config().encoder : s.model.config();
      const std::string name = encoder ? "encoder_" : "decoder_";
      const torch::Tensor rows = s.rows(encoder);
      for (int k = 0; k <= c.blocks; ++k) {
        Site site{k == 0 ? SiteKind::ResidPre : SiteKind::ResidPost, std::max(0, k - 1), {}, stack};
        if (k == c.blocks && c.architecture->norm_first) site = {SiteKind::FinalNorm, -1, {}, stack};
        EXPECT_LE(relative(s.at(site).index_select(0, rows), s.expected.tensor(name + std::to_string(k))),
                  1e-5)
            << full_name(site);
      }
    }
  });
}

TEST(PairModel, AttentionWithinAndAcrossEqualsTransformers) {
  on_every_pair([](PairSubject& s) {
    const std::pair<Site, const char*> all[] = {
        {{SiteKind::AttnPattern, 1, {}, Stack::Encoder}, "encoder_pattern"},
        {{SiteKind::AttnPattern, 1, {}, Stack::Decoder}, "decoder_pattern"},
        {{SiteKind::CrossPattern, 1, {}, Stack::Decoder}, "cross_pattern"}};
    for (const auto& [site, name] : all)
      EXPECT_LE(relative(s.pattern(site), s.expected.tensor(name)), 1e-5) << name;
  });
}

TEST(PairModel, LogitsEqualTransformers) {
  on_every_pair([](PairSubject& s) {
    ASSERT_TRUE(s.model.has_causal_lm());
    const torch::Tensor logits = s.model.lm_logits(s.model.forward(s.batch).index_select(0, s.rows(false)));
    EXPECT_LE(relative(logits, s.expected.tensor("logits")), 1e-5);
  });
}

TEST(PairModel, OneByOneEqualsTogetherAndTheEncoderNeedsNoTarget) {
  on_every_pair([](PairSubject& s) {
    const torch::Tensor together = s.model.forward(s.batch);
    const std::vector<std::int64_t> offsets = s.batch.offsets();
    const Site last = *parse_site(s.model.sites()[0].site);
    for (std::size_t i = 0; i < s.sources.size(); ++i) {
      const Batch alone = s.alone(i, s.batch.lengths[i] - s.sources[i]);
      EXPECT_LE(relative(s.model.forward(alone), together.narrow(0, offsets[i], s.batch.lengths[i])), 1e-5);
      const Batch source = s.alone(i, 0);
      EXPECT_LE(relative(s.model.forward(source, last), s.at(last).narrow(0, offsets[i], s.sources[i])),
                1e-5);
    }
  });
}

TEST(PairModel, SitesAreListedInTheOrderOfComputationEncoderFirst) {
  on_every_pair([](PairSubject& s) {
    std::vector<SiteColumns> seen;
    std::vector<Hooks::Guard> guards;
    const std::vector<SiteColumns> listed = s.model.sites();
    for (const SiteColumns& site : listed)
      guards.push_back(s.model.hooks().observe(*site_of(site), [&seen, site, &s](const torch::Tensor& x) {
        if (!seen.empty() && seen.back().site == site.site) return;  // a pattern, once per run
        SiteColumns found = site;
        found.width = x.dim() == 2 ? static_cast<int>(x.size(1)) : 0;
        if (x.dim() == 2) {
          EXPECT_EQ(x.size(0), s.batch.tokens());
        }
        seen.push_back(found);
      }));
    s.model.forward(s.batch);
    EXPECT_EQ(seen, listed);
    for (std::size_t i = 1; i < listed.size(); ++i)
      EXPECT_LT(*site_of(listed[i - 1]), *site_of(listed[i])) << listed[i].site;
  });
}

TEST(PairModel, PositionsOfM2M100PassOverAPaddingTokenInsideAText) {
  PairSubject s("m2m-lm");
  ASSERT_EQ(s.model.config().pad_id, 1);
  const auto first = [&](const std::vector<std::int64_t>& source, const std::vector<std::int64_t>& target) {
    s.batch.ids = torch::cat({torch::tensor(source), torch::tensor(target)});
    s.batch.lengths = {s.batch.ids.numel()};
    s.batch.mark_sources(std::vector{static_cast<std::int64_t>(source.size())});
    return s.at({SiteKind::ResidPre, 0, {}, Stack::Encoder}) +
           s.at({SiteKind::ResidPre, 0, {}, Stack::Decoder});
  };
  const torch::Tensor with = first({5, 1, 6}, {2, 7, 1, 9}), without = first({5, 6}, {2, 7, 9});
  const torch::Tensor kept = torch::tensor({0, 2, 3, 4, 6});
  EXPECT_TRUE(with.index_select(0, kept).equal(without));
  // A padding token has no position: it is the same vector wherever it stands.
  EXPECT_TRUE(first({1, 5}, {2, 7})[0].equal(with[1]));
  EXPECT_TRUE(first({5}, {1, 2, 7})[1].equal(with[5]));
}

TEST(PairModel, ResidualSumsHoldWithCrossAttentionBetween) {
  on_every_pair([](PairSubject& s) {
    if (!s.model.config().architecture->norm_first) return;
    const auto at = [&](SiteKind kind) { return s.at({kind, 1, {}, Stack::Decoder}); };
    EXPECT_TRUE(at(SiteKind::ResidMid).equal(at(SiteKind::ResidPre) + at(SiteKind::AttnOut)));
    EXPECT_TRUE(at(SiteKind::ResidMidCross).equal(at(SiteKind::ResidMid) + at(SiteKind::CrossOut)));
    EXPECT_TRUE(at(SiteKind::ResidPost).equal(at(SiteKind::ResidMidCross) + at(SiteKind::MlpOut)));
  });
}

TEST(PairModel, SitesHaveZerosWhereTheOtherStackReads) {
  on_every_pair([](PairSubject& s) {
    for (const SiteColumns& columns : s.model.sites()) {
      if (columns.width == 0) continue;
      const Site site = *site_of(columns);
      const torch::Tensor other = s.at(site).index_select(0, s.rows(!reads_source(site)));
      EXPECT_EQ(other.abs().max().item<float>(), 0) << columns.site;
    }
  });
}

TEST(PairModel, AnEditAtAnySiteReachesTheTargetsAndListeningChangesNothing) {
  on_every_pair([](PairSubject& s) {
    const torch::Tensor targets = s.rows(false), expected = s.model.forward(s.batch).index_select(0, targets);
    for (const SiteColumns& columns : s.model.sites()) {
      torch::manual_seed(3);
      const auto result = [&](const Hooks::Edit& edit) {
        const auto guard = s.model.hooks().edit(*site_of(columns), edit);
        return s.model.forward(s.batch).index_select(0, targets);
      };
      EXPECT_GT(relative(result([](const torch::Tensor& x) { return x + torch::randn_like(x); }), expected),
                1e-3)
          << columns.site;
      EXPECT_LE(relative(result([](const torch::Tensor& x) { return x.clone(); }), expected), 2e-6)
          << columns.site;
    }
  });
}

TEST(PairModel, StoppingGivesTheSiteAndComputesNothingLater) {
  on_every_pair([](PairSubject& s) {
    const std::vector<SiteColumns> sites = s.model.sites();
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const Site site = *site_of(sites[i]);
      const torch::Tensor expected = s.at(site);
      std::vector<Hooks::Guard> later;
      for (std::size_t j = i + 1; j < sites.size(); ++j)
        later.push_back(s.model.hooks().observe(*site_of(sites[j]), [&](const torch::Tensor&) {
          ADD_FAILURE() << sites[j].site << " was computed after " << sites[i].site;
        }));
      const torch::Tensor result = s.model.forward(s.batch, site);
      if (sites[i].width > 0)
        EXPECT_TRUE(result.equal(expected)) << sites[i].site;
      else
        EXPECT_FALSE(result.defined()) << sites[i].site;
    }
  });
}

TEST(PairModel, GradientsReachTheWordsOfSourceAndTarget) {
  for (const std::string& name : testing::pair_models()) {
    SCOPED_TRACE(name);
    PairSubject s(name, torch::kFloat64);
    torch::manual_seed(1);
    const torch::Tensor at = s.model.embed(s.batch).clone().requires_grad_(),
                        direction = torch::randn_like(at);
    const torch::Tensor targets = s.rows(false);
    const torch::Tensor weight = torch::randn({targets.numel(), s.model.config().width}, torch::kFloat64);
    const auto value = [&](const torch::Tensor& x) {
      return (s.model.forward_embeddings(x, s.batch).index_select(0, targets) * weight).sum();
    };
    const torch::Tensor gradient = torch::autograd::grad({value(at)}, {at})[0];
    for (const bool source : {true, false})
      EXPECT_GT(gradient.index_select(0, s.rows(source)).abs().max().item<double>(), 1e-3);
    constexpr double step = 1e-6;
    const torch::NoGradGuard off;
    const double measured =
        ((value(at + step * direction) - value(at - step * direction)) / (2 * step)).item<double>();
    EXPECT_NEAR((gradient * direction).sum().item<double>(), measured, 1e-5 * (1 + std::abs(measured)));
  }
}

TEST(PairModel, StatesBehindACacheEqualThoseOfTheWholeText) {
  on_every_pair([](PairSubject& s) {
    const torch::InferenceMode no_gradients;
    // Sentences 0, 2 and 4: of several lengths, then in another order.
    const std::vector<std::size_t> chosen{2, 0, 4};
    std::vector<TokenIds> first;
    std::vector<std::int64_t> sources;
    KeyValueCache cache(s.model.config(), 3);
    const auto text = [&](std::size_t i, std::int64_t targets) {
      return testing::numbers(s.alone(i, targets).ids);
    };
    for (const std::size_t i : chosen) {
      first.push_back(text(i, 1));
      sources.push_back(s.sources[i]);
    }
    Batch start = Batch::of(first);
    start.mark_sources(sources);
    start.cache = &cache;
    s.model.forward(start);
    EXPECT_EQ(cache.length(0), s.sources[2] + 1);
    const std::vector<std::int64_t> order{2, 0, 1, 0};
    cache.select(order);
    std::vector<TokenIds> second;
    for (const std::int64_t o : order)
      second.push_back({text(chosen[static_cast<std::size_t>(o)], 2).back()});
    Batch step = Batch::of(second);
    step.cache = &cache;
    const torch::Tensor found = s.model.forward(step);
    for (std::size_t r = 0; r < order.size(); ++r) {
      const torch::Tensor whole = s.model.forward(s.alone(chosen[static_cast<std::size_t>(order[r])], 2));
      EXPECT_LE(relative(found[static_cast<std::int64_t>(r)], whole[-1]), 1e-5) << r;
    }
  });
}

TEST(PairModel, WritesWhatTransformersWritesGreedilyAndWithBeams) {
  on_every_pair([](PairSubject& s) {
    const GenerationSettings settings = generation_settings(testing::pair_folder(s.name));
    ASSERT_TRUE(settings.decoder_start);
    std::vector<TokenIds> prompts;
    GenerationOptions options;
    options.rules = settings.rules;
    options.most_tokens = 9;
    options.stop_ids = stop_tokens(testing::pair_folder(s.name));
    options.sources = s.sources;
    for (std::size_t i = 0; i < s.sources.size(); ++i) {
      prompts.push_back(testing::numbers(s.alone(i, 0).ids));
      prompts.back().push_back(*settings.decoder_start);
    }
    for (const std::string kind : {"greedy", "beams"}) {
      options.beams = kind == "beams" ? 3 : 1;
      for (const bool cache : {true, false}) {
        options.cache = cache;
        const std::vector<std::int64_t> all = testing::numbers(s.expected.tensor(kind)),
                                        lengths = testing::numbers(s.expected.tensor(kind + "_lengths"));
        std::int64_t at = 0;
        const auto found = generate(s.model, prompts, options);
        for (std::size_t i = 0; i < found.size(); ++i) {
          EXPECT_EQ(found[i].ids, TokenIds(all.begin() + at, all.begin() + at + lengths[i]))
              << kind << ", sentence " << i << (cache ? "" : ", without cache");
          at += lengths[i];
        }
      }
    }
  });
}

TEST(PairModel, LikelihoodsOfTargetsAreThoseOfTheirLogits) {
  PairSubject s("marian-lm");
  const torch::InferenceMode no_gradients;
  const torch::Tensor hidden = s.model.forward(s.batch),
                      all = token_log_likelihoods(s.model, hidden, s.batch);
  const torch::Tensor rows = s.rows(false), logits = s.expected.tensor("logits").log_softmax(1);
  // Sentence 0: source of 5, target of 4; its second target token stands at row 6.
  for (std::int64_t i = 1; i < 4; ++i) {
    const std::int64_t row = s.sources[0] + i;
    EXPECT_NEAR(all[row].item<double>(), logits[i - 1][s.batch.ids[row].item<std::int64_t>()].item<double>(),
                1e-4);
  }
}

TEST(PairModel, RandomWeightsNeedOnlyTheConfiguration) {
  const Model model = Model::load(testing::pair_folder("t5-gated-lm"), {.random_init = 3});
  EXPECT_TRUE(model.has_causal_lm());
  Batch batch = Batch::of({{4, 5, 6, 0, 7}});
  batch.mark_sources(std::vector<std::int64_t>{3});
  EXPECT_TRUE(model.forward(batch).isfinite().all().item<bool>());
}

template <class Work>
std::string refusal(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was refused";
}

TEST(PairModel, RefusesWhatDoesNotFitItsSides) {
  PairSubject s("bart-lm");
  const auto running = [&](std::vector<std::vector<std::int64_t>> texts, std::vector<std::int64_t> sources) {
    return refusal([&] {
      Batch batch = Batch::of(texts);
      if (!sources.empty()) batch.mark_sources(sources);
      s.model.forward(batch);
    });
  };
  EXPECT_THAT(running({{3, 4, 5}}, {}), HasSubstr("no target; a decoder reads the text of a second column"));
  EXPECT_THAT(running({{3, 4}, {3, 4}}, {1, 2}),
              HasSubstr("sentence 1 of the batch: no target, where other sentences"));
  EXPECT_THAT(running({{3, 4}}, {0}), HasSubstr("sentence 0 of the batch: no source"));
  EXPECT_THAT(running({TokenIds(30, 5)}, {5}), HasSubstr("a target of 25 tokens, but"));
  EXPECT_THAT(running({TokenIds(30, 5)}, {25}), HasSubstr("a source of 25 tokens, but"));
  EXPECT_THAT(running({{3, 99}}, {1}), HasSubstr("target token id 99, but"));
  Batch batch = Batch::of({{3, 4, 5}});
  batch.type_ids = torch::tensor({0, 1, 0});
  EXPECT_THAT(refusal([&] { s.model.forward(batch); }), HasSubstr("a source token stands behind the target"));
  EXPECT_THAT(refusal([&] {
                s.model.forward_from(0, torch::zeros({2, 24}), s.alone(3, 1));
              }),
              HasSubstr("begins at the word embeddings"));
  EXPECT_THAT(refusal([&] {
                generate(s.model, std::vector<TokenIds>{{3, 2}}, {});
              }),
              HasSubstr("0 lengths of sources for 1 prompts"));
}

TEST(PairModel, ADecoderAloneHasNoEncoderSites) {
  Model model = testing::tiny("gpt2-lm");
  const Site site{SiteKind::ResidPost, 0, {}, Stack::Encoder};
  EXPECT_THAT(refusal([&] {
                model.forward(Batch::of({{3, 4}}), site);
              }),
              HasSubstr("there is no encoder in"));
  EXPECT_THAT(refusal([&] { (void)model.hooks().observe(site, [](const torch::Tensor&) {}); }),
              HasSubstr("the model has one stack of blocks"));
  EXPECT_THAT(refusal([&] {
                (void)model.hooks().observe({SiteKind::CrossZ, 0}, [](const torch::Tensor&) {});
              }),
              HasSubstr("there is no cross attention"));
}

}  // namespace
}  // namespace neurox::model
