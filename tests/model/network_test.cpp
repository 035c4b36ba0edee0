#include "neurox/model/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "neurox/model/generate.h"
#include "neurox/model/key_value_cache.h"
#include "neurox/model/recurrent_network.h"
#include "tiny_models.h"

/// Recurrent and convolutional networks from folders: equal to PyTorch's layers, and the laws of their sites.
namespace neurox::model {
namespace {

using neurox::testing::largest_difference, neurox::testing::refusal, neurox::testing::TempFolder,
    neurox::testing::write_text;
using ::testing::HasSubstr;
using torch::Tensor;

std::filesystem::path network_folder(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "networks" / name;
}

/// A tiny network with the batch that its reference was computed on.
struct TinyNet {
  explicit TinyNet(const std::string& name, torch::ScalarType dtype = torch::kFloat32)
      : model(Model::load(network_folder(name), {.dtype = dtype})),
        reference(SafeTensors::open(network_folder(name) / "reference.safetensors")) {
    at::set_num_threads(1);
    batch.ids = reference.tensor("ids");
    const Tensor lengths = reference.tensor("lengths");
    batch.lengths.assign(lengths.data_ptr<std::int64_t>(),
                         lengths.data_ptr<std::int64_t>() + lengths.numel());
    if (reference.contains("type_ids")) batch.type_ids = reference.tensor("type_ids");
  }
  Site site(const std::string& name) const {
    for (const SiteColumns& columns : model.sites())
      if (columns.site == name) return *site_of(columns);
    ADD_FAILURE() << "no site " << name;
    return *site_of(model.sites().front());
  }
  Tensor seen(const std::string& name) { return neurox::testing::at_site(model, batch, site(name)); }

  Model model;
  SafeTensors reference;
  Batch batch;
};

class Networks : public ::testing::TestWithParam<std::string> {};

TEST_P(Networks, OutputsEqualPyTorchs) {
  const torch::NoGradGuard no_gradients;
  TinyNet c(GetParam());
  EXPECT_LT(largest_difference(c.model.forward(c.batch), c.reference.tensor("logits")), 1e-6);
  if (!c.reference.contains("out")) return;
  std::vector<Tensor> last;
  const auto& network = dynamic_cast<const RecurrentNetwork&>(*c.model.network());
  for (const auto& d : network.layers().back())
    last.push_back(c.seen(c.model
                              .sites()[static_cast<std::size_t>(
                                  d.first_site + static_cast<int>(cell_sites(d.cell.kind).size()) - 1)]
                              .site));
  EXPECT_LT(largest_difference(at::cat(last, 1), c.reference.tensor("out")), 1e-6);
}
TEST_P(Networks, ListeningEverywhereChangesNothing) {
  TinyNet c(GetParam());
  const Tensor before = c.model.forward(c.batch);
  std::vector<Hooks::Guard> guards;
  std::vector<std::string> order;
  for (const SiteColumns& columns : c.model.sites()) {
    const Site site = *site_of(columns);
    guards.push_back(c.model.hooks().edit(site, [](const Tensor& x) { return x + 0; }));
    guards.push_back(c.model.hooks().observe(site, [&order, columns, &c](const Tensor& x) {
      order.push_back(columns.site);
      EXPECT_EQ(x.size(0), c.batch.tokens()) << columns.site;
      EXPECT_EQ(x.size(1), columns.width) << columns.site;
    }));
  }
  EXPECT_LT(largest_difference(c.model.forward(c.batch), before), 1e-6);
  std::vector<std::string> names;
  for (const SiteColumns& columns : c.model.sites()) names.push_back(columns.site);
  EXPECT_EQ(order, names) << "in the order of computation, each once";
}
TEST_P(Networks, AGradientAtASiteIsThatOfReplacingWhatItHolds) {
  TinyNet c(GetParam(), torch::kFloat64);
  const Tensor words = c.model.embed(c.batch);
  torch::manual_seed(3);
  const Tensor weights =
      torch::randn({c.model.forward(c.batch).size(0), c.model.network()->classes()}, torch::kFloat64);
  const auto value = [&](const Tensor& x) {
    return (c.model.forward_embeddings(x, c.batch) * weights).sum();
  };
  for (const SiteColumns& columns : c.model.sites()) {
    const Site site = *site_of(columns);
    Tensor held, gradient;
    {
      const auto guard = c.model.hooks().observe(site, [&](const Tensor& x) { held = x; });
      const Tensor point = words.detach().requires_grad_(true);
      const Tensor all = value(point);
      gradient = torch::autograd::grad({all}, {held})[0];
    }
    // Where all of a window's values are 0 before the maximum, there is no slope.
    const bool kinks = columns.site.starts_with("windows") && columns.site.ends_with("hook_post");
    const Tensor direction =
        torch::randn_like(held) * (kinks ? held.detach() > 0 : at::ones_like(held).to(torch::kBool));
    const auto moved = [&](double by) {
      const torch::NoGradGuard no_gradients;
      const auto guard =
          c.model.hooks().edit(site, [&](const Tensor&) { return held.detach() + by * direction; });
      return value(words).item<double>();
    };
    const double slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
    EXPECT_NEAR((gradient * direction).sum().item<double>(), slope, 1e-5 * std::max(1.0, std::abs(slope)))
        << columns.site;
  }
}
TEST_P(Networks, GradientsOfAllSitesTogetherAddUpOverACut) {
  // What is shown at one site goes on to the next: a change of the words reaches the output through all rows
  // of the first layer's states.
  TinyNet c(GetParam(), torch::kFloat64);
  for (std::size_t s = 0; s < c.model.sites().size(); ++s) {
    if (!c.model.network()->is_cut(s)) continue;
    const Site site = *site_of(c.model.sites()[s]);
    Tensor held;
    const auto guard = c.model.hooks().observe(site, [&](const Tensor& x) { held = x; });
    const Tensor point = c.model.embed(c.batch).detach().requires_grad_(true);
    const Tensor value = c.model.forward_embeddings(point, c.batch).sum();
    const Tensor whole = torch::autograd::grad({value}, {point}, {}, true)[0];
    const Tensor at_site = torch::autograd::grad({value}, {held}, {}, true)[0];
    const Tensor through = s == 0 ? at_site : torch::autograd::grad({held}, {point}, {at_site})[0];
    EXPECT_LT(largest_difference(through, whole), 1e-12) << c.model.sites()[s].site;
  }
}
TEST_P(Networks, SentencesDoNotMeet) {
  const torch::NoGradGuard no_gradients;
  TinyNet c(GetParam());
  const Tensor together = c.model.forward(c.batch);
  std::vector<Tensor> apart;
  const std::vector<std::int64_t> offsets = c.batch.offsets();
  for (std::size_t i = 0; i < c.batch.lengths.size(); ++i) {
    const auto its_own = [&](const Tensor& of_tokens) {
      return of_tokens.defined() ? of_tokens.narrow(0, offsets[i], c.batch.lengths[i]) : of_tokens;
    };
    Batch one;
    one.ids = its_own(c.batch.ids), one.type_ids = its_own(c.batch.type_ids);
    one.lengths = {c.batch.lengths[i]};
    apart.push_back(c.model.forward(one));
  }
  EXPECT_LT(largest_difference(at::cat(apart), together), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Tiny, Networks,
                         ::testing::Values("lstm-lm", "gru-lm", "lstm-tagger", "gru-text", "lstm-pair",
                                           "cnn-text"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// The first layer of lstm-lm over one sentence, step by step as the equations say, with an edit.
Tensor by_hand(TinyNet& c, int edited, const std::function<Tensor(const Tensor&)>& edit) {
  const auto& network = dynamic_cast<const RecurrentNetwork&>(*c.model.network());
  Tensor x = c.model.embed(c.batch);
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const RecurrentCell& cell = network.layers()[l][0].cell;
    Tensor h = at::zeros({1, 6}), cells = at::zeros({1, 6});
    std::vector<Tensor> out;
    for (std::int64_t t = 0; t < x.size(0); ++t) {
      const Tensor a = at::linear(x.narrow(0, t, 1), cell.input.weight, cell.input.bias) +
                       at::linear(h, cell.hidden.weight);
      const auto touched = [&](int site, const Tensor& y) { return l == 0 && site == edited ? edit(y) : y; };
      const Tensor i = touched(0, a.narrow(1, 0, 6).sigmoid()), f = touched(1, a.narrow(1, 6, 6).sigmoid());
      const Tensor g = touched(2, a.narrow(1, 12, 6).tanh()), o = touched(3, a.narrow(1, 18, 6).sigmoid());
      cells = touched(4, f * cells + i * g);
      h = touched(5, o * cells.tanh());
      out.push_back(h);
    }
    x = at::cat(out);
  }
  return network.output()(x);
}

TEST(RecurrentNetwork, AnEditActsOnEachWordBeforeTheNext) {
  const torch::NoGradGuard no_gradients;
  TinyNet c("lstm-lm");
  c.batch = Batch::of({{3, 5, 2, 9, 4, 7}});
  const auto edit = [](const Tensor& x) {
    Tensor y = x.clone();
    y.select(1, 2).mul_(3).add_(0.25);
    return y;
  };
  for (int s = 0; s < 6; ++s) {
    const auto guard =
        c.model.hooks().edit(c.site("rnn.0." + std::string(cell_sites(CellKind::Lstm)[s])), edit);
    const Tensor found = c.model.forward(c.batch);
    EXPECT_LT(largest_difference(found, by_hand(c, s, edit)), 1e-6) << s;
    EXPECT_GT(largest_difference(found, by_hand(c, -1, edit)), 1e-4) << s;
  }
}
TEST(RecurrentNetwork, AnEditFindsAWordAtItsOwnRow) {
  const torch::NoGradGuard no_gradients;
  TinyNet c("lstm-tagger");
  // Only the third word of the second sentence.
  const std::int64_t row = c.batch.lengths[0] + 2;
  const Tensor before = c.seen("rnn.0.reverse.hook_h").clone();
  const auto guard = c.model.hooks().edit(c.site("rnn.0.reverse.hook_h"), [&](const Tensor& x) {
    Tensor y = x.clone();
    y[row] = 0.5;
    return y;
  });
  const Tensor after = c.seen("rnn.0.reverse.hook_h");
  for (std::int64_t r = 0; r < after.size(0); ++r) {
    const double difference = largest_difference(after[r], before[r]);
    // Backwards, the words before it in the same sentence see it.
    if (r == row) {
      EXPECT_EQ(largest_difference(after[r], at::full({6}, 0.5)), 0);
    } else if (r > row || r < c.batch.lengths[0]) {
      EXPECT_EQ(difference, 0) << r;
    } else {
      EXPECT_GT(difference, 1e-4) << r;
    }
  }
}
TEST(RecurrentNetwork, AnEditOfRowsEqualsOneOfAll) {
  const torch::NoGradGuard no_gradients;
  TinyNet c("lstm-tagger");
  torch::manual_seed(6);
  const Tensor added = torch::randn({c.batch.tokens(), 6});
  for (const char* name : {"rnn.0.hook_f", "rnn.1.reverse.hook_c"}) {
    Tensor whole, rows;
    {
      const auto guard = c.model.hooks().edit(c.site(name), [&](const Tensor& x) { return x + added; });
      whole = c.model.forward(c.batch);
    }
    const auto guard = c.model.hooks().edit_rows(c.site(name), [&](const Tensor& x, const Tensor& of) {
      return x + (of.defined() ? added.index_select(0, of) : added);
    });
    EXPECT_EQ(largest_difference(c.model.forward(c.batch), whole), 0) << name;
  }
}
TEST(RecurrentNetwork, APassEndsAtTheSiteThatIsAskedFor) {
  const torch::NoGradGuard no_gradients;
  TinyNet c("lstm-tagger");
  for (const char* name : {"embed", "rnn.0.hook_c", "rnn.1.reverse.hook_o"}) {
    const Tensor expected = c.seen(name);
    EXPECT_EQ(largest_difference(c.model.forward(c.batch, c.site(name)), expected), 0) << name;
  }
}
TEST(RecurrentNetwork, StatesCarriedOnEqualTheWholeText) {
  const torch::NoGradGuard no_gradients;
  for (const char* name : {"lstm-lm", "gru-lm"}) {
    TinyNet c(name);
    const Tensor whole = c.model.forward(c.batch);
    KeyValueCache cache(c.model.config(), c.batch.sentences());
    // First one or two words of each sentence, then the rest of those that have one.
    std::vector<std::vector<std::int64_t>> start, rest;
    std::vector<std::int64_t> going_on;
    const auto parts = c.batch.ids.split_with_sizes(c.batch.lengths);
    for (std::size_t s = 0; s < parts.size(); ++s) {
      const std::vector<std::int64_t> ids(parts[s].data_ptr<std::int64_t>(),
                                          parts[s].data_ptr<std::int64_t>() + parts[s].numel());
      const auto cut =
          ids.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(ids.size(), 1 + s % 2));
      start.emplace_back(ids.begin(), cut);
      if (cut == ids.end()) continue;
      rest.emplace_back(cut, ids.end());
      going_on.push_back(static_cast<std::int64_t>(s));
    }
    Batch first = Batch::of(start), second = Batch::of(rest);
    first.cache = second.cache = &cache;
    c.model.forward(first);
    cache.select(going_on);
    const auto found = c.model.forward(second).split_with_sizes(second.lengths);
    const auto expected = whole.split_with_sizes(c.batch.lengths);
    for (std::size_t i = 0; i < going_on.size(); ++i) {
      const Tensor end = expected[static_cast<std::size_t>(going_on[i])];
      const std::int64_t n = found[i].size(0);
      EXPECT_LT(largest_difference(found[i], end.narrow(0, end.size(0) - n, n)), 1e-6) << name;
    }
    if (c.reference.contains("last_c")) {
      KeyValueCache all(c.model.config(), c.batch.sentences());
      Batch batch = c.batch;
      batch.cache = &all;
      c.model.forward(batch);
      EXPECT_LT(largest_difference(all.states()[2], c.reference.tensor("last_h")), 1e-6);
      EXPECT_LT(largest_difference(all.states()[3], c.reference.tensor("last_c")), 1e-6);
    }
  }
}
TEST(RecurrentTransducer, EqualsPyTorchBehindTheTarget) {
  TinyNet c("gru-seq2seq");
  const Tensor target = at::nonzero(c.batch.ids >= 5).squeeze(1);
  const Tensor whole = c.model.forward(c.batch);
  EXPECT_LT(
      largest_difference(whole.index_select(0, target).narrow(1, 5, 6), c.reference.tensor("target_logits")),
      1e-6);
  EXPECT_LT(whole.narrow(1, 0, 5).max().item<double>(), -1e3) << "letters are never written";
  // Encoder and decoder sites hold rows of their own tokens; an edit of the encoder reaches the target.
  const Tensor reads = c.seen("encoder.hook_z"), writes = c.seen("decoder.hook_h");
  for (std::int64_t row = 0; row < c.batch.tokens(); ++row) {
    const bool is_target = c.batch.ids[row].item<std::int64_t>() >= 5;
    EXPECT_EQ(reads[row].count_nonzero().item<std::int64_t>(), is_target ? 0 : 6);
    EXPECT_EQ(writes[row].count_nonzero().item<std::int64_t>(), is_target ? 6 : 0);
  }
  const auto guard =
      c.model.hooks().edit(c.site("encoder.hook_n"), [](const Tensor& x) { return x.clamp(-0.1, 0.1); });
  EXPECT_GT(largest_difference(c.model.forward(c.batch), whole), 1e-3);
}
TEST(RecurrentTransducer, WritesTheSameWithAndWithoutCarriedStates) {
  TinyNet c("gru-seq2seq");
  const std::vector<TokenIds> prompts{{2, 3, 1, 5}, {4, 1, 5}, {3, 3, 2, 4, 1, 5}};
  GenerationOptions options;
  options.most_tokens = 6;
  options.stop_ids = {6};
  const auto carried = generate(c.model, prompts, options);
  options.cache = false;
  const auto again = generate(c.model, prompts, options);
  for (std::size_t i = 0; i < prompts.size(); ++i) EXPECT_EQ(carried[i].ids, again[i].ids);
  EXPECT_THAT(refusal([&] {
                c.model.forward(Batch::of({{2, 1, 5, 3}}));
              }),
              HasSubstr("token 3: of the source, but behind the target"));
}
TEST(RecurrentNetwork, WritesTheSameWithAndWithoutCarriedStates) {
  TinyNet c("lstm-lm");
  const std::vector<TokenIds> prompts{{3, 4, 5}, {1}, {7, 2}};
  const auto guard = c.model.hooks().edit(c.site("rnn.1.hook_c"), [](const Tensor& x) { return x * 1.5; });
  for (const std::int64_t beams : {1, 3}) {
    GenerationOptions options;
    options.most_tokens = 12;
    options.beams = beams;
    const auto carried = generate(c.model, prompts, options);
    options.cache = false;
    const auto again = generate(c.model, prompts, options);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(carried[i].ids, again[i].ids);
      EXPECT_NEAR(carried[i].log_probability, again[i].log_probability, 1e-4);
    }
  }
}

/// The published models, by their README's numbers.
struct KnownText {
  const char* name;
  std::vector<std::int64_t> ids;
  std::vector<double> first;  ///< logits of ids 0-4 at the last position
};
TEST(RecurrentNetwork, CharacterModelsGiveTheKnownLogits) {
  const torch::NoGradGuard no_gradients;
  const std::vector<KnownText> known{
      {"lstm-lm-bronte", {56, 3, 5, 1, 0, 49, 18, 8, 1}, {5.1763, 1.3874, 1.0856, -3.9041, -5.8130}},
      {"lstm-lm-warpeace",
       {41, 69, 60, 65, 54, 56, 1, 26, 65, 55, 69, 56, 74},
       {5.2001, 7.6762, 3.3972, 0.5871, 5.7047}}};
  for (const KnownText& text : known) {
    NEUROX_NEED(folder, neurox::testing::real_model(text.name));
    Model model = Model::load(folder), twin = Model::load(folder / "model.ts");
    const Batch batch = Batch::of({text.ids});
    const Tensor logits = model.forward(batch);
    for (std::size_t i = 0; i < 5; ++i)
      EXPECT_NEAR(logits[-1][static_cast<std::int64_t>(i)].item<double>(), text.first[i], 6e-5) << text.name;
    EXPECT_LT(neurox::testing::relative(logits, twin.forward(batch)), 1e-5) << text.name;
    EXPECT_EQ(model.hooks().any(), false);
  }
}

TEST(RecurrentNetwork, FoldersThatDoNotFitAreRefused) {
  const TempFolder folder;
  const std::string good = neurox::testing::read_text(network_folder("lstm-lm") / "config.json");
  const auto said = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    write_text(folder / "config.json", text);
    std::filesystem::copy_file(network_folder("lstm-lm") / "model.safetensors", folder / "model.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
    return refusal([&] { Model::load(folder.path()); });
  };
  EXPECT_THAT(said("\"char-lstm\"", "\"char-lsmt\""), HasSubstr("did you mean 'char-lstm'?"));
  EXPECT_THAT(said("\"hidden_size\": 6", "\"hidden_size\": 7"),
              HasSubstr("lstm.weight_ih_l0: [24, 5], expected [28, 5]"));
  EXPECT_THAT(said("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"),
              HasSubstr("4 missing (lstm.weight_ih_l2 [24, 6]"));
  EXPECT_THAT(said("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"), HasSubstr("4 unknown (lstm."));
  EXPECT_THAT(said("\"bidirectional\": false", "\"bidirectional\": true"),
              HasSubstr("reads in one direction alone"));
  EXPECT_THAT(said("\"task\": \"next\"", "\"task\": \"nxt\""), HasSubstr("task: 'nxt' is not supported"));
  EXPECT_THAT(said("\"hidden_size\": 6", "\"gate_order\": \"icfo\", \"hidden_size\": 6"),
              HasSubstr("gate_order: 'icfo' is not supported, only ifgo"));
  TinyNet pair("lstm-pair"), text("gru-text");
  EXPECT_THAT(refusal([&] { pair.model.forward(text.batch); }), HasSubstr("takes two texts"));
  EXPECT_THAT(refusal([&] { text.model.forward(pair.batch); }), HasSubstr("takes one text"));
}
TEST(RecurrentNetwork, RandomWeightsNeedTheConfigurationAlone) {
  const torch::NoGradGuard no_gradients;
  const Model a = Model::load(network_folder("lstm-pair"), {.random_init = 5});
  const Model b = Model::load(network_folder("lstm-pair"), {.random_init = 5});
  const TinyNet c("lstm-pair");
  EXPECT_EQ(largest_difference(a.forward(c.batch), b.forward(c.batch)), 0);
  EXPECT_GT(largest_difference(a.forward(c.batch), c.model.forward(c.batch)), 1e-3);
}

}  // namespace
}  // namespace neurox::model
