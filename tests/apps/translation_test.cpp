#include <gmock/gmock.h>

#include <map>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

/// The commands on an encoder with a decoder.
namespace neurox::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Letters as tokens; </s> 0, a 1, ..., z 26, <unk> 27, <pad> last.
std::string letters(int words) {
  nlohmann::json vocabulary{{"</s>", 0}, {"<unk>", 27}, {"<pad>", words - 1}};
  for (int i = 0; i < 26; ++i) vocabulary[std::string(1, static_cast<char>('a' + i))] = i + 1;
  nlohmann::json added = nlohmann::json::array();
  for (const char* token : {"</s>", "<unk>", "<pad>"})
    added.push_back({{"id", vocabulary[token]},
                     {"content", token},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  const auto text = [](const char* id) { return nlohmann::json{{"Sequence", {{"id", id}, {"type_id", 0}}}}; };
  const nlohmann::json end{{"SpecialToken", {{"id", "</s>"}, {"type_id", 0}}}};
  const nlohmann::json steps{
      {{"type", "WhitespaceSplit"}},
      {{"type", "Split"}, {"pattern", {{"Regex", "."}}}, {"behavior", "Isolated"}, {"invert", false}}};
  const nlohmann::json all{
      {"version", "1.0"},
      {"added_tokens", added},
      {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", steps}}},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single", {text("A"), end}},
        {"pair", {text("A"), end, text("B"), end}},
        {"special_tokens", {{"</s>", {{"id", "</s>"}, {"ids", {0}}, {"tokens", {"</s>"}}}}}}}},
      {"decoder", {{"type", "Fuse"}}},
      {"model", {{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", "<unk>"}}}};
  return all.dump();
}

/// A random Marian with two vocabularies, and text in two columns.
class TranslationFolder : public TempFolder {
 public:
  TranslationFolder() {
    const auto source = std::filesystem::path(NEUROX_TESTDATA) / "pair-models" / "marian-two-vocabularies-lm";
    std::filesystem::create_directories(*this / "model");
    for (const char* name : {"config.json", "generation_config.json", "model.safetensors"})
      std::filesystem::copy_file(source / name, *this / "model" / name);
    write_text(*this / "model/tokenizer.json", letters(61));
    write_text(*this / "model/target_tokenizer.json", letters(41));
    write_text(*this / "pairs.tsv", "source\ttarget\nab c\tde f g\nh\tij\n");
    write_text(*this / "source.txt", "ab c\nh\n");
    write_text(*this / "wanted.txt", "de f g\nij\n");
  }
};

const std::string columns = "--text-column source --pair-column target ";

TEST(Translation, InfoListsTheSitesOfBothStacks) {
  const TranslationFolder folder;
  const auto said = must_run(folder, "info model");
  EXPECT_EQ(said["blocks"], "2 encoder, 3 decoder");
  EXPECT_THAT(said["sites"].front()["site"].get<std::string>(),
              StartsWith("encoder.blocks.0.hook_resid_pre"));
  EXPECT_THAT(said["sites"].back()["site"].get<std::string>(),
              StartsWith("decoder.blocks.2.hook_resid_post"));
}

TEST(Translation, RowsAreSourceWordsInTheEncoderAndTargetWordsInTheDecoder) {
  const TranslationFolder folder;
  EXPECT_EQ(
      must_run(folder, "extract model pairs.tsv " + columns + "--sites encoder_resid_post -o e.h5ad")["rows"],
      3);
  EXPECT_EQ(must_run(folder, "extract model source.txt --sites encoder_resid_post -o s.h5ad")["rows"], 3);
  EXPECT_EQ(must_run(folder, "extract model pairs.tsv " + columns +
                                 "--sites decoder_resid_post,cross_z -o d.h5ad")["rows"],
            4);
  EXPECT_EQ(must_run(folder, "extract model pairs.tsv " + columns + "--sites cross_k -o k.h5ad")["rows"], 3);
  const io::AnnData alone = io::read_anndata(folder / "s.h5ad"), paired = io::read_anndata(folder / "e.h5ad"),
                    decoder = io::read_anndata(folder / "d.h5ad");
  EXPECT_LT((*alone.X - *paired.X).cwiseAbs().maxCoeff(), 1e-6F) << "what the encoder holds needs no target";
  for (Index r = 0; r < decoder.X->rows(); ++r) EXPECT_GT(decoder.X->row(r).cwiseAbs().maxCoeff(), 1e-3F);
  const io::Categorical words = decoder.obs.categories("token", "d.h5ad");
  EXPECT_EQ(words.categories[static_cast<std::size_t>(words.codes[0])], "de");
  must_run(folder, "extract model pairs.tsv " + columns +
                       "--unit sentence --sentence-pooling mean --sites decoder_resid_post -o m.h5ad");
  const io::AnnData mean = io::read_anndata(folder / "m.h5ad");
  EXPECT_EQ(mean.X->rows(), 2);
  EXPECT_NEAR((*mean.X)(1, 3), (*decoder.X)(3, 24 + 3), 1e-6) << "a target of one word, behind cross_z of 24";
}

TEST(Translation, EditsInBothStacksChangeWhatIsWritten) {
  const TranslationFolder folder;
  const std::pair<const char*, int> edits[] = {
      {"encoder_resid_post@0", -30}, {"decoder_resid_post@0:0-11", -30}, {"cross_z@1", 60}};
  for (const auto& [site, value] : edits) {
    const auto said = must_run(folder, fmt::format("ablate model source.txt --neurons {} --operation set={} "
                                                   "--generate 6 --references wanted.txt -o w.h5ad --force",
                                                   site, value));
    EXPECT_EQ(said["effects"][0]["changed"], 0) << site;
    EXPECT_EQ(said["effects"][1]["changed"], 1) << site;
    EXPECT_TRUE(said["effects"][1].contains("bleu"));
  }
  const auto greedy = must_run(folder,
                               "ablate model source.txt --neurons encoder_resid_post@0:0 --operation scale=1 "
                               "--generate 6 --beams 3 -o b.h5ad");
  EXPECT_EQ(greedy["effects"][1]["changed"], 0) << "scaled by 1";
  const std::string bytes = sha256_file(folder / "b.h5ad");
  must_run(
      folder,
      "ablate model source.txt --neurons encoder_resid_post@0:0 --operation scale=1 --generate 6 --beams 3 "
      "-o b.h5ad --force");
  EXPECT_EQ(sha256_file(folder / "b.h5ad"), bytes);
}

TEST(Translation, TheLikelihoodIsTheTargetsAndEditsRaiseIt) {
  const TranslationFolder folder;
  const auto said = must_run(folder, "ablate model pairs.tsv " + columns +
                                         "--neurons encoder_resid_post@0 --operation zero -o l.h5ad");
  const io::AnnData data = io::read_anndata(folder / "l.h5ad");
  EXPECT_EQ(std::get<std::vector<double>>(data.obs.find("tokens")->data)[0], 8) << "defg</s> and ij</s>";
  EXPECT_NE(said["effects"][1]["nll_rise"], 0);
}

TEST(Translation, ChangesAreOverTheWordsOfOneSide) {
  const TranslationFolder folder;
  const std::string command =
      "ablate model pairs.tsv " + columns + "--neurons encoder_mlp_post@0:3 --force -o c.h5ad --changes ";
  EXPECT_EQ(must_run(folder, command + "encoder_resid_post")["rows"], 3);
  EXPECT_EQ(must_run(folder, command + "decoder_resid_post")["rows"], 4);
  // Each neuron's mean is that over the rows that extract writes.
  must_run(folder, "extract model pairs.tsv " + columns + "--sites decoder_resid_post -o d.h5ad");
  const io::AnnData rows = io::read_anndata(folder / "d.h5ad"), changes = io::read_anndata(folder / "c.h5ad");
  const auto mean = changes.obs.numbers("mean", "c");
  for (Index n = 0; n < rows.X->cols(); ++n)
    EXPECT_NEAR(mean[static_cast<std::size_t>(n)], rows.X->col(n).mean(), 1e-6) << n;
  expect_refusal(
      folder,
      "ablate model pairs.tsv " + columns + "--neurons encoder_mlp_post@0:3 --changes resid_post -o out.h5ad",
      2, "no row has both");
}

TEST(Translation, SourceAndPrefixAreWordsOfANextToken) {
  const TranslationFolder folder;
  const auto said =
      must_run(folder, "attribute model pairs.tsv " + columns +
                           "--target next --method input-x-gradient,integrated-gradients,occlusion,lrp "
                           "--baseline zero -o a.h5ad");
  for (const auto& example : said["examples"])
    if (example["method"] == "integrated-gradients" || example["method"] == "lrp") {
      EXPECT_LT(std::abs(example["delta"].get<double>()), 1e-5) << example;
    }
  // ab c <start> de f g: the tokens that end source and target take no part but as special ones.
  std::vector<std::string> words;
  for (const auto& row : said["words"])
    if (row["sentence"] == 0) words.push_back(row["word"]);
  EXPECT_THAT(words, ::testing::ElementsAre("ab", "c", "</s>", "<pad>", "de", "f", "g"));
  must_run(folder,
           "attribute model source.txt --target next=de --method occlusion --baseline zero -o n.h5ad");
  must_run(folder, "attribute model pairs.tsv " + columns +
                       "--target encoder_resid_post@1:3 --method input-x-gradient --baseline zero -o u.h5ad");
  must_run(folder, "attribute model pairs.tsv " + columns +
                       "--target next --sites decoder_resid_post@0,encoder_resid_post@0 --method "
                       "activation-x-gradient --baseline zero -o l.h5ad");
  for (const char* method : {"input-x-gradient", "lrp"}) {
    const auto shares = must_run(folder, "attribute model pairs.tsv " + columns + "--shares --method " +
                                             method + " --baseline zero -o s.h5ad --force");
    EXPECT_EQ(shares["tokens"], 6);
    EXPECT_GT(shares["source"], 0.01);
    EXPECT_LT(shares["source"], 1);
  }
}

TEST(Translation, AttentionHeadsAndNeuronsOfBothStacksAreRead) {
  const TranslationFolder folder;
  const std::string explain = "attribute model pairs.tsv " + columns + "--target next --force -o out.h5ad ";
  const auto said = must_run(folder, explain + "--method attention");
  // 2 encoder blocks; 3 decoder blocks, each with attention of its own and across.
  const auto heads = io::read_anndata(folder / "out.h5ad");
  EXPECT_EQ(heads.var.strings("site", "out").back(), "decoder.blocks.2.cross_attn.hook_pattern");
  EXPECT_NEAR(said["heads"].front()["row sum"].get<double>(), 1, 1e-6);
  must_run(folder, explain + "--method norm-weighted --sites decoder_cross_pattern@1");
  must_run(folder,
           explain + "--method attention-attribution --sites encoder_attn_pattern@0,decoder_cross_pattern");
  EXPECT_EQ(io::read_anndata(folder / "out.h5ad").uns["sums"]["site"].size(), 2 * 4U);
  must_run(folder, "attribute model source.txt --method attention --force -o out.h5ad");
  must_run(folder, "report out.h5ad --force -o out.html");
  must_run(folder, explain + "--method attention-rollout,attention-flow");
  EXPECT_NEAR(io::read_anndata(folder / "out.h5ad").X->col(0).sum(), 2, 1e-5) << "shares of two sentences";
  must_run(folder, explain + "--method ablation --sites encoder_attn_z,decoder_cross_z --groups head");
  EXPECT_GT(io::read_anndata(folder / "out.h5ad").X->cwiseAbs().maxCoeff(), 0);
  must_run(folder, explain + "--method direct-logit --sites decoder_mlp_post");
  must_run(folder, "attribute model pairs.tsv " + columns + "--method logit-lens --force -o out.h5ad");
  EXPECT_EQ(io::read_anndata(folder / "out.h5ad").var.strings("site", "out").front(),
            "decoder.blocks.0.hook_resid_pre");
  must_run(folder, "attribute model --method vocabulary --neurons decoder_cross_z@1:3 --force -o out.h5ad");
}

TEST(Translation, ConceptsOfTheEncoderMoveWhatIsWritten) {
  const TranslationFolder folder;
  std::string concept_texts, random[3], corpus;
  for (int i = 0; i < 12; ++i) {
    concept_texts += std::string(1, static_cast<char>('a' + i % 3)) + " " + static_cast<char>('a' + i) + "\n";
    for (int r = 0; r < 3; ++r)
      random[r] += std::string(1, static_cast<char>('a' + (i * 5 + r) % 26)) + " " +
                   static_cast<char>('z' - (i * 7 + r) % 26) + "\n";
    corpus += std::string(1, static_cast<char>('b' + i)) + " c\n";
  }
  write_text(folder / "early.txt", concept_texts);
  for (int r = 0; r < 3; ++r) write_text(folder / ("r" + std::to_string(r) + ".txt"), random[r]);
  write_text(folder / "some.txt", corpus);
  const std::string command =
      "tcav model some.txt --concept early=early.txt --random r0.txt r1.txt r2.txt --target next,next=d ";
  must_run(folder, command + "-o t.h5ad");
  const io::AnnData table = io::read_anndata(folder / "t.h5ad");
  EXPECT_EQ(table.obs.strings("site", "t").front(), "encoder.blocks.0.hook_resid_post");
  EXPECT_GT(table.layers.front().second.cwiseAbs().maxCoeff(), 0);
  expect_refusal(folder, command + "--sites decoder_resid_post -o out.h5ad", 1,
                 "no target text behind the source");
}

TEST(Translation, WhatDoesNotFitIsRefused) {
  const TranslationFolder folder;
  expect_refusal(
      folder, "extract model source.txt --sites decoder_resid_post -o out.h5ad", 1,
      "source.txt:1: no target text behind the source; a decoder's sites need one (--pair-column)");
  expect_refusal(
      folder, "extract model pairs.tsv " + columns + "--sites resid_post -o out.h5ad", 2,
      "has a row for each source token and decoder.blocks.2.hook_resid_post for each target token");
  expect_refusal(folder,
                 "attribute model pairs.tsv " + columns + "--method attention --sites mlp_post@0 -o out.h5ad",
                 2, "attention is at encoder_attn_pattern, decoder_attn_pattern and decoder_cross_pattern");
  expect_refusal(folder, "attribute model --method vocabulary --neurons encoder_mlp_post@0:1 -o out.h5ad", 2,
                 "an encoder's neurons write into its own stream");
  expect_refusal(folder,
                 "attribute model pairs.tsv " + columns +
                     "--target next --method direct-logit --sites encoder_mlp_post -o out.h5ad",
                 2, "writes into the encoder's stream");
  std::string words;
  for (int i = 0; i < 30; ++i) words += " a";
  write_text(folder / "long.tsv", "source\ttarget\nab\tb" + words + "\n");
  expect_refusal(folder,
                 "attribute model long.tsv " + columns + "--target next --method occlusion -o out.h5ad", 1,
                 "long.tsv:2: longer than the 20 tokens that the model takes");
  write_text(folder / "model/target_tokenizer.json", letters(61));
  expect_refusal(folder, "extract model source.txt --sites encoder_resid_post -o out.h5ad", 1,
                 "the tokenizer has 61 ids but the model embeds 41");
  const TempFolder gpt2;
  tiny_model(gpt2, "gpt2-lm");
  write_text(gpt2 / "text.txt", "a b\n");
  expect_refusal(gpt2, "extract model text.txt --sites encoder_resid_post -o out.h5ad", 2,
                 "there is no encoder");
}

/// scripts/fixtures/language_tokenizers.py
TEST(Translation, LanguagesAreReadAndWrittenAsTransformersDoes) {
  const std::filesystem::path languages = std::filesystem::path(NEUROX_TESTDATA) / "tokenizers" / "languages";
  const auto cases = nlohmann::json::parse(read_text(languages / "cases.json"));
  const TempFolder folder;
  std::map<std::string, std::vector<nlohmann::json>> runs;  // by folder and languages
  for (const auto& c : cases)
    if (!c["text"].get<std::string>().starts_with(' '))  // a corpus has no blanks at the ends of its texts
      runs[fmt::format("'{}' text.txt --source-language {} --target-language {}",
                       (languages / c["folder"].get<std::string>()).string(), c["source"].get<std::string>(),
                       c["target"].get<std::string>())]
          .push_back(c);
  ASSERT_EQ(runs.size(), 8U);
  for (const auto& [arguments, texts] : runs) {
    std::string lines;
    for (const auto& c : texts) lines += c["text"].get<std::string>() + "\n";
    write_text(folder / "text.txt", lines);
    must_run(folder, "ablate " + arguments + " --generate 8 --beams 1 -o w.h5ad --force");
    const io::AnnData data = io::read_anndata(folder / "w.h5ad");
    for (std::size_t i = 0; i < texts.size(); ++i)
      EXPECT_EQ(data.uns.at("texts").at("text")[i], texts[i]["writes"])
          << arguments << " " << texts[i]["text"];
  }
  write_text(folder / "pairs.tsv", "a\tb\nthe king\tthe king\n");
  const std::string model =
      "'" + (languages / "nllb").string() + "' pairs.tsv --text-column a --pair-column b ";
  const auto rows = [&](const std::string& more) {
    must_run(folder, "extract " + model + "--sites decoder_resid_post --force -o d.h5ad " + more);
    return MatrixF(*io::read_anndata(folder / "d.h5ad").X);
  };
  EXPECT_GT((rows("--target-language deu_Latn") - rows("--target-language zul_Latn")).cwiseAbs().maxCoeff(),
            1e-4F)
      << "the target's language stands before its words";
  EXPECT_GT((rows("--source-language deu_Latn") - rows("--source-language zul_Latn")).cwiseAbs().maxCoeff(),
            1e-4F);
  expect_refusal(folder,
                 "extract " + model + "--sites decoder_resid_post --source-language klingon -o out.h5ad", 1,
                 "the tokenizer knows no language 'klingon'");
}

/// CTranslate2 4 gave these with beams of 1, 2 and 5 alike; the first two stand in its own tests.
TEST(Translation, AModelOfCTranslate2WritesWhatItWritesThere) {
  NEUROX_NEED(model, shared("models/ct2-aren-transliteration"));
  NEUROX_NEED(python, python_with("numpy safetensors"));
  const TempFolder folder;
  const std::string script =
      std::filesystem::path(NEUROX_TESTDATA).parent_path() / "scripts" / "convert" / "ct2_to_folder.py";
  ASSERT_EQ(std::system(fmt::format("{} {} {} {} >/dev/null", python.string(), script, model.string(),
                                    (folder / "model").string())
                            .c_str()),
            0);
  write_text(folder / "source.txt",
             "آتزمون\nآتشيسون\nمحمد\nالقاهرة\nبغداد\nيوسف\nابراهيم\nشكسبير\nموسكو\nواشنطن\n");
  const std::vector<std::string> expected{"atzmon", "achison", "mahmad",   "qahra", "baghdad",
                                          "yosf",   "abrahim", "schaxber", "mosco", "washenten"};
  for (const char* beams : {"1", "2", "5"}) {
    must_run(folder,
             fmt::format("ablate model source.txt --neurons encoder_resid_post@0:0 --operation scale=1 "
                         "--generate 40 --beams {} -o w.h5ad --force",
                         beams));
    const io::AnnData data = io::read_anndata(folder / "w.h5ad");
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(data.uns.at("texts").at("text")[i], expected[i]) << beams;
  }
}

TEST(Translation, SourcesMediateWhatIsWritten) {
  const TranslationFolder folder;
  write_text(
      folder / "pairs.jsonl",
      R"({"base":"ab c","counterfactual":"db c","base_candidate":"e","counterfactual_candidate":"f"})"
      "\n"
      R"({"base":"ab c","counterfactual":"ab e","base_candidate":"de","counterfactual_candidate":"f","target":"gh"})"
      "\n");
  const auto said =
      must_run(folder, "ablate model pairs.jsonl --mediate site --neurons encoder_resid_post@1 -o s.h5ad");
  EXPECT_NEAR(said["top"][0]["indirect"].get<double>(), said["total effect"].get<double>(), 1e-4);
  EXPECT_NEAR(said["top"][0]["direct"].get<double>(), 0, 1e-4);
  const io::AnnData data = io::read_anndata(folder / "s.h5ad");
  EXPECT_EQ(data.uns.at("pairs").at("target"), io::Tree({"", "gh"}));
  // 2 encoder blocks of 4 heads, 3 decoder blocks of 3 heads in two attentions each
  EXPECT_EQ(must_run(folder, "ablate model pairs.jsonl --mediate head -o h.h5ad")["mediators"], 26);
  must_run(
      folder,
      "ablate model pairs.jsonl --mediate neuron --neurons decoder_mlp_post@0 --positions last -o n.h5ad");
  must_run(folder, "report n.h5ad -o n.html");
}

}  // namespace
}  // namespace neurox::testing
