#include "neurox/model/script_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <fstream>

#include "neurox/model/model.h"
#include "neurox/model/safetensors.h"
#include "tiny_models.h"

/// TorchScript files: their modules hold what Python's hooks see, edits flow on, and what is no model is
/// told.
namespace neurox::model {
namespace {

using neurox::testing::refusal;
using neurox::testing::TempFolder;
using ::testing::HasSubstr;
using torch::Tensor;

std::filesystem::path script(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "torchscript" / name;
}

double largest(const Tensor& x) {
  return x.abs().max().item<double>();
}

/// A file with what PyTorch computes on one sentence.
struct Case {
  explicit Case(const std::string& name)
      : model(Model::load(script(name) / "model.ts")),
        reference(SafeTensors::open(script(name) / "reference.safetensors")) {
    batch.ids = reference.tensor("ids");
    batch.lengths = {batch.ids.size(0)};
  }
  Site site(const std::string& name) const {
    for (const SiteColumns& columns : model.sites())
      if (columns.site == name) return *site_of(columns);
    ADD_FAILURE() << name << " is no site";
    return *site_of(model.sites().front());
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const SiteColumns& columns : model.sites()) out.push_back(columns.site);
    return out;
  }

  Model model;
  SafeTensors reference;
  Batch batch;
};

class ScriptFiles : public ::testing::TestWithParam<std::string> {};

TEST_P(ScriptFiles, EveryModuleHoldsWhatPythonsHooksSee) {
  const torch::NoGradGuard no_gradients;
  Case c(GetParam());
  for (const auto& [name, info] : c.reference.tensors()) {
    if (name.starts_with("cell.")) {
      const Tensor held = neurox::testing::at_site(c.model, c.batch, c.site(name.substr(5)));
      EXPECT_LT(largest(held - c.reference.tensor(name)), 1e-6) << name;
    }
    if (!name.starts_with("activation.")) continue;
    const Tensor expected = c.reference.tensor(name);
    Tensor seen;
    const auto guard =
        c.model.hooks().observe(c.site(name.substr(11)), [&](const Tensor& x) { seen = x.clone(); });
    c.model.forward(c.batch);
    ASSERT_TRUE(seen.defined()) << name;
    ASSERT_EQ(seen.size(0), c.batch.tokens()) << name;
    if (expected.dim() == 1) {
      EXPECT_EQ(largest(seen - expected), 0) << name << ": every word's row is the text's";
      continue;
    }
    // Windows without padding: the last words begin none.
    EXPECT_EQ(largest(seen.narrow(0, 0, expected.size(0)) - expected), 0) << name;
    const std::int64_t rest = seen.size(0) - expected.size(0);
    EXPECT_EQ(seen.narrow(0, expected.size(0), rest).count_nonzero().item<std::int64_t>(), 0) << name;
  }
}
TEST_P(ScriptFiles, TheOutputIsTheFilesAlsoWhenEverythingIsListenedTo) {
  const torch::NoGradGuard no_gradients;
  Case c(GetParam());
  const Tensor expected = c.reference.tensor("logits");
  const auto output = [&] { return c.model.forward(c.batch).reshape(expected.sizes()); };
  const Tensor quiet = output();
  EXPECT_LT(largest(quiet - expected), 1e-6);
  std::vector<Hooks::Guard> guards;
  for (const SiteColumns& columns : c.model.sites())
    guards.push_back(c.model.hooks().edit(*site_of(columns), [](const Tensor& x) { return x.clone(); }));
  // LibTorch's own recurrent layers sum in another order than ours, which run word by word.
  const bool cells = GetParam() == "tagger" || GetParam() == "letters" || GetParam() == "gates";
  EXPECT_LE(largest(output() - quiet), cells ? 1e-6 : 0);
}
TEST_P(ScriptFiles, CopiesOfASentenceGiveWhatTheSentenceGives) {
  const torch::NoGradGuard no_gradients;
  Case c(GetParam());
  Batch twice;
  twice.ids = c.batch.ids.repeat({2});
  twice.lengths = {c.batch.lengths[0], c.batch.lengths[0]};
  const Tensor one = c.model.forward(c.batch), two = c.model.forward(twice);
  EXPECT_LT(largest(two.narrow(0, 0, one.size(0)) - one), 1e-5);
  EXPECT_LT(largest(two.narrow(0, one.size(0), one.size(0)) - one), 1e-5);
}
TEST_P(ScriptFiles, AnEditFlowsOnAsItsGradientSays) {
  Case c(GetParam());
  const Tensor words = c.model.embed(c.batch);
  for (const SiteColumns& columns : c.model.sites()) {
    // What is detached on purpose has an effect that its gradient does not tell.
    if (GetParam() == "odd" && columns.site != "last" && columns.site != "output") continue;
    const Site site = *site_of(columns);
    Tensor seen;
    Tensor value;
    {
      const auto guard = c.model.hooks().observe(site, [&](const Tensor& x) { seen = x; });
      value = c.model.forward_embeddings(words.clone().requires_grad_(true), c.batch).square().sum();
    }
    const Tensor gradient = torch::autograd::grad({value}, {seen}, {}, false, false, true)[0];
    if (!gradient.defined()) continue;
    const Tensor step = at::ones_like(seen) * 1e-3;
    const auto moved = [&](double sign) {
      const torch::NoGradGuard no_gradients;
      // The value itself: a change that is added at every word of a cell adds up from word to word.
      const auto guard =
          c.model.hooks().edit(site, [&](const Tensor&) { return seen.detach() + sign * step; });
      return c.model.forward_embeddings(words, c.batch).to(torch::kFloat64).square().sum().item<double>();
    };
    const double expected = (gradient * step).sum().item<double>(), found = (moved(1) - moved(-1)) / 2;
    EXPECT_NEAR(found, expected, 5e-3 * std::max(std::abs(expected), 1e-3)) << columns.site;
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, ScriptFiles,
                         ::testing::Values("cnn", "bare", "tagger", "letters", "gates", "odd"),
                         [](const auto& test) { return test.param; });

TEST(ScriptModel, SitesStandInTheOrderOfExecutionWithTheirWidths) {
  const Case c("cnn");
  EXPECT_EQ(c.names(), (std::vector<std::string>{"embedding", "windows.0.conv", "windows.0.act", "windows.0",
                                                 "windows.1.conv", "windows.1.act", "windows.1", "hidden",
                                                 "hidden_act", "output"}));
  EXPECT_EQ(c.model.sites()[2].width, 5);
  EXPECT_EQ(c.model.sites()[8].width, 4);
  EXPECT_TRUE(c.model.network()->has_words(2));
  EXPECT_FALSE(c.model.network()->has_words(8));
}
TEST(ScriptModel, CellsOfRecurrentLayersStandBeforeTheirModule) {
  EXPECT_EQ(Case("letters").names(),
            (std::vector<std::string>{"embedding", "lstm.hook_i", "lstm.hook_f", "lstm.hook_g", "lstm.hook_o",
                                      "lstm.hook_c", "lstm.hook_h", "lstm", "output"}));
  const std::vector<std::string> gates = Case("gates").names();
  EXPECT_EQ(gates.size(), 1 + 4 * 4 + 2);
  EXPECT_EQ(gates[5], "gru.0.reverse.hook_r");
  EXPECT_EQ(gates[12], "gru.1.hook_h");
}
TEST(ScriptModel, AnEditAtACellsStateActsOnTheNextWordToo) {
  const torch::NoGradGuard no_gradients;
  Case c("letters");
  const auto outputs = [&](const std::string& site) {
    const auto guard = c.model.hooks().edit(c.site(site), [](const Tensor& x) {
      Tensor y = x.clone();
      y[0] = 1;
      return y;
    });
    return c.model.forward(c.batch).clone();
  };
  const Tensor before = c.model.forward(c.batch), state = outputs("lstm.hook_h"), returned = outputs("lstm");
  EXPECT_LT(largest(state[0] - returned[0]), 1e-6);
  EXPECT_GT(largest(state[1] - before[1]), 1e-3);
  EXPECT_LT(largest(returned[1] - before[1]), 1e-6);
}
TEST(ScriptModel, ACutIsWhatEverythingPassesThrough) {
  const Case c("cnn");
  const std::vector<std::string> names = c.names();
  for (std::size_t s = 0; s < names.size(); ++s)
    EXPECT_EQ(c.model.network()->is_cut(s), !names[s].starts_with("windows")) << names[s];
}
TEST(ScriptModel, AModuleThatIsCalledSeveralTimesHasASiteForEachCall) {
  const Case c("odd");
  EXPECT_EQ(c.names(),
            (std::vector<std::string>{"embedding", "mix#1", "mix#2", "mix#3", "last", "still", "output"}))
      << "the cell runs once a word: no site";
}
TEST(ScriptModel, WhatAModuleReturnsIsKeptFromLaterWritesInPlace) {
  const torch::NoGradGuard no_gradients;
  Case c("odd");
  Tensor last;
  const auto guard = c.model.hooks().observe(c.site("last"), [&](const Tensor& x) { last = x; });
  c.model.forward(c.batch);
  const Tensor before = last.clone();
  c.model.forward(c.batch);
  EXPECT_EQ(largest(last - before), 0);
}
TEST(ScriptModel, TheKindOfOutputIsToldByItsShape) {
  EXPECT_TRUE(Case("cnn").model.has_sequence_classifier());
  EXPECT_TRUE(Case("tagger").model.has_token_classifier());
  EXPECT_TRUE(Case("letters").model.has_causal_lm());
  EXPECT_EQ(Case("tagger").model.labels(), (std::vector<std::string>{"NOUN", "VERB", "X"}));
  EXPECT_EQ(Case("cnn").model.labels(), (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
  EXPECT_TRUE(Case("letters").model.labels().empty());
}
TEST(ScriptModel, SentencesOfSeveralLengthsAreRunApartAndOnlyUnobserved) {
  const torch::NoGradGuard no_gradients;
  Case c("tagger");
  const Batch mixed = Batch::of({{5, 4, 6}, {2, 3}});
  const Tensor both = c.model.forward(mixed);
  EXPECT_EQ(largest(both.narrow(0, 3, 2) - c.model.forward(Batch::of({{2, 3}}))), 0);
  const auto guard = c.model.hooks().observe(c.site("lstm"), [](const Tensor&) {});
  EXPECT_THAT(refusal([&] { c.model.forward(mixed); }), HasSubstr("sentences of 2 lengths"));
}
TEST(ScriptModel, APassEndsAtTheSiteThatIsAskedFor) {
  const torch::NoGradGuard no_gradients;
  Case c("cnn");
  int later = 0;
  const auto guard = c.model.hooks().observe(c.site("hidden_act"), [&](const Tensor&) { ++later; });
  const Tensor rows = c.model.forward(c.batch, c.site("windows.0.act"));
  EXPECT_EQ(largest(rows - c.reference.tensor("activation.windows.0.act")), 0);
  EXPECT_EQ(later, 0);
}
TEST(ScriptModel, FilesThatAreNoModelsAreRefusedWithWhatToDo) {
  const auto said = [](const std::string& name) {
    return refusal([&] { Model::load(script("refused/" + name)); });
  };
  EXPECT_THAT(said("frozen.ts"), HasSubstr("frozen (torch.jit.freeze)"));
  EXPECT_THAT(said("frozen.ts"), HasSubstr("save it unfrozen: torch.jit.script(model.eval()).save(...)"));
  EXPECT_THAT(said("flat.ts"), HasSubstr("a module without inner modules"));
  EXPECT_THAT(said("noisy.ts"), HasSubstr("call model.eval() before torch.jit.trace"));
  EXPECT_THAT(said("numbers.ts"), HasSubstr("no module looks the ids up in a table (nn.Embedding)"));
  for (const char* name : {"state.pt", "vocab.txt"})
    EXPECT_THAT(said(name), HasSubstr("no TorchScript file (")) << name;
}
TEST(ScriptModel, APairsTextsStandOneAfterTheOther) {
  const torch::NoGradGuard no_gradients;
  Model model = Model::load(script("refused/pair.ts"));
  Batch pair = Batch::of({{5, 4, 6, 8, 3}});
  pair.type_ids = torch::tensor({0, 0, 0, 1, 1}, torch::kInt64);
  const Tensor words = model.embed(pair);
  const Tensor expected = words.narrow(0, 0, 3).mean(0) - words.narrow(0, 3, 2).mean(0);
  EXPECT_LT(largest(model.forward(pair)[0] - expected), 1e-6);
  ASSERT_EQ(model.sites().size(), 2U);
  EXPECT_EQ(model.sites()[1].site, "embedding#2");
  Tensor second;
  const auto guard = model.hooks().observe(*site_of(model.sites()[1]), [&](const Tensor& x) { second = x; });
  model.forward(pair);
  EXPECT_EQ(largest(second.narrow(0, 0, 3)), 0);
  EXPECT_EQ(largest(second.narrow(0, 3, 2) - words.narrow(0, 3, 2)), 0);
  EXPECT_THAT(refusal([&] {
                model.forward(Batch::of({{5, 4}}));
              }),
              HasSubstr("give the second with --pair-column"));
  Case one("cnn");
  EXPECT_THAT(refusal([&] { one.model.forward(pair); }), HasSubstr("leave --pair-column out"));
}
TEST(ScriptModel, ValuesAndSitesWithoutGradientsAreToldByName) {
  Case odd("odd");
  const Tensor words = odd.model.embed(odd.batch).requires_grad_(true);
  {
    const auto guard = odd.model.hooks().observe(odd.site("still"), [](const Tensor&) {});
    EXPECT_THAT(refusal([&] { odd.model.forward_embeddings(words, odd.batch); }),
                HasSubstr("still: no gradient leads from it back to the words"));
  }
  const Model step = Model::load(script("refused/step.ts"));
  EXPECT_THAT(
      refusal([&] { step.forward_embeddings(step.embed(odd.batch).requires_grad_(true), odd.batch); }),
      HasSubstr("its output has no gradient by the words"));
  EXPECT_NO_THROW(step.forward(odd.batch));
}
TEST(ScriptModel, SitesThatDoNotExistAndIdsBeyondTheTableAreRefused) {
  Case c("cnn");
  EXPECT_THAT(
      refusal([&] { (void)c.model.hooks().observe(module_site("hidden_akt", 8), [](const Tensor&) {}); }),
      HasSubstr("no site hidden_akt in the model (did you mean 'hidden_act'?)"));
  EXPECT_THAT(refusal([&] {
                (void)c.model.hooks().observe({SiteKind::ResidPost, 0}, [](const Tensor&) {});
              }),
              HasSubstr("no site blocks.0.hook_resid_post"));
  EXPECT_THAT(refusal([&] { c.model.embed(Batch::of({{3, 12}})); }), HasSubstr("token id 12"));
  EXPECT_THAT(refusal([&] { c.model.forward_from(0, c.model.embed(c.batch), c.batch); }),
              HasSubstr("no blocks"));
}

/// A copy of a file whose settings are the test's.
class SettingsTest : public ::testing::Test {
 protected:
  std::string said(const std::string& settings, const std::string& name = "cnn") {
    std::filesystem::copy_file(script(name) / "model.ts", folder_ / "m.ts",
                               std::filesystem::copy_options::overwrite_existing);
    std::ofstream(folder_ / "m.neurox.json") << settings;
    return refusal([&] { Model::load(folder_ / "m.ts"); });
  }
  TempFolder folder_;
};

TEST_F(SettingsTest, WhatTheFileDoesNotTellCanBeSaid) {
  std::filesystem::copy_file(script("cnn") / "model.ts", folder_ / "m.ts");
  std::ofstream(folder_ / "m.neurox.json")
      << R"({"inputs": ["ids", "mask"], "embedding": "embedding", "task": "text", "labels": ["bad", "good"]})";
  EXPECT_EQ(Model::load(folder_ / "m.ts").labels(), (std::vector<std::string>{"bad", "good"}));
}
TEST_F(SettingsTest, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(said("[1]"), HasSubstr("m.neurox.json: a JSON object is expected"));
  EXPECT_THAT(said(R"({"label": []})"), HasSubstr("'label' (did you mean 'labels'?)"));
  EXPECT_THAT(said(R"({"inputs": ["ids"]})"), HasSubstr("\"inputs\" says nothing of 'mask'"));
  EXPECT_THAT(said(R"({"inputs": ["ids", "mask", "mask"]})"),
              HasSubstr("forward takes 2 arguments (ids, mask)"));
  EXPECT_THAT(said(R"({"inputs": ["mask", "mask"]})"), HasSubstr("have to be token ids"));
  EXPECT_THAT(said(R"({"embedding": "hidden"})"), HasSubstr("module 'hidden' does not look the ids up"));
  EXPECT_THAT(said(R"({"task": "words"})"), HasSubstr("forward returns 2 numbers for each text"));
}

}  // namespace
}  // namespace neurox::model
