#include "similarity_file.h"

#include <algorithm>

#include "neurox/io/neuron_table.h"
#include "neurox/rank/scores.h"
#include "neurox/report/sections.h"

namespace neurox::apps {
namespace {

using io::Tree;

const SimilarityName& named(const SideBySide& found) {
  return similarities()[static_cast<std::size_t>(found.measure)];
}

/// Ranks from 1 by score, ties to the lower address.
void add_ranks(io::AnnData& out) {
  MatrixF ranks(out.X->rows(), out.X->cols());
  for (Index c = 0; c < ranks.cols(); ++c) {
    const NeuronList order = order_by_score(out.X->col(c).cast<double>());
    for (std::size_t k = 0; k < order.size(); ++k) ranks(order[k], c) = static_cast<float>(k + 1);
  }
  out.layers.emplace_back("rank", std::move(ranks));
}

}  // namespace

const std::string& ComparedModels::site(std::size_t part) const {
  const ModelPart& p = parts[part];
  return axes[p.model].site(static_cast<std::size_t>(p.first));
}

std::vector<std::string> ComparedModels::part_names() const {
  const bool one_each = parts.size() == names.size();
  std::vector<std::string> out;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const std::string place = short_site(site(p));
    out.push_back(names.size() == 1 ? place
                  : one_each        ? names[parts[p].model]
                                    : names[parts[p].model] + " " + place);
  }
  return out;
}

std::int64_t ComparedModels::constant(std::size_t model) const {
  std::int64_t count = 0;
  for (std::size_t p = 0; p < parts.size(); ++p)
    if (parts[p].model == model) count += static_cast<std::int64_t>(moments[p].constant.size());
  return count;
}

Tree similarity_tree(const ComparedModels& models, const SideBySide& found) {
  Tree t{{"method", std::string(named(found).name)},
         {"models", models.names},
         {"words", models.words},
         {"words_left_out", models.left_out},
         {"symmetric", found.measure == Similarity::Svcca || found.measure == Similarity::Cka}};
  for (std::size_t m = 0; m < models.names.size(); ++m) t["constant_neurons"].push_back(models.constant(m));
  const std::vector<std::string> names = models.part_names();
  for (std::size_t p = 0; p < models.parts.size(); ++p) {
    t["parts"]["name"].push_back(names[p]);
    t["parts"]["model"].push_back(models.names[models.parts[p].model]);
    t["parts"]["site"].push_back(models.site(p));
    t["parts"]["neurons"].push_back(models.moments[p].varying.size());
  }
  t["values"] = Tree::array();
  for (Index r = 0; r < found.parts.rows(); ++r)
    t["values"].push_back(std::vector<double>(found.parts.row(r).begin(), found.parts.row(r).end()));
  return t;
}

io::AnnData similarity_table(const ComparedModels& models, const SideBySide& found) {
  std::vector<std::string> model_a, site_a, model_b, site_b;
  std::vector<double> values;
  for (std::size_t a = 0; a < models.parts.size(); ++a)
    for (std::size_t b = 0; b < models.parts.size(); ++b) {
      if (a == b) continue;
      model_a.push_back(models.names[models.parts[a].model]), site_a.push_back(models.site(a));
      model_b.push_back(models.names[models.parts[b].model]), site_b.push_back(models.site(b));
      values.push_back(found.parts(static_cast<Index>(a), static_cast<Index>(b)));
    }
  io::AnnData out;
  out.obs.add("model", io::categorical(model_a));
  out.obs.add("site", io::categorical(site_a));
  out.obs.add("other_model", io::categorical(model_b));
  out.obs.add("other_site", io::categorical(site_b));
  out.obs.add(std::string(named(found).name), std::move(values));
  out.uns["similarity"] = similarity_tree(models, found);
  return out;
}

std::string partner_of(const ComparedModels& models, const SideBySide& found, std::size_t model, Index neuron,
                       std::size_t other) {
  const Index partner = found.models[model].partner(neuron, static_cast<Index>(other));
  if (partner < 0) return {};
  const NeuronAxis& axis = models.axes[other];
  const auto at = static_cast<std::size_t>(partner);
  return found.measure == Similarity::LinReg ? axis.site(at) : axis.address(at);
}

io::AnnData similarity_ranking(const ComparedModels& models, const SideBySide& found, std::size_t model,
                               io::Table neurons) {
  const NeuronLikeness& of = found.models[model];
  std::vector<std::size_t> others;
  for (std::size_t m = 0; m < models.names.size(); ++m)
    if (m != model) others.push_back(m);
  io::AnnData out;
  out.obs = std::move(neurons);
  out.X = MatrixF(of.score.size(), static_cast<Index>(others.size()) + 1);
  out.var.row_names = std::vector<std::string>();
  for (std::size_t k = 0; k < others.size(); ++k) {
    out.var.row_names->push_back(models.names[others[k]]);
    out.X->col(static_cast<Index>(k)) = of.of_model.col(static_cast<Index>(others[k])).cast<float>();
    std::vector<std::string> partners;
    for (Index i = 0; i < of.score.size(); ++i)
      partners.push_back(partner_of(models, found, model, i, others[k]));
    out.obs.add("match_" + models.names[others[k]], std::move(partners));
  }
  out.var.row_names->emplace_back("overall");
  out.var.rows = static_cast<std::int64_t>(out.var.row_names->size());
  out.X->col(static_cast<Index>(others.size())) = of.score.cast<float>();
  add_ranks(out);
  out.uns["ranking"] = {{"method", std::string(named(found).name)},
                        {"label", ""},
                        {"of_model", models.names[model]},
                        {"larger_is_more_important", true}};
  out.uns["sites"] = io::sites_tree(models.axes[model]);
  out.uns["similarity"] = similarity_tree(models, found);
  return out;
}

}  // namespace neurox::apps
