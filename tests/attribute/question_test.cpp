#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "neurox/attribute/example.h"
#include "neurox/attribute/gradients.h"
#include "neurox/attribute/over_baselines.h"
#include "neurox/extract/extract.h"
#include "neurox/io/corpus.h"
#include "tiny_model.h"

/// Questions: which tokens a target is about, on a real model and a tiny one.
namespace neurox::attribute {
namespace {

using neurox::testing::refusal;
using neurox::testing::TempFolder;
using ::testing::HasSubstr;

constexpr const char* bronte =
    R"({"data": [{"title": "B", "paragraphs": [{"context": "Emily Bronte wrote the novel Wuthering Heights, which was published in 1847.", "qas": [
{"id": "when", "question": "When was it published?", "answers": [{"text": "1847", "answer_start": 71}]},
{"id": "who", "question": "Who wrote the novel?", "answers": [{"text": "Emily Bronte", "answer_start": 0}]},
{"id": "what", "question": "What did Emily write?", "answers": [{"text": "Wuthering Heights", "answer_start": 29}]}]}]}]})";

/// A model with questions of its own.
class Asked {
 public:
  Asked(const std::filesystem::path& model, const std::string& questions)
      : model_(model::Model::load(model)), tokenizer_(text::Tokenizer::load(model)) {
    at::set_num_threads(1);
    std::ofstream(folder_ / "q.json", std::ios::binary) << questions;
  }
  std::vector<Example> ask(const std::string& target, const std::string& answer = "",
                           std::vector<std::string> baselines = {"pad"}) {
    const auto corpus = io::CorpusReader::open((folder_ / "q.json").string());
    ExampleOptions options;
    options.target.what = target;
    options.target.answer = answer;
    options.baselines = std::move(baselines);
    const ExampleMaker maker(model_, tokenizer_, *corpus, options);
    std::vector<Example> out;
    while (const auto sentence = corpus->next()) out.push_back(maker.make(*sentence));
    return out;
  }
  model::Model& model() { return model_; }
  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
  model::Model model_;
  text::Tokenizer tokenizer_;
};

TEST(Questions, TheModelAnswersAsItsReadmeSays) {
  NEUROX_NEED(path, neurox::testing::real_model("minilm-qa"));
  Asked asked(path, bronte);
  const auto start = asked.ask("start"), end = asked.ask("end"), span = asked.ask("span");
  const double starts[] = {5.0372, 6.1008, 5.1164}, ends[] = {5.7996, 5.7498, 4.2137};
  const TokenSpan spans[] = {{22, 22}, {7, 9}, {11, 12}};
  const char* answers[] = {"'1847'", "'Emily Bronte'", "'the novel'"};
  ASSERT_EQ(start.size(), 3U);
  EXPECT_EQ(start[0].function->tokens(), 25);
  double largest = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(start[i].answer, spans[i]);
    EXPECT_THAT(start[i].target, HasSubstr(answers[i]));
    const double s = start[i].function->value(start[i].function->embeddings()),
                 e = end[i].function->value(end[i].function->embeddings());
    largest = std::max({largest, std::abs(s - starts[i]), std::abs(e - ends[i])});
    EXPECT_NEAR(span[i].function->value(span[i].function->embeddings()), s + e, 1e-5);
  }
  EXPECT_LT(largest, 6e-5);
  RecordProperty("largest_difference", fmt::format("{}", largest));
}

TEST(Questions, IntegratedGradientsOfStartAndEndAddUp) {
  NEUROX_NEED(path, neurox::testing::real_model("minilm-qa"));
  Asked asked(path, bronte);
  for (const char* target : {"start", "end"}) {
    const auto example = std::move(asked.ask(target).front());
    const auto a =
        integrated_gradients(*example.function, example.baseline, {.steps = 50, .tolerance = 1e-3});
    EXPECT_LT(std::abs(a.delta), 1e-3 * std::abs(a.value - a.baseline)) << target;
  }
}

TEST(Questions, GoldAnswersOfXquadLieInTheirTokens) {
  NEUROX_NEED(path, neurox::testing::real_model("minilm-qa"));
  NEUROX_NEED(questions, neurox::testing::shared("data/qa/xquad-en-eval.json"));
  const auto model = model::Model::load(path);
  const auto tokenizer = text::Tokenizer::load(path);
  const auto corpus = io::CorpusReader::open(questions.string());
  int whole = 0, wider = 0, cut = 0;
  while (const auto sentence = corpus->next()) {
    const io::Word gold = sentence->answers.front();
    text::EncodeOptions options;
    options.max_length = 512;
    const text::Encoding encoding = tokenizer.encode_pair(sentence->text, sentence->second, options);
    extract::PlanOptions planning{.unit = extract::Unit::Token, .special_tokens = true, .max_pieces = 512};
    const auto rows =
        extract::plan_sentence(tokenizer, extract::plan_input(*sentence, corpus->name()), planning).rows;
    const text::CodePoints characters(sentence->second);
    const auto found =
        tokens_of(passage_of(rows, true), characters.at_byte(gold.begin), characters.at_byte(gold.end));
    if (!found) {
      ++cut;
      EXPECT_TRUE(encoding.truncated);
      continue;
    }
    const auto first = static_cast<std::size_t>(found->first), last = static_cast<std::size_t>(found->last);
    EXPECT_EQ(encoding.sequence[first], 1);
    // A second route: the bytes that the tokenizer gives for these tokens.
    const std::uint32_t begin = encoding.bytes[first].first, end = encoding.bytes[last].second;
    EXPECT_LE(begin, gold.begin);
    EXPECT_GE(end, gold.end);
    (begin == gold.begin && end == gold.end ? whole : wider)++;
  }
  RecordProperty("whole", whole);
  std::printf("answers that are whole tokens: %d; inside wider tokens: %d; cut away: %d\n", whole, wider,
              cut);
  EXPECT_EQ(whole + wider + cut, 558);
  EXPECT_GE(whole, 550);
}

constexpr const char* letters =
    R"({"data": [{"paragraphs": [{"context": "a dog sat", "qas": [
{"id": "q1", "question": "who sat", "answers": [{"text": "dog", "answer_start": 2}]},
{"id": "q2", "question": "why", "is_impossible": true, "answers": []}]}]}]})";

TEST(Questions, TargetsNameTheTokensOfTheGoldAndTheGivenAnswer) {
  const TempFolder folder;
  Asked asked(neurox::testing::tiny_model(folder, "bert-span"), letters);
  // [CLS] w h o s a t [SEP] a d o g s a t [SEP]
  const auto gold = asked.ask("gold"), end = asked.ask("gold-end"), given = asked.ask("start", "sat");
  EXPECT_EQ(gold[0].answer, (TokenSpan{9, 11}));
  EXPECT_EQ(gold[0].target, "start and end at tokens 9 and 11 (gold answer 'dog')");
  EXPECT_EQ(end[0].target, "end at token 11 (gold answer 'dog')");
  EXPECT_EQ(gold[1].target, "start and end at tokens 0 and 0 (gold answer none)");
  EXPECT_EQ(given[0].target, "start at token 12 (given answer 'sat')");
  std::vector<std::string> segments;
  for (const ExampleRow& row : gold[0].rows) segments.push_back(row.segment);
  EXPECT_THAT(segments, ::testing::ElementsAre("special", "question word", "question", "special", "context",
                                               "answer", "context", "special"));
  const std::string refused = refusal([&] { asked.ask("end", "cat"); });
  EXPECT_THAT(refused,
              HasSubstr("q.json: question q1: the answer 'cat' does not stand in the text 'a dog sat'"));
}

TEST(Questions, TwoBaselinesGiveTheMeanOfTheRuns) {
  const TempFolder folder;
  Asked asked(neurox::testing::tiny_model(folder, "bert-span"), letters);
  auto both = std::move(asked.ask("start", "", {"pad", "zero"}).front());
  auto pad = std::move(asked.ask("start", "", {"pad"}).front());
  auto zero = std::move(asked.ask("start", "", {"zero"}).front());
  const MethodOptions options{.steps = 20, .tolerance = 0};
  for (const InputMethod& method : input_methods()) {
    if (method.name != "integrated-gradients" && method.name != "occlusion") continue;
    const auto mean = over_baselines(method, both, options), a = method.run(pad, options),
               b = method.run(zero, options);
    for (std::size_t r = 0; r < mean.values.size(); ++r)
      EXPECT_NEAR(mean.values[r], (a.values[r] + b.values[r]) / 2, 1e-6) << method.name;
    EXPECT_NEAR(mean.baseline, (a.baseline + b.baseline) / 2, 1e-6);
  }
  const Site site{SiteKind::ResidPost, 1};
  for (const LayerMethod& method : layer_methods()) {
    if (method.name != "conductance") continue;
    const auto mean = over_baselines(method, both, {&site, 1}, options),
               a = method.run(pad, {&site, 1}, options), b = method.run(zero, {&site, 1}, options);
    EXPECT_LT((mean.values[0] - (a.values[0] + b.values[0]) / 2).abs().max().item<double>(), 1e-6);
    EXPECT_NEAR(mean.deltas[0], (a.deltas[0] + b.deltas[0]) / 2, 1e-6);
  }
}

TEST(Questions, TheBestPairStartsBeforeItEndsAndIsShort) {
  const Passage passage{{{2, 0, 1}, {3, 2, 3}, {4, 4, 5}}};
  const auto numbers = [](std::vector<double> x) { return torch::tensor(x, torch::kFloat64); };
  // Token 0 lies outside; an end before its start is no answer.
  EXPECT_EQ(best_answer(numbers({9, 0, 1, 5, 2}), numbers({9, 0, 7, 1, 1.5}), passage), (TokenSpan{2, 2}));
  EXPECT_EQ(best_answer(numbers({0, 0, 5, 0, 0}), numbers({0, 0, 0, 0, 4}), passage), (TokenSpan{2, 4}));
  EXPECT_EQ(best_answer(numbers({0, 0, 5, 0, 0}), numbers({0, 0, 0, 0, 4}), passage, 2), (TokenSpan{2, 2}));
}

TEST(Questions, NumbersThatAreNotFiniteAreNamedBySentenceAndSite) {
  const TempFolder folder;
  Asked asked(neurox::testing::tiny_model(folder, "bert-span"), letters);
  const auto example = std::move(asked.ask("start").front());
  const auto& f = *example.function;
  const auto x = f.embeddings();
  {
    const auto guard = asked.model().hooks().edit(
        Site{SiteKind::MlpOut, 0}, [](const torch::Tensor& y) { return y / at::zeros_like(y); });
    EXPECT_THAT(refusal([&] { f.value(x); }),
                HasSubstr("q.json: question q1: a value is not finite (first at "
                          "blocks.0.hook_mlp_out)"));
  }
  {
    // Its value is that of y, its slope is without bound.
    const auto guard = asked.model().hooks().edit(Site{SiteKind::ResidPost, 0},
                                                  [](const torch::Tensor& y) { return y + (y - y).sqrt(); });
    const std::string said = refusal([&] { saliency(f); });
    EXPECT_THAT(said, HasSubstr("question q1: a gradient is not finite (first at blocks.0."));
  }
}

TEST(Questions, ABaselineMayComeFromAFile) {
  const TempFolder folder;
  Asked asked(neurox::testing::tiny_model(folder, "bert-span"), letters);
  const auto write = [&](const std::string& name, const std::string& shape, std::size_t numbers) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(117, ' ');
    std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
    bytes += header + "\n" + std::string(4 * numbers, '\0');
    std::ofstream(asked.folder() / name, std::ios::binary) << bytes;
    return "file:" + (asked.folder() / name).string();
  };
  const auto width = asked.model().config().width;
  const auto ask = [&](const std::string& name) { return std::move(asked.ask("start", "", {name}).front()); };
  const auto one = ask(write("one.npy", fmt::format("({},)", width), static_cast<std::size_t>(width)));
  EXPECT_TRUE(at::equal(one.baseline[0], one.function->embeddings()[0])) << "special tokens are kept";
  EXPECT_EQ(one.baseline[1].abs().max().item<double>(), 0);
  const std::string all =
      write("all.npy", fmt::format("(16, {})", width), 16 * static_cast<std::size_t>(width));
  EXPECT_THAT(refusal([&] { ask(all); }), HasSubstr("question q2: baseline"))
      << "the first question has 16 tokens, the second has not";
  EXPECT_THAT(refusal([&] { ask(write("bad.npy", "(3,)", 3)); }),
              HasSubstr("numbers of shape (1, 3), but a word"));
  EXPECT_THAT(refusal([&] { ask("file:none.npy"); }), HasSubstr("none.npy: no such file"));
  EXPECT_THAT(refusal([&] { ask("file:none.txt"); }), HasSubstr("a .npy or .safetensors file is expected"));
  EXPECT_THAT(refusal([&] { ask("zeros"); }), HasSubstr("did you mean 'zero'?"));
}

}  // namespace
}  // namespace neurox::attribute
