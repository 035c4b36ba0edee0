#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "neurox/report/method_findings.h"

/// One finding of every kind that `tcav` and `attribute` write, with numbers of a plausible size.
namespace neurox::testing {

inline MatrixD sample_matrix(Index rows, Index cols, double scale) {
  MatrixD m(rows, cols);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < cols; ++j) m(i, j) = scale * std::sin(1 + 3.0 * static_cast<double>(i + 7 * j));
  return m;
}

inline TcavScores sample_tcav() {
  TcavScores t{"c.tcav.h5ad", "minilm", "holm", {}};
  for (const char* name : {"positive", "sport vs </script>"})
    for (int b = 0; b < 6; ++b)
      for (const char* of_class : {"negative", "positive"}) {
        TcavRow r;
        r.concept_name = name, r.site = "blocks." + std::to_string(b) + ".hook_resid_post",
        r.class_name = of_class;
        r.score = .15 * b + .1, r.low = r.score - .1, r.high = r.score + .2;
        r.random_score = .5, r.random_sd = .2, r.p = .01 * b, r.p_corrected = .02 * b, r.magnitude_p = .3;
        r.magnitude = .7, r.accuracy = .9, r.chance = .5, r.at_chance = b == 1;
        r.runs = 5, r.random_runs = 6, r.sentences = 60;
        t.rows.push_back(r);
      }
  return t;
}

inline MethodFindings sample_methods() {
  MethodFindings out;
  out.tcav.push_back(sample_tcav());

  const std::vector<std::string> words{"the", "film", "<b>", "the", "incomprehensibilities"};
  MatrixD pairs = sample_matrix(5, 5, 2);
  pairs = (pairs + pairs.transpose().eval()) / 2;
  pairs.diagonal().setConstant(no_value);
  out.pairs.push_back({"pairs.h5ad",
                       "minilm",
                       {{"the film <b> the incomprehensibilities",
                         words,
                         {{"shapley-taylor", "positive", 2.1, -1, pairs, {.1, .5, -2, 0, 1}},
                          {"integrated-hessians", "positive", 2.1, -1, pairs, {}}}}},
                       9});

  // ((the film) was (not (good at all))), the words with values of their own
  WordTree tree{
      "agglomerative", "positive", 1.5, 0, {"the", "film", "<was>", "not", "good", "at", "all"}, {}};
  for (std::size_t w = 0; w < 7; ++w)
    tree.nodes.push_back({w, w, w == 4 ? 0 : 1, std::sin(1 + 3.0 * static_cast<double>(w)), {}});
  tree.nodes.push_back({0, 1, 1, .25, {0, 1}});
  tree.nodes.push_back({4, 6, 1, 2, {4, 5, 6}});
  tree.nodes.push_back({3, 6, 2, -3, {3, 8}});
  tree.nodes.push_back({0, 6, 3, -2.5, {7, 2, 9}});
  out.trees.push_back({"trees.h5ad", "minilm", {{"the film <was> not good at all", {tree}}}, 4});

  std::vector<ConceptUseRow> uses;
  for (const char* name : {"NOUN", "VERB", "ADJ"})
    uses.push_back({name, .01 * static_cast<double>(uses.size()) - .01, .001, .002,
                    2.0 * static_cast<double>(uses.size()) - 2, uses.size() == 2 ? .01 : .4});
  out.concepts.push_back({"use.h5ad",
                          "minilm",
                          "conductance",
                          uses,
                          {{"a text", "positive", 1, uses}, {"another", "negative", 2, uses}},
                          30,
                          200});

  LensFindings lens{"lens.h5ad",
                    "minilm",
                    "predicted",
                    {"blocks.0.hook_resid_pre", "blocks.0.hook_resid_post", "blocks.1.hook_resid_post"},
                    {-90, -8, -2},
                    {1, 2, 3},
                    {0, .2, .6},
                    {},
                    1,
                    12};
  LensText text;
  for (int w = 0; w < 12; ++w) {
    text.tokens.push_back("w" + std::to_string(w)), text.targets.push_back("Ġ<next>");
    text.cells.emplace_back();
    for (int s = 0; s < 3; ++s)
      text.cells.back().push_back({s == 2 ? "Ġ<next>" : "Ġof", .3 * s, -2.0 * s, s == 2 ? 1 : 40, "Ġa 0.1"});
  }
  lens.texts.push_back(text);
  out.lens.push_back(lens);
  out.vocabulary.push_back(
      {"vocab.h5ad", "minilm", {{"blocks.1.mlp.hook_post:7", "Ġone <two>", "Ġthree", 2.5, -3}}, 4});

  const std::vector<std::string> sites{"blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern"};
  out.attention.push_back(
      {"attention.h5ad",
       "minilm",
       "attention",
       sites,
       {{"entropy (nats)", sample_matrix(2, 4, .5).cwiseAbs(), false},
        {"sum", sample_matrix(2, 4, .5), true}},
       "blocks.1.attn.hook_pattern:3, the head of the least entropy",
       {{"the film", "", words, 8, sample_matrix(5, 5, 1).cwiseAbs(), sample_matrix(5, 5, 1)}},
       7});

  out.groups.push_back({"heads.h5ad", "minilm", "ablation", "head", 3, {}});
  for (int b = 0; b < 2; ++b)
    for (int h = 0; h < 3; ++h)
      out.groups[0].rows.push_back(
          {std::to_string(b) + "." + std::to_string(h), 32, .1 * (h - b), .2, no_value});
  out.groups.push_back(
      {"sites.h5ad",
       "minilm",
       "sampled-shapley",
       "site",
       3,
       {{"blocks.0.mlp.hook_post", 1536, .5, .5, .1}, {"blocks.1.mlp.hook_post", 1536, -.2, .3, .05}}});

  out.mediations.push_back(
      {"blocks.h5ad",
       "smollm2-135m",
       "site",
       {{"blocks.0.hook_mlp_out", 576, 2.8, .1}, {"blocks.1.hook_mlp_out", 576, -.3, 2.6}},
       2,
       {{"The nurse said", "The man said", "she", "he", .2, 1.1, 4.5}},
       1,
       4.5,
       no_value,
       "he/she",
       .35,
       0});
  out.shares.push_back(
      {"shares.h5ad",
       "t5",
       "input-x-gradient",
       {{0, 2, .9, 0, .1, 1.2}, {1, 2, .6, .3, .1, 1.4}, {2, 1, .5, .4, .1, 1.5}},
       {{{"der", .9, 0}, {"gute", .7, .2}, {"Film", .5, .4}}, {{"ein", .9, 0}, {"Haus", .5, .4}}},
       2});

  out.parts.push_back({"direct.h5ad",
                       "minilm",
                       {0, 1},
                       {.5, -1},
                       {2, .25},
                       {.125, 0},
                       -.5,
                       .25,
                       0,
                       sample_matrix(2, 3, 1),
                       3});

  TrustFindings trust{"words.h5ad",
                      "minilm",
                      {"infidelity_words", "random_weights"},
                      {{"saliency", {1.5, .2}}, {"shapley", {.5, no_value}}},
                      {{"saliency", "shapley", -.3, .5, .25}},
                      {},
                      3};
  for (const char* name : {"saliency", "shapley", "random"})
    for (const double share : {.05, .1, .2, .5})
      trust.faithfulness.push_back({name, share, 4 * share, 1 - share});
  out.trust.push_back(trust);

  MatrixD agreement = sample_matrix(3, 3, .5).cwiseAbs(), tau = agreement;
  agreement = ((agreement + agreement.transpose().eval()) / 2).eval(), agreement.diagonal().setOnes();
  tau = agreement, tau(0, 1) = tau(1, 0) = -.2;
  out.comparisons.push_back(
      {"agreement.h5ad",
       "minilm",
       50,
       {{"overall",
         "neuron",
         {"weight-mass", "probeless", "average <precision>"},
         {{"shared among the first 50", agreement, false}, {"Kendall’s τ-b", tau, true}}}},
       {{"overall", "weight-mass", "weight mass", .2, .5, .3},
        {"overall", "probeless", "probeless", .1, .4, .2}},
       {{"overall", "blocks.1.hook_resid_post:7", .9, {1, 3, 2}}},
       {{"overall", "weight-mass", "probeless", "blocks.0.hook_resid_post:3", 1, 300}},
       {{"overall", "blocks.0.hook_resid_post:3", "good (+0.1 to +3.2) · <b> (+1.0 to -2.0)", .4, .2}}});

  RankBelief belief{"upos.rank.h5ad", "minilm", "auroc", "upos", 384, .05, {}, .17, .87, .94, .97, 180, {}};
  for (const double n : {5.0, 20.0, 100.0, 200.0})
    belief.sets.push_back({n, std::sqrt(n / 230), n / 250, n / 260, n / 240, n / 500, n / 300});
  belief.concepts = {{"ADJ", 31, .93, .88}, {"</script>", 0, .1, .2}, {"overall", 55, .95, .9}};
  out.beliefs.push_back(belief);
  CodeFindings code{"upos.probe.h5ad", "minilm", "upos", {}, {}};
  for (const char* site : {"blocks.0.hook_resid_post", "blocks.5.hook_resid_post"}) {
    for (const double n : {0.0, 50.0, 500.0, 5000.0})
      code.blocks.push_back({site, n, n == 0 ? no_value : 1 - 3 / std::sqrt(n)});
    code.sites.push_back({site, 7419.4, 2.05, 5000, 2419.4});
  }
  out.codes.push_back(code);
  out.corpora.push_back(
      {"contexts.h5ad",
       "minilm",
       "top-contexts",
       {{"blocks.5.hook_resid_post:287",
         5.87,
         {{"word", "killed", 12, 3.1, 5.87, 5.87}, {"2 words", "<the> best", 3, 1.2, 2.5, 2.5, .25}}}},
       384});

  out.similarities.push_back({"cka.h5ad",
                              "minilm, smollm2",
                              "cka",
                              {"minilm resid_post@0", "smollm2 <x>"},
                              tau.topLeftCorner(2, 2),
                              1500});
  out.factors.push_back({"nmf.h5ad",
                         "minilm",
                         "nmf",
                         {{"factor_1", .7, "blocks.1.hook_resid_post:7", "the <b> cat", "factor_2", .9},
                          {"factor_2", .3, "blocks.1.hook_resid_post:3", "dog", "", no_value}},
                         {{4, {"the", "cat", "the"}, sample_matrix(3, 2, .5)}}});
  out.token_clusters.push_back(
      {"groups.h5ad",
       "minilm",
       "tokens",
       "upos",
       {{0, 120, "verbs & co", "sees (4), saw (2)", {"he «sees» <it>"}, "VERB", .95, true},
        {1, 20, "", "a (9)", {}, "DET", .5, false}},
       {{"v-measure", .4}}});
  ClusterFindings clusters{"c.h5ad", "minilm", "average", "pearson", true, 6, 1, 1234, 5, {}, {}, {}, {}};
  clusters.merges = {
      {0, 0, 1, 0, .1, 2}, {3, 0, 4, 0, .2, 2}, {2, 0, 3.5, .2, .6, 3}, {.5, .1, 2.75, .6, .9, 5}};
  clusters.cuts = {{"t0.3", .3, 3, 1, 2, .6, .5, no_value, {1, 2}},
                   {"k2", .75, 2, 0, 3, .4, .25, .5, {0, 1, 1}}};
  clusters.spread = {{"0", 0, 4, 0}, {"1", 1, 0, 1}};
  clusters.largest = {{0, 2, .9, .4, "blocks.0.hook_resid_post:<0>", "0"}};
  out.clusters.push_back(clusters);
  RedundancyFindings redundancy{"r.h5ad", "minilm", "upos", "t0.3", 1, 1, 7, 4, {}};
  redundancy.rows = {{"all", 2688, 1, .93, 1},
                     {"up to block 0", 384, .14, .85, .91},
                     {"up to block 3", 1536, .57, .925, .99},
                     {"clusters t0.3", 1200, .45, .924, .99},
                     {"top 2", 2, .001, .3, .32},
                     {"top 107", 107, .04, .922, .99},
                     {"minimal", 107, .04, .922, .99}};
  out.redundancy.push_back(redundancy);

  CourseUnit unit{"blocks.3.mlp.hook_post:7", .1, {{"base", {}}, {"<not>", {}}}, {{0, .1}, {2, .8}}};
  const std::vector<std::string> film{"the", "film", "was", "</script>"};
  for (int w = 0; w < 4; ++w) {
    CourseValue v;
    v.position = w, v.word = film[static_cast<std::size_t>(w)], v.sentences = 9;
    v.mean = .2 * w, v.sd = .05, v.error = .02;
    unit.lines[0].values.push_back(v);
    v.compared = 9, v.base = v.mean, v.difference = w == 3 ? -.9 : 0, v.difference_error = .01;
    v.strengthens = v.weakens = 0, v.flips = w == 3 ? 1 : 0, v.mean += v.difference;
    unit.lines[1].values.push_back(v);
  }
  CourseValue added;
  added.position = 2.5, added.word = "not", added.sentences = 9, added.mean = -.2;
  unit.lines[1].values.insert(unit.lines[1].values.end() - 1, added);
  CourseUnit by_number = unit;
  for (CourseLine& line : by_number.lines)
    for (CourseValue& v : line.values) v.word_share = .5;
  out.courses.push_back({"course.h5ad", "minilm", {unit, by_number}, 5});
  return out;
}

}  // namespace neurox::testing
