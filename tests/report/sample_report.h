#pragma once

#include <fmt/format.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "neurox/report/report_data.h"

/// A report with realistic numbers, drawn by a seeded generator: a 6-block model of width 384 probed for
/// parts of speech.
namespace neurox::testing {

class SampleReport {
 public:
  ReportData data;

  explicit SampleReport(int neurons = 4) {
    data.title = "upos in minilm";
    data.version = "0.1.0";
    data.command = "neurox report upos.probe.h5ad upos.rank.h5ad upos.ablate.h5ad dev.h5ad -o report.html";
    for (int b = -1; b < 6; ++b)
      sites_.push_back(b < 0 ? "blocks.0.hook_resid_pre" : fmt::format("blocks.{}.hook_resid_post", b));
    add_probe();
    add_ranking();
    add_ablation();
    for (int i = 0; i < neurons; ++i) data.neurons.push_back(neuron(i));
    add_kinds();
    data.files.push_back({"upos.probe.h5ad",
                          "probe",
                          std::string(64, 'a'),
                          {{"model", "minilm"},
                           {"command", "neurox probe train.h5ad --label upos --eval dev.h5ad"},
                           {"seed", "0"}},
                          {},
                          {},
                          0});
    data.files.push_back({"ig.h5ad",
                          "attribution",
                          std::string(64, 'b'),
                          {},
                          {"position", "target"},
                          {{"0", "NOUN"}, {"1", "VERB"}},
                          120});
    data.notes.push_back("Contexts are of dev.h5ad, 1 000 sentences, 12 539 words.");
  }

  static std::vector<std::string> classes() {
    return {"NOUN", "VERB",  "PUNCT", "PRON", "ADP",   "DET",  "PROPN", "ADJ", "AUX",
            "ADV",  "CCONJ", "PART",  "NUM",  "SCONJ", "INTJ", "SYM",   "X"};
  }

 private:
  std::vector<std::string> sites_;
  std::mt19937_64 random_{7};

  double uniform() { return static_cast<double>(random_() >> 11) / 9007199254740992.0; }

  void add_probe() {
    ProbeFindings p;
    p.file = "upos.probe.h5ad", p.model = "minilm", p.label = "upos", p.unit = "word";
    p.evaluated_on = "dev.h5ad, 12 539 words";
    const double accuracy[] = {.882, .915, .944, .940, .933, .919, .859};
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      const double control = .46 + .03 * uniform() - .02 * static_cast<double>(i);
      p.sites.push_back({sites_[i], i == 0 ? 0 : static_cast<int>(i) - 1, 384, accuracy[i], accuracy[i] - .07,
                         control, accuracy[i] - control});
    }
    p.all = {"all", -1, 2688, .951, .902, .52, .431};
    p.majority = .166, p.word_majority = .823;
    const auto names = classes();
    p.confusion_classes = names;
    p.confusion = MatrixD::Zero(17, 17);
    for (std::size_t c = 0; c < names.size(); ++c) {
      const auto n = static_cast<std::int64_t>(2081.0 * std::exp(-.28 * static_cast<double>(c)) + 9);
      const double f = .98 - .025 * static_cast<double>(c) * uniform();
      p.classes.push_back({names[c], n, f + .01, f - .01, f});
      p.confusion(static_cast<Index>(c), static_cast<Index>(c)) =
          std::round(static_cast<double>(n) * (f - .01));
      for (int k = 0; k < 4; ++k)
        p.confusion(static_cast<Index>(c), static_cast<Index>(random_() % 17)) +=
            std::round(static_cast<double>(n) * (1 - f) / 4);
    }
    p.settings = {{"lambda", "0.001"},
                  {"l1_ratio", "0.5"},
                  {"residual", "8.1e-07"},
                  {"iterations", "143"},
                  {"converged", "true"}};
    data.probes.push_back(std::move(p));
  }

  void add_ranking() {
    RankingFindings r;
    r.file = "upos.rank.h5ad", r.model = "minilm", r.label = "upos",
    r.method = "weight mass of a linear probe";
    for (std::size_t i = 0; i < sites_.size(); ++i)
      r.sites.push_back({sites_[i], i == 0 ? 0 : static_cast<int>(i) - 1, 384});
    std::vector<std::string> concepts = classes();
    concepts.insert(concepts.begin(), "overall");
    for (const std::string& c : concepts) {
      const double width = c == "overall" ? 400 : 30 + 160 * uniform();
      for (const double share : {.25, .5, .75, .9})
        r.mass.push_back({c, share, static_cast<std::int64_t>(width * share / (1.3 - share))});
      r.top.push_back({c, {}});
      for (int i = 0; i < 10; ++i)
        r.top.back().neurons.push_back(
            {fmt::format("{}:{}", sites_[random_() % 7], random_() % 384), 1.0 / (2 + i)});
    }
    for (const double share : {.01, .05, .2}) {
      Spread s{fmt::format("top {:.0f} % ({} neurons)", share * 100, std::lround(share * 2688)), {}};
      const double weights[] = {.1, .12, .26, .2, .16, .1, .06};
      for (std::size_t i = 0; i < sites_.size(); ++i) {
        s.cells.push_back(
            {"overall", sites_[i], std::lround(share * 2688 * (weights[i] * (1 - share) + share / 7))});
        for (const std::string& c : classes())
          s.cells.push_back({c, sites_[i], static_cast<std::int64_t>(random_() % 9)});
      }
      r.spreads.push_back(std::move(s));
    }
    for (const std::string& c : classes()) {
      const auto top = static_cast<std::int64_t>(20 + random_() % 60);
      r.shared.push_back(
          {c, top, static_cast<std::int64_t>(static_cast<double>(top) * (.2 + .5 * uniform()))});
    }
    data.rankings.push_back(std::move(r));
  }

  void add_ablation() {
    AblationFindings a;
    a.file = "upos.ablate.h5ad", a.model = "minilm";
    a.measures = {"accuracy", "macro_f1", "accuracy_drop"};
    const auto add = [&](const char* group, double share, int draw, double accuracy,
                         const std::string& name) {
      for (const char* target : {"model", "matrix"}) {
        const double value = std::max(0.0, accuracy - (target[1] == 'a' ? .02 : 0));
        a.rows.push_back({std::string(group) == "none" ? "" : "upos.rank.h5ad",
                          group,
                          std::string(group) == "none" ? "" : "zero",
                          target,
                          name,
                          false,
                          share,
                          std::lround(share * 2688),
                          draw,
                          {value, value - .06, .951 - value}});
      }
    };
    std::vector<std::string> names = classes();
    names.insert(names.begin(), "");
    for (const std::string& name : names) {
      const double base = .97 - (name.empty() ? .019 : .3 * uniform());
      add("none", 0, 0, base, name);
      for (const double share : {.01, .05, .1, .2, .5}) {
        add("top", share, 0, base * std::exp(-4.5 * share), name);
        add("bottom", share, 0, base * (1 - .04 * share), name);
        for (int d = 0; d < 10; ++d)
          add("random", share, d, base * std::exp(-.9 * share) - .16 * (uniform() - .5) * (.1 + share), name);
      }
    }
    data.ablations.push_back(std::move(a));
  }

  Context context(double around, const Statistics& s) {
    static const std::vector<std::vector<std::string>> texts = {
        {"The", "committee", "has", "approved", "the", "new", "budget", "for", "2004", "."},
        {"I", "would", "n't", "go", "back", "there", "if", "they", "paid", "me", "!"},
        {"Al", "-", "Zaman", ":", "American", "forces", "killed", "Shaikh", "Abdullah", "near", "the",
         "border", "."},
        {"Thanks", "for", "your", "help", ",", "and", "please", "write", "again", "</script>", "<b>", "&",
         "."},
        {"What", "is", "the", "best", "way", "to", "get", "from", "the", "airport", "to", "downtown", "?"}};
    const auto& words = texts[random_() % texts.size()];
    const std::size_t focus = random_() % words.size();
    Context c;
    c.sentence = static_cast<std::int64_t>(random_() % 1000);
    c.row = c.sentence * 12;
    c.cut = random_() % 4 == 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i > 0) c.pieces.push_back({" ", 0, false, false});
      const double z = i == focus ? around + uniform() : 2.6 * (uniform() + uniform() - 1);
      const auto value = static_cast<float>(s.mean + z * std::sqrt(s.variance));
      c.pieces.push_back({words[i], value, true, i == focus});
      if (i == focus) c.value = value;
    }
    return c;
  }

  NeuronFindings neuron(int i) {
    NeuronFindings n;
    n.site = sites_[static_cast<std::size_t>(2 + i % 3)];
    n.block = 1 + i % 3;
    n.address = fmt::format("{}:{}", n.site, 17 + 61 * i);
    n.rows = 12539;
    n.statistics = {.03 * i, .21, -1.9, 2.8, 0, .47, .002, no_value};
    if (i == 1) n.kinds = {"high-variance"};
    for (const char* name : {"overall", "VERB", "AUX"}) n.scores.push_back({name, .9 - .1 * i, i + 1});
    for (int b = 0; b < 24; ++b)
      n.histogram.push_back(std::lround(2200 * std::exp(-.06 * (b - 10) * (b - 10)) + (b == 20 ? 60 : 0)));
    for (const char* w : {"is", "was", "be", "has", "<was>", "'s", "are"})
      n.high_words.push_back({w, static_cast<std::int64_t>(10 + random_() % 200), 1.4, 3.1 - .2 * uniform()});
    for (const char* w : {".", ",", "!", "the", "of"})
      n.low_words.push_back({w, static_cast<std::int64_t>(40 + random_() % 400), -.8, -1.7 - .2 * uniform()});
    for (int k = 0; k < 5; ++k) {
      n.top.push_back(context(4, n.statistics));
      n.random.push_back(context(0, n.statistics));
      n.bottom.push_back(context(-3.5, n.statistics));
    }
    return n;
  }

  void add_kinds() {
    KindFindings& k = data.kinds;
    k.file = "dev.h5ad", k.model = "minilm";
    k.kinds = {"saturated", "dead", "constant", "high-variance", "low-variance"};
    k.neurons = 2688;
    for (const std::string& kind : k.kinds)
      for (const std::string& site : sites_) {
        const bool tail = kind.ends_with("variance");
        const std::int64_t count = tail ? 19 : kind == "constant" && site == sites_.back() ? 3 : 0;
        k.totals.push_back({kind, site, count});
        for (std::int64_t i = 0; i < std::min<std::int64_t>(count, 6); ++i)
          k.rows.push_back(
              {fmt::format("{}:{}", site, random_() % 384),
               site,
               {uniform() - .5, tail ? uniform() : 0, -uniform(), uniform(), 0, uniform(), 0, no_value},
               {kind}});
      }
  }
};

}  // namespace neurox::testing
