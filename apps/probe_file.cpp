#include "probe_file.h"

#include <cmath>
#include <vector>

#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

using io::Tree;

/// NaN has no place in HDF5 readers' tables of figures, but a class without tokens has no recall.
Tree number(double x) {
  return std::isfinite(x) ? Tree(x) : Tree(std::nan(""));
}

Tree figures(const Evaluation& e, double cross_entropy) {
  return {{"tokens", e.tokens},     {"unknown", e.unknown},         {"accuracy", e.accuracy},
          {"macro_f1", e.macro_f1}, {"weighted_f1", e.weighted_f1}, {"cross_entropy", number(cross_entropy)}};
}

Tree probe_tree(const ProbeRecord& record) {
  const auto& [study, labels, axis, settings] = record;
  Tree t;
  t["label"] = labels.label;
  t["classes"] = labels.classes;
  t["objective_form"] =
      "mean cross-entropy + lambda (l1_ratio |W|_1 + (1 - l1_ratio)/2 |W|_2^2), biases free";
  t["lambda"] = study.lambda;
  t["l1_ratio"] = settings.l1_ratio;
  t["l1"] = study.lambda * settings.l1_ratio;
  t["l2"] = study.lambda * (1 - settings.l1_ratio);
  t["standardised"] = settings.standardised;
  t["objective"] = study.fit.objective;
  t["cross_entropy"] = study.fit.cross_entropy;
  t["residual"] = study.fit.residual;
  t["tolerance"] = settings.tolerance;
  t["converged"] = study.fit.converged;
  t["iterations"] = study.fit.iterations;
  t["nonzero_weights"] = study.fit.nonzeros();
  t["intercepts"] = std::vector<double>(study.fit.b.data(), study.fit.b.data() + study.fit.b.size());
  t["mean"] = std::vector<double>(study.fit.mean.data(), study.fit.mean.data() + study.fit.mean.size());
  t["scale"] = std::vector<double>(study.fit.scale.data(), study.fit.scale.data() + study.fit.scale.size());
  t["dead"] = std::vector<std::int64_t>(study.fit.dead.begin(), study.fit.dead.end());
  t["train"] = figures(study.train, study.train_cross_entropy);
  t["eval"] = figures(study.eval, study.eval_cross_entropy);
  t["majority"] = study.majority;
  t["word_majority"] = study.lookup;
  if (study.control_accuracy)
    t["control"] = {{"accuracy", *study.control_accuracy},
                    {"selectivity", study.eval.accuracy - *study.control_accuracy},
                    {"distribution", settings.control},
                    {"seed", settings.seed}};
  return t;
}

Tree class_figures(const Study& study, const std::vector<std::string>& classes) {
  Tree t;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const ClassScores& s = study.eval.classes[c];
    t["class"].push_back(classes[c]);
    t["count"].push_back(s.support);
    t["predicted"].push_back(s.predicted);
    t["precision"].push_back(s.precision);
    t["recall"].push_back(number(s.recall));
    t["f1"].push_back(s.f1);
  }
  return t;
}

Tree path_figures(const Study& study) {
  Tree t;
  for (const PathPoint& p : study.path) {
    t["lambda"].push_back(p.lambda);
    t["objective"].push_back(p.objective);
    t["held_out_accuracy"].push_back(p.held_out_accuracy);
    t["held_out_cross_entropy"].push_back(p.held_out_cross_entropy);
    t["nonzero_weights"].push_back(p.nonzeros);
    t["residual"].push_back(p.residual);
    t["chosen"].push_back(p.lambda == study.lambda ? 1 : 0);
  }
  return t;
}

}  // namespace

Tree site_figures(const Study& study, const NeuronAxis& axis) {
  Tree t;
  const auto add = [&](const std::string& name, int block, const SiteResult& r) {
    t["site"].push_back(name);
    t["block"].push_back(block);
    t["neurons"].push_back(r.neurons);
    t["accuracy"].push_back(r.accuracy);
    t["macro_f1"].push_back(r.macro_f1);
    t["cross_entropy"].push_back(number(r.cross_entropy));
    t["control_accuracy"].push_back(number(r.control_accuracy.value_or(std::nan(""))));
    t["selectivity"].push_back(number(r.control_accuracy ? r.accuracy - *r.control_accuracy : std::nan("")));
    t["residual"].push_back(r.residual);
    t["converged"].push_back(r.converged ? 1 : 0);
  };
  std::size_t first = 0;
  for (const SiteResult& site : study.sites) {
    add(axis.site(first), axis.block(first), site);
    first += static_cast<std::size_t>(site.neurons);
  }
  add("all", -1, study.all);
  return t;
}

io::AnnData probe_file(const ProbeRecord& record, const io::Provenance& provenance) {
  const auto& [study, labels, axis, settings] = record;
  io::AnnData out;
  out.var.rows = static_cast<std::int64_t>(labels.classes.size());
  out.var.row_names = labels.classes;
  out.X = study.fit.W.transpose();
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["sites"] = io::sites_tree(axis);
  out.uns["probe"] = probe_tree(record);
  out.uns["site_figures"] = site_figures(study, axis);
  out.uns["classes"] = class_figures(study, labels.classes);
  out.uns["confusion"] = study.eval.confusion;
  if (!study.path.empty()) out.uns["path"] = path_figures(study);
  return out;
}

}  // namespace neurox::apps
