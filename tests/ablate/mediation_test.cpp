#include "neurox/ablate/mediation.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <cmath>
#include <map>
#include <numeric>

#include "neurox/ablate/mediation_means.h"
#include "neurox/model/heads.h"
#include "neurox/model/likelihood.h"
#include "support.h"

namespace neurox::ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double tolerance = 2e-5;

model::Model family(const std::string& name) {
  return model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / name);
}

const PromptTokens pair_of_one_length{{3, 17, 8, 21, 9}, {3, 30, 8, 21, 9}, {11}, {25}};
const PromptTokens pair_of_two_lengths{{3, 17, 40, 8, 21}, {3, 30, 8, 21}, {11, 14}, {25}};

model::Model model_in(const std::string& folder) {
  return model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / folder);
}

const PromptTokens masked_pair{{2, 17, 8, 4, 21, 3}, {2, 30, 8, 4, 21, 3}, {11}, {25}, Asked::AtMask, 3, 3};
const PromptTokens masked_pair_of_two_tokens{
    {2, 17, 8, 4, 21, 3}, {2, 30, 8, 4, 21, 3}, {11, 40}, {25}, Asked::AtMask, 3, 3};
const PromptTokens source_pair{{17, 8, 9, 1}, {30, 8, 9, 1}, {11, 14}, {25}, Asked::Target, -1, -1, {0, 5}};
const PromptTokens letters_pair{{1, 0, 8, 3}, {1, 5, 8, 3}, {4, 2}, {6}};
const PromptTokens letters_pair_of_two_lengths{{1, 0, 8, 3}, {1, 5, 5, 8, 3}, {4}, {6, 1}};

Mediator all_of(const model::Model& model, Site site) {
  for (const SiteColumns& columns : model.sites())
    if (site_of(columns) == site) {
      Mediator out{{site, std::vector<std::int64_t>(static_cast<std::size_t>(columns.width))}};
      std::iota(out[0].neurons.begin(), out[0].neurons.end(), 0);
      return out;
    }
  ADD_FAILURE() << full_name(site);
  return {};
}

/// log y by whole passes, text by text, under whatever hooks there are.
double log_ratio(const model::Model& model, const std::vector<std::int64_t>& prompt,
                 const PromptTokens& pair) {
  const auto mean = [&](const std::vector<std::int64_t>& candidate) {
    std::vector<std::int64_t> ids = prompt;
    ids.insert(ids.end(), candidate.begin(), candidate.end());
    const auto batch = model::Batch::of({ids});
    return model::token_log_likelihoods(model, model.forward(batch), batch)
        .narrow(0, static_cast<std::int64_t>(prompt.size()), static_cast<std::int64_t>(candidate.size()))
        .mean()
        .item<double>();
  };
  return mean(pair.counterfactual_candidate) - mean(pair.base_candidate);
}

/// What is at a site when a prompt is read.
torch::Tensor activations(model::Model& model, const std::vector<std::int64_t>& prompt, Site site) {
  torch::Tensor out;
  const auto guard = model.hooks().observe(site, [&](const torch::Tensor& x) { out = x.clone(); });
  model.forward(model::Batch::of({prompt}));
  return out;
}

/// The second route: one neuron put in by an edit of its own.
double log_ratio_with(model::Model& model, const PromptTokens& pair, Site site, std::int64_t neuron,
                      bool of_base, Exchanged exchanged) {
  const auto& own = of_base ? pair.base : pair.counterfactual;
  const auto& other = of_base ? pair.counterfactual : pair.base;
  const torch::Tensor theirs = activations(model, other, site);
  const auto rows = exchanged_rows(own, other, exchanged);
  const auto guard = model.hooks().edit(site, [&](const torch::Tensor& x) {
    torch::Tensor y = x.clone();
    for (const auto& [to, from] : rows) y[to][neuron] = theirs[from][neuron];
    return y;
  });
  return log_ratio(model, own, pair);
}

TEST(Mediation, NeuronsOfTheLastNormMoveTheLogitsByTheirWeights) {
  const torch::InferenceMode no_gradients;
  model::Model model = family("gpt2-lm");
  const Site site{SiteKind::FinalNorm, -1};
  const torch::Tensor base = activations(model, pair_of_one_length.base, site)[4],
                      counterfactual = activations(model, pair_of_one_length.counterfactual, site)[4];
  const torch::Tensor& weight = model.heads().lm.out.weight;
  const std::vector<Mediator> mediators{{{site, {2}}}, {{site, {0, 7}}}};
  const PairEffects found =
      mediate(model, pair_of_one_length, mediators, {.exchanged = Exchanged::Last, .batch_tokens = 2048});
  // log y = (w_25 - w_11) . h, so a neuron moves it by its difference times its weights' difference.
  const torch::Tensor moved = ((weight[25] - weight[11]) * (counterfactual - base)).to(torch::kFloat64);
  const auto at = [&](int neuron) { return moved[neuron].item<double>(); };
  EXPECT_NEAR(found.indirect[0] - found.base, at(2), 1e-6);
  EXPECT_NEAR(found.indirect[1] - found.base, at(0) + at(7), 1e-6);
  EXPECT_NEAR(found.direct[0] - found.counterfactual, -at(2), 1e-6);
  EXPECT_NEAR(found.counterfactual - found.base, moved.sum().item<double>(), 1e-6);
  EXPECT_GT(std::abs(at(2)), 1e-3);
}

TEST(Mediation, TheWholeStreamCarriesTheTotalEffectAndNothingCarriesNone) {
  const torch::InferenceMode no_gradients;
  for (const char* name : {"gpt2-lm", "llama-lm", "gpt-neox-lm", "gemma2-lm"}) {
    model::Model model = family(name);
    std::vector<Mediator> mediators;
    for (int b = 0; b < model.config().blocks; ++b) {
      mediators.push_back(all_of(model, {SiteKind::ResidPre, b}));
      mediators.push_back(all_of(model, {SiteKind::ResidPost, b}));
    }
    mediators.emplace_back();
    mediators.push_back({{{SiteKind::MlpPost, 0}, {}}});
    const PairEffects found = mediate(model, pair_of_one_length, mediators);
    EXPECT_GT(std::abs(found.counterfactual - found.base), 1e-3) << name;
    for (std::size_t m = 0; m + 2 < mediators.size(); ++m) {
      EXPECT_NEAR(found.indirect[m], found.counterfactual, tolerance) << name << " " << m;
      EXPECT_NEAR(found.direct[m], found.base, tolerance) << name << " " << m;
    }
    for (std::size_t m = mediators.size() - 2; m < mediators.size(); ++m) {
      EXPECT_EQ(found.indirect[m], found.base);
      EXPECT_EQ(found.direct[m], found.counterfactual);
    }
  }
}

TEST(Mediation, OneNeuronIsWhatAnEditInAWholePassMakesOfIt) {
  const torch::InferenceMode no_gradients;
  for (const char* name : {"gpt2-lm", "llama-lm"}) {
    model::Model model = family(name);
    for (const PromptTokens* pair : {&pair_of_one_length, &pair_of_two_lengths})
      for (const Exchanged exchanged : {Exchanged::All, Exchanged::Differing, Exchanged::Last}) {
        const std::vector<MediatorPart> parts{{{SiteKind::MlpPost, 0}, {5}},
                                              {{SiteKind::MlpPost, 0}, {6}},
                                              {{SiteKind::AttnZ, 1}, {3}},
                                              {{SiteKind::MlpOut, 1}, {0}}};
        std::vector<Mediator> mediators;
        for (const MediatorPart& part : parts) mediators.push_back({part});
        const PairEffects found = mediate(model, *pair, mediators, {exchanged, 2048});
        EXPECT_NEAR(found.base, log_ratio(model, pair->base, *pair), tolerance);
        for (std::size_t m = 0; m < parts.size(); ++m) {
          const auto second = [&](bool of_base) {
            return log_ratio_with(model, *pair, parts[m].site, parts[m].neurons[0], of_base, exchanged);
          };
          EXPECT_NEAR(found.indirect[m], second(true), tolerance) << name << " " << m;
          EXPECT_NEAR(found.direct[m], second(false), tolerance) << name << " " << m;
        }
      }
  }
}

TEST(Mediation, WeightsAndValuesOfAllHeadsAreWhatAttentionReads) {
  const torch::InferenceMode no_gradients;
  for (const char* name : {"gpt2-lm", "llama-lm"}) {
    model::Model model = family(name);
    Mediator heads{{{SiteKind::AttnPattern, 1}, {}}};
    for (std::int64_t h = 0; h < model.config().heads; ++h) heads[0].neurons.push_back(h);
    Mediator weights_and_values = heads;
    weights_and_values.push_back(all_of(model, {SiteKind::AttnV, 1})[0]);
    const std::vector<Mediator> mediators{
        weights_and_values, all_of(model, {SiteKind::AttnZ, 1}), heads, {{{SiteKind::AttnPattern, 1}, {1}}}};
    const PairEffects found = mediate(model, pair_of_one_length, mediators);
    EXPECT_NEAR(found.indirect[0], found.indirect[1], tolerance) << name;
    EXPECT_NEAR(found.direct[0], found.direct[1], tolerance) << name;
    EXPECT_GT(std::abs(found.indirect[2] - found.indirect[1]), 1e-5) << name;

    // One head by hand: its weights from the other prompt.
    const Site site{SiteKind::AttnPattern, 1};
    const torch::Tensor theirs = activations(model, pair_of_one_length.counterfactual, site);
    const auto guard = model.hooks().edit(site, [&](const torch::Tensor& x) {
      torch::Tensor y = x.clone();
      y[0][1].narrow(0, 0, 5).narrow(1, 0, 5).copy_(theirs[0][1]);
      return y;
    });
    EXPECT_NEAR(found.indirect[3], log_ratio(model, pair_of_one_length.base, pair_of_one_length), tolerance);
  }
}

TEST(Mediation, CopiesThatGoTogetherAreWhatTheyAreAlone) {
  const torch::InferenceMode no_gradients;
  model::Model model = family("llama-lm");
  std::vector<Mediator> mediators;
  for (std::int64_t n = 0; n < 9; ++n) mediators.push_back({{{SiteKind::MlpPost, 0}, {n}}});
  mediators.push_back({{{SiteKind::MlpPost, 1}, {0, 1}}, {{SiteKind::AttnZ, 0}, {2}}});
  const PairEffects together = mediate(model, pair_of_two_lengths, mediators);
  const PairEffects alone = mediate(model, pair_of_two_lengths, mediators, {Exchanged::All, 1});
  for (std::size_t m = 0; m < mediators.size(); ++m) {
    EXPECT_NEAR(together.indirect[m], alone.indirect[m], tolerance);
    EXPECT_NEAR(together.direct[m], alone.direct[m], tolerance);
  }
}

TEST(Mediation, MeansAreThoseOfThePaperByHand) {
  // Two pairs of class 0 and one of none: ratios 1 -> 3 and 2 -> 1 in all; with the mediator 1.5 and 2.
  MediationMeans means(1, 1);
  const auto pair = [](double base, double counterfactual, double indirect, double direct) {
    return PairEffects{std::log(base), std::log(counterfactual), {std::log(indirect)}, {std::log(direct)}};
  };
  means.add(0, pair(1, 3, 1.5, 2));
  means.add(0, pair(2, 1, 2, 1));
  means.add(-1, pair(4, 8, 4, 8));
  const auto effects = means.effects();
  EXPECT_NEAR(effects.indirect(0, 0), (0.5 + 0) / 2, 1e-12);
  EXPECT_NEAR(effects.direct(0, 0), (1 - 0.5) / 2, 1e-12);
  EXPECT_NEAR(effects.indirect_error(0, 0), 0.25, 1e-12);  // spread 0.3535 over sqrt(2)
  EXPECT_NEAR(effects.log_indirect(0, 0), std::log(1.5) / 2, 1e-12);
  EXPECT_NEAR(effects.indirect(0, 1), 0.5 / 3, 1e-12);
  EXPECT_NEAR(means.total(0).total, (2 - 0.5) / 2, 1e-12);
  EXPECT_EQ(means.total(1).pairs, 3);
  EXPECT_NEAR(means.total(1).total, (2 - 0.5 + 1) / 3, 1e-12);
  MediationMeans again(1, 1);
  again.restore(means.state());
  EXPECT_EQ(again.effects().indirect, effects.indirect);
  EXPECT_THAT(testing::refusal([&] { MediationMeans(2, 1).restore(means.state()); }), HasSubstr("sums"));
}

TEST(Mediation, RowsAreExchangedWherePromptsHaveThemInCommon) {
  using Rows = std::vector<std::pair<std::int64_t, std::int64_t>>;
  const auto all = [](const std::vector<std::int64_t>& b, const std::vector<std::int64_t>& c) {
    return exchanged_rows(b, c, Exchanged::All);
  };
  EXPECT_EQ(all({1, 2, 3, 4}, {1, 9, 3, 4}), (Rows{{0, 0}, {1, 1}, {2, 2}, {3, 3}}));
  EXPECT_EQ(all({1, 2, 5, 3}, {1, 9, 3}), (Rows{{0, 0}, {2, 1}, {3, 2}}));
  EXPECT_EQ(all({1, 3}, {1, 9, 3}), (Rows{{0, 0}, {1, 2}}));
  EXPECT_EQ(exchanged_rows({1, 2, 5, 3}, {1, 9, 3}, Exchanged::Differing), (Rows{{2, 1}}));
  EXPECT_EQ(exchanged_rows({1, 2, 5, 3}, {1, 8, 9, 3}, Exchanged::Differing), (Rows{{1, 1}, {2, 2}}));
  EXPECT_EQ(exchanged_rows({1, 2, 5, 3}, {1, 9, 3}, Exchanged::Last), (Rows{{3, 2}}));
  EXPECT_TRUE(exchanged_rows({1, 3}, {1, 9, 3}, Exchanged::Differing).empty());
  // What repeats is counted once.
  EXPECT_EQ(all({1, 1}, {1, 1, 1}), (Rows{{0, 0}, {1, 1}}));
}

TEST(Mediation, RefusesWhatCannotBeMediated) {
  model::Model model = family("gpt2-lm");
  const auto says = [&](const PromptTokens& pair, const Mediator& mediator, Exchanged which) {
    return testing::refusal([&] { mediate(model, pair, std::vector<Mediator>{mediator}, {which, 2048}); });
  };
  EXPECT_THAT(says(pair_of_two_lengths, {{{SiteKind::AttnPattern, 0}, {0}}}, Exchanged::All),
              HasSubstr("prompts of 5 and 4 tokens have no attention weights to exchange"));
  EXPECT_THAT(says(pair_of_one_length, {{{SiteKind::MlpPost, 0}, {1000}}}, Exchanged::All),
              HasSubstr("blocks.0.mlp.hook_post: no neuron 1000; it has"));
  EXPECT_THAT(says(pair_of_one_length, {{{SiteKind::AttnPattern, 0}, {9}}}, Exchanged::All),
              HasSubstr("no head 9"));
  EXPECT_THAT(says({{1, 3}, {1, 9, 3}, {4}, {5}}, {}, Exchanged::Differing),
              HasSubstr("no token of the prompt can be exchanged"));
  model = family("bert");
  EXPECT_THAT(says(pair_of_one_length, {}, Exchanged::All),
              HasSubstr("asks a language model what goes on, or what stands at a mask, and"));
  model = family("bert-mlm");
  EXPECT_THAT(says(pair_of_one_length, {}, Exchanged::All), HasSubstr("made for another sort of model"));
  model = model_in("pair-models/t5-lm");
  const std::int64_t heads = model.config().heads;
  const Site site{SiteKind::CrossPattern, 0, {}, Stack::Decoder};
  EXPECT_THAT(says(source_pair, {{site, {heads}}}, Exchanged::All),
              HasSubstr(fmt::format("decoder.blocks.0.cross_attn.hook_pattern: no head {}", heads)));
  PromptTokens longer = source_pair;
  longer.counterfactual.push_back(1);
  EXPECT_THAT(says(longer, {{site, {0}}}, Exchanged::All),
              HasSubstr("prompts of 4 and 5 tokens have no attention weights to exchange"));
}

TEST(Mediation, TheStreamOfAMaskedLanguageModelCarriesEverything) {
  const torch::InferenceMode no_gradients;
  for (const char* name : {"bert-mlm", "roberta-mlm", "albert-mlm", "deberta-v2-mlm", "electra-mlm"}) {
    model::Model model = family(name);
    for (const PromptTokens& pair : {masked_pair, masked_pair_of_two_tokens}) {
      std::vector<Mediator> mediators;
      for (int b = 0; b < model.config().blocks; ++b) {
        mediators.push_back(all_of(model, {SiteKind::ResidPre, b}));
        mediators.push_back(all_of(model, {SiteKind::ResidPost, b}));
      }
      mediators.emplace_back();
      const PairEffects found = mediate(model, pair, mediators);
      EXPECT_GT(std::abs(found.counterfactual - found.base), 1e-3) << name;
      for (std::size_t m = 0; m + 1 < mediators.size(); ++m) {
        EXPECT_NEAR(found.indirect[m], found.counterfactual, tolerance) << name << " " << m;
        EXPECT_NEAR(found.direct[m], found.base, tolerance) << name << " " << m;
      }
      EXPECT_EQ(found.indirect.back(), found.base);
      EXPECT_EQ(found.direct.back(), found.counterfactual);
      // At the mask alone the last block carries it too.
      const std::vector<Mediator> last{all_of(model, {SiteKind::ResidPost, model.config().blocks - 1})};
      EXPECT_NEAR(mediate(model, pair, last, {Exchanged::Last, 2048}).indirect[0], found.counterfactual,
                  tolerance)
          << name;
    }
  }
}

TEST(Mediation, WhatADecoderReadsOfTheEncoderCarriesEverything) {
  const torch::InferenceMode no_gradients;
  for (const char* name : {"t5-lm", "bart-lm", "marian-lm", "m2m-lm", "marian-two-vocabularies-lm"}) {
    model::Model model = model_in(std::string("pair-models/") + name);
    const int encoders = model.config().encoder->blocks, decoders = model.config().blocks;
    Mediator keys_and_values;
    for (int b = 0; b < decoders; ++b)
      for (const SiteKind kind : {SiteKind::CrossK, SiteKind::CrossV})
        keys_and_values.push_back(all_of(model, {kind, b, {}, Stack::Decoder})[0]);
    const std::vector<Mediator> carry{all_of(model, {SiteKind::ResidPost, encoders - 1, {}, Stack::Encoder}),
                                      all_of(model, {SiteKind::ResidPre, 0, {}, Stack::Encoder}),
                                      keys_and_values,
                                      all_of(model, {SiteKind::ResidPost, decoders - 1, {}, Stack::Decoder})};
    const PairEffects found = mediate(model, source_pair, carry);
    EXPECT_GT(std::abs(found.counterfactual - found.base), 1e-3) << name;
    for (std::size_t m = 0; m < 3; ++m) {
      EXPECT_NEAR(found.indirect[m], found.counterfactual, tolerance) << name << " " << m;
      EXPECT_NEAR(found.direct[m], found.base, tolerance) << name << " " << m;
    }
    // What the decoder read before it is asked; the candidate of two tokens has one behind that, so that the
    // first token is all that the last block's stream tells.
    PromptTokens single = source_pair;
    single.base_candidate = {11};
    const PairEffects one = mediate(model, single, carry);
    EXPECT_NEAR(one.indirect[3], one.counterfactual, tolerance) << name;
    // The embeddings of the target are the same for both sources.
    const std::vector<Mediator> none{all_of(model, {SiteKind::ResidPre, 0, {}, Stack::Decoder})};
    const PairEffects nothing = mediate(model, source_pair, none);
    EXPECT_NEAR(nothing.indirect[0], nothing.base, tolerance) << name;
    EXPECT_NEAR(nothing.direct[0], nothing.counterfactual, tolerance) << name;
  }
}

TEST(Mediation, HeadsOfCrossAttentionWithItsValuesAreWhatItReads) {
  const torch::InferenceMode no_gradients;
  model::Model model = model_in("pair-models/bart-lm");
  const auto at = [](SiteKind kind) { return Site{kind, 1, {}, Stack::Decoder}; };
  Mediator heads{{at(SiteKind::CrossPattern), {}}};
  for (std::int64_t h = 0; h < model.config().heads; ++h) heads[0].neurons.push_back(h);
  Mediator weights_and_values = heads;
  weights_and_values.push_back(all_of(model, at(SiteKind::CrossV))[0]);
  PromptTokens single = source_pair;
  single.base_candidate = {11};  // no token of a candidate is read, whose rows are not exchanged
  const std::vector<Mediator> mediators{weights_and_values, all_of(model, at(SiteKind::CrossZ)), heads};
  const PairEffects found = mediate(model, single, mediators);
  EXPECT_NEAR(found.indirect[0], found.indirect[1], tolerance);
  EXPECT_NEAR(found.direct[0], found.direct[1], tolerance);
  EXPECT_GT(std::abs(found.indirect[2] - found.base), 1e-6);
}

TEST(Mediation, TheStateOfARecurrentNetworkCarriesEverything) {
  const torch::InferenceMode no_gradients;
  model::Model model = model_in("networks/lstm-lm");
  const std::vector<SiteColumns> sites = model.sites();
  const auto all_at = [&](std::initializer_list<const char*> names) {
    Mediator out;
    for (const char* name : names)
      for (const SiteColumns& columns : sites)
        if (columns.site == name) {
          out.push_back(
              {*site_of(columns), std::vector<std::int64_t>(static_cast<std::size_t>(columns.width))});
          std::iota(out.back().neurons.begin(), out.back().neurons.end(), 0);
        }
    EXPECT_EQ(out.size(), names.size());
    return out;
  };
  for (const PromptTokens& pair : {letters_pair, letters_pair_of_two_lengths}) {
    // Behind the last token of the prompt both layers know the rest by their states alone.
    const std::vector<Mediator> state{
        all_at({"rnn.0.hook_c", "rnn.0.hook_h", "rnn.1.hook_c", "rnn.1.hook_h"}), {}};
    for (const Exchanged which : {Exchanged::Last, Exchanged::All}) {
      const PairEffects found = mediate(model, pair, state, {which, 2048});
      EXPECT_GT(std::abs(found.counterfactual - found.base), 1e-4);
      EXPECT_NEAR(found.indirect[0], found.counterfactual, tolerance);
      EXPECT_NEAR(found.direct[0], found.base, tolerance);
      EXPECT_EQ(found.indirect[1], found.base);
    }
  }
  // A gate alone carries a part, alone or beside another mediator.
  const std::vector<Mediator> gates{all_at({"rnn.0.hook_f"}), all_at({"rnn.1.hook_o", "rnn.0.hook_i"})};
  const PairEffects together = mediate(model, letters_pair, gates);
  const PairEffects alone = mediate(model, letters_pair, gates, {Exchanged::All, 1});
  for (std::size_t m = 0; m < gates.size(); ++m) {
    EXPECT_GT(std::abs(together.indirect[m] - together.base), 1e-6);
    EXPECT_NEAR(together.indirect[m], alone.indirect[m], tolerance);
    EXPECT_NEAR(together.direct[m], alone.direct[m], tolerance);
  }
}

}  // namespace
}  // namespace neurox::ablate
