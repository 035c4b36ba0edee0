#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "neurox/io/activation_writer.h"
#include "neurox/io/anndata.h"
#include "neurox/io/neuron_table.h"

/// Small files of every kind, as the commands write them: 2 sites of 3 neurons, 4 sentences, classes A and B.
namespace neurox::testing {

inline NeuronAxis sample_axis() {
  return all_neurons({{"blocks.0.hook_resid_post", 0, 3, 0}, {"blocks.0.mlp.hook_post", 0, 3, 0}});
}

inline io::Provenance sample_provenance(const std::string& kind) {
  io::Provenance p;
  p.kind = kind, p.version = "0.1.0", p.command = "neurox " + kind, p.model = "tiny";
  p.model_sha256 = std::string(64, '1');
  p.seed = 3;
  p.inputs = {{"train.h5ad", std::string(64, '2')}, {"dev.h5ad", std::string(64, '3')}};
  p.settings = {{"unit", "word"}};
  if (kind != "activations") p.settings = {{"activations", {{"unit", "word"}}}};
  return p;
}

/// Neuron 0 is 1 on `cat`, else 0; neuron 4 (mlp 1) is dead; the others count rows. The sentence "ä cat" has
/// an umlaut, so code points and bytes differ. Row 2 is special.
inline void write_sample_activations(const std::filesystem::path& path) {
  io::ActivationWriterOptions options;
  options.provenance = sample_provenance("activations");
  options.label_sets = {"tag"};
  io::ActivationWriter out(path, sample_axis(), options);
  const std::vector<std::string> sentences{"ä cat", "the cat", "a dog", "the dog"};
  for (const std::string& s : sentences) out.add_sentence(s);
  io::TokenRows rows;
  const auto add = [&](const std::string& token, int sentence, int position, int begin, int end,
                       io::TokenStatus status) {
    rows.token.push_back(token), rows.sentence.push_back(sentence), rows.position.push_back(position);
    rows.char_begin.push_back(begin), rows.char_end.push_back(end), rows.pieces.push_back(1),
        rows.status.push_back(status);
  };
  using enum io::TokenStatus;
  add("ä", 0, 0, 0, 1, Ok), add("cat", 0, 1, 2, 5, Ok);
  add("[SEP]", 0, -1, 5, 5, Special);
  add("the", 1, 0, 0, 3, Ok), add("cat", 1, 1, 4, 7, Ok);
  add("a", 2, 0, 0, 1, Ok), add("dog", 2, 1, 2, 5, Ok);
  add("the", 3, 0, 0, 3, Ok), add("dog", 3, 1, 4, 7, Ok);
  rows.labels = {{"A", "B", "", "A", "B", "A", "B", "A", "B"}};
  out.add_rows(rows);
  out.seal();
  MatrixF X = MatrixF::Zero(9, 6);
  for (Index r = 0; r < 9; ++r) {
    X(r, 0) = rows.token[static_cast<std::size_t>(r)] == "cat" ? 1.0F : 0.0F;
    X(r, 1) = static_cast<float>(r), X(r, 2) = static_cast<float>(-r);
    X(r, 3) = static_cast<float>(r % 2), X(r, 5) = static_cast<float>(r % 3);
  }
  X(2, 0) = 99;
  out.write_rows(0, X);
  out.commit(io::Tree::object());
  out.finish();
}

inline void write_sample_probe(const std::filesystem::path& path) {
  io::AnnData d;
  d.obs = io::neuron_table(sample_axis());
  d.var.rows = 2, d.var.row_names = {"A", "B"};
  d.X = MatrixF::Ones(6, 2);
  d.uns["neurox"] = io::to_tree(sample_provenance("probe"));
  d.uns["sites"] = io::sites_tree(sample_axis());
  d.uns["probe"] = {{"label", "tag"},
                    {"classes", {"A", "B"}},
                    {"lambda", 0.01},
                    {"converged", true},
                    {"majority", 0.5},
                    {"word_majority", 0.8},
                    {"eval", {{"tokens", 1234}, {"accuracy", 0.9}, {"macro_f1", 0.89}}},
                    {"control", {{"accuracy", 0.6}, {"selectivity", 0.3}}}};
  d.uns["site_figures"] = {{"site", {"blocks.0.hook_resid_post", "blocks.0.mlp.hook_post", "all"}},
                           {"block", {0, 0, -1}},
                           {"neurons", {3, 3, 6}},
                           {"accuracy", {0.85, 0.7, 0.9}},
                           {"macro_f1", {0.84, 0.69, 0.89}},
                           {"control_accuracy", {0.5, 0.5, 0.6}},
                           {"selectivity", {0.35, 0.2, 0.3}}};
  d.uns["classes"] = {{"class", {"A", "B"}},
                      {"count", {600, 634}},
                      {"precision", {0.9, 0.9}},
                      {"recall", {0.88, 0.92}},
                      {"f1", {0.89, 0.91}}};
  d.uns["confusion"] = {{528, 72}, {51, 583}};
  io::write_anndata(path, d, {});
}

inline void write_sample_ranking(const std::filesystem::path& path) {
  io::AnnData d;
  d.obs = io::neuron_table(sample_axis());
  d.var.rows = 3, d.var.row_names = {"A", "B", "overall"};
  MatrixF scores(6, 3), ranks(6, 3);
  scores << .6F, .1F, .9F, .2F, .5F, .8F, .1F, .2F, .3F, .05F, .1F, .2F, .05F, .05F, .1F, 0, .05F, 0;
  ranks << 1, 3, 1, 2, 1, 2, 3, 2, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6;
  d.X = scores;
  d.layers.emplace_back("rank", ranks);
  d.uns["neurox"] = io::to_tree(sample_provenance("ranking"));
  d.uns["sites"] = io::sites_tree(sample_axis());
  d.uns["ranking"] = {{"method", "weight mass"}, {"label", "tag"}, {"share", 0.5}};
  d.uns["mass"] = {{"concept", {"A", "B", "overall"}}, {"share", {0.5, 0.5, 0.5}}, {"neurons", {1, 1, 2}}};
  d.uns["spread"] = {{"concept", {"A", "A", "B", "B", "overall", "overall"}},
                     {"site",
                      {"blocks.0.hook_resid_post", "blocks.0.mlp.hook_post", "blocks.0.hook_resid_post",
                       "blocks.0.mlp.hook_post", "blocks.0.hook_resid_post", "blocks.0.mlp.hook_post"}},
                     {"count", {1, 0, 1, 0, 2, 0}}};
  d.uns["shared"] = {{"class", {"A", "B"}}, {"top", {1, 1}}, {"focused", {1, 1}}, {"shared", {0, 0}}};
  io::write_anndata(path, d, {});
}

inline void write_sample_ablation(const std::filesystem::path& path, const std::string& kind = "ablation") {
  io::AnnData d;
  d.obs.add("ranking", io::categorical({"", "r", "r", "r"}));
  d.obs.add("group", io::categorical({"none", "top", "random", "random"}));
  d.obs.add("keep", std::vector<bool>{false, false, false, false});
  d.obs.add("share", std::vector<double>{0, 0.5, 0.5, 0.5});
  d.obs.add("count", std::vector<std::int64_t>{0, 3, 3, 3});
  d.obs.add("draw", std::vector<std::int32_t>{-1, -1, 0, 1});
  d.obs.add("operation", io::categorical({"none", "zero", "zero", "zero"}));
  d.obs.add("target", io::categorical({"model", "model", "model", "model"}));
  d.obs.add("class", io::categorical({"", "", "", ""}));
  d.obs.add("accuracy", std::vector<double>{0.9, 0.2, 0.7, 0.8});
  d.uns["neurox"] = io::to_tree(sample_provenance(kind));
  io::write_anndata(path, d, {});
}

}  // namespace neurox::testing
