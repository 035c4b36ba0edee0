#include "neurox/tcav/study.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "neurox/core/no_value.h"
#include "neurox/extract/extract.h"
#include "neurox/tcav/significance.h"

namespace neurox::tcav {
namespace {

/// Sentences whose gradients are held together.
constexpr std::size_t kWindow = 256;

ConceptVector fit_task(const MatrixF& X, const VectorTask& task, std::span<const std::int64_t> groups,
                       double held_out, const VectorOptions& options) {
  std::vector<Index> rows = task.examples;
  rows.insert(rows.end(), task.counterpart.begin(), task.counterpart.end());
  MatrixF own(static_cast<Index>(rows.size()), X.cols());
  std::vector<int> y;
  std::vector<std::int64_t> own_groups;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    own.row(static_cast<Index>(i)) = X.row(rows[i]);
    y.push_back(i < task.examples.size() ? 1 : 0);
    own_groups.push_back(groups[static_cast<std::size_t>(rows[i])]);
  }
  return concept_vector(own, y, stratified_split(y, own_groups, held_out, task.seed), options);
}

/// #tasks x #neurons
MatrixD matrix_of(std::span<const ConceptVector> vectors) {
  MatrixD out(static_cast<Index>(vectors.size()), vectors.front().direction.size());
  for (std::size_t i = 0; i < vectors.size(); ++i)
    out.row(static_cast<Index>(i)) = vectors[i].direction.transpose();
  return out;
}

std::vector<double> each(const std::vector<Score>& scores, double Score::*member) {
  std::vector<double> out;
  for (const Score& s : scores) out.push_back(s.*member);
  return out;
}

/// @param derivatives  #sentences x #runs of all comparisons
VectorD mean_over(const MatrixD& derivatives, std::span<const std::size_t> runs) {
  VectorD sum = VectorD::Zero(derivatives.rows());
  for (const std::size_t run : runs) sum += derivatives.col(static_cast<Index>(run));
  return sum / static_cast<double>(runs.size());
}

TTest test_of(const std::vector<double>& runs, const std::vector<double>& controls, bool resampled,
              Test test) {
  if (resampled) return single_test(mean_of(runs), controls);
  return test == Test::Welch ? welch_test(runs, controls) : student_test(runs, controls);
}

}  // namespace

std::vector<ConceptVector> fit_vectors(const MatrixF& X, std::span<const VectorTask> tasks,
                                       std::span<const std::int64_t> groups, double held_out,
                                       const VectorOptions& options) {
  std::vector<ConceptVector> out(tasks.size());
  tbb::parallel_for(std::size_t{0}, tasks.size(),
                    [&](std::size_t i) { out[i] = fit_task(X, tasks[i], groups, held_out, options); });
  return out;
}

CorpusScores score_corpus(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                          const std::vector<std::vector<ConceptVector>>& vectors,
                          std::span<const Comparison> comparisons, const CorpusOptions& options) {
  const std::vector<SiteColumns>& sites = options.sensitivities.sites;
  const std::size_t targets = options.explain ? options.explained : options.sensitivities.targets.size();
  CorpusScores out;
  std::vector<MatrixD> directions;
  for (const auto& of_site : vectors) {
    directions.push_back(matrix_of(of_site));
    out.sums.emplace_back(targets, ScoreSums(static_cast<Index>(of_site.size())));
  }
  std::vector<std::vector<float>> rows(comparisons.size() * sites.size() * targets);

  const auto add_window = [&](const std::vector<io::Sentence>& sentences) {
    std::vector<extract::SentencePlan> plans;
    for (const io::Sentence& s : sentences)
      plans.push_back(plan_sentence(tokenizer, extract::plan_input(s, corpus.name()), options.plan));
    std::vector<std::vector<Explained>> explained;
    if (options.explain)
      for (const io::Sentence& s : sentences) explained.push_back(options.explain(s));
    const Sensitivities found = options.explain
                                    ? sensitivities_of_each(model, plans, explained, options.sensitivities)
                                    : sensitivities(model, plans, options.sensitivities);
    for (std::size_t t = 0; t < targets; ++t) {
      std::vector<Index> members;
      for (std::size_t i = 0; i < sentences.size(); ++i)
        if (found.present[i] && (!options.belongs || options.belongs(sentences[i], t)))
          members.push_back(static_cast<Index>(i));
      Index column = 0;
      for (std::size_t s = 0; s < sites.size(); ++s) {
        const MatrixF gradients = found.gradients[t](members, Eigen::seqN(column, sites[s].width));
        column += sites[s].width;
        const MatrixD derivatives = directional_derivatives(gradients, directions[s]);
        out.sums[s][t].add(derivatives);
        for (std::size_t c = 0; c < comparisons.size(); ++c) {
          std::vector<float>& row = rows[(c * sites.size() + s) * targets + t];
          const std::size_t first = row.size();
          row.resize(first + sentences.size(), no_value);
          const VectorD means = mean_over(derivatives, comparisons[c].runs);
          for (std::size_t i = 0; i < members.size(); ++i)
            row[first + static_cast<std::size_t>(members[i])] =
                static_cast<float>(means[static_cast<Index>(i)]);
        }
      }
    }
    for (const io::Sentence& s : sentences) out.texts.push_back(s.text);
    if (options.progress != nullptr)
      options.progress->advance_to(static_cast<std::int64_t>(out.texts.size()));
  };

  if (options.progress != nullptr) options.progress->stage("gradients", 0, "sentences");
  std::vector<io::Sentence> window;
  while (std::optional<io::Sentence> sentence = corpus.next()) {
    window.push_back(std::move(*sentence));
    if (window.size() < kWindow) continue;
    add_window(window);
    window.clear();
  }
  if (!window.empty()) add_window(window);
  out.sensitivities.resize(static_cast<Index>(rows.size()), static_cast<Index>(out.texts.size()));
  for (std::size_t r = 0; r < rows.size(); ++r)
    out.sensitivities.row(static_cast<Index>(r)) =
        Eigen::Map<const Eigen::RowVectorXf>(rows[r].data(), static_cast<Index>(rows[r].size()));
  return out;
}

std::vector<Result> results_of(std::span<const Comparison> comparisons,
                               const std::vector<std::vector<ConceptVector>>& vectors,
                               const CorpusScores& scores, const ResultOptions& options) {
  std::vector<Result> out;
  for (std::size_t c = 0; c < comparisons.size(); ++c)
    for (std::size_t s = 0; s < vectors.size(); ++s)
      for (std::size_t t = 0; t < scores.sums[s].size(); ++t) {
        const Comparison& comparison = comparisons[c];
        Result r;
        r.comparison = c;
        r.site = s;
        r.target = t;
        std::vector<double> accuracies, random_accuracies;
        double chance = 0;
        Index held_out = 0;
        for (const std::size_t run : comparison.runs) {
          const ConceptVector& v = vectors[s][run];
          r.runs.push_back(scores.sums[s][t].score(static_cast<Index>(run)));
          accuracies.push_back(v.accuracy);
          chance = std::max(chance, v.chance);
          held_out = std::max(held_out, v.held_out);
        }
        for (const std::size_t run : comparison.controls) {
          r.controls.push_back(scores.sums[s][t].score(static_cast<Index>(run)));
          random_accuracies.push_back(vectors[s][run].accuracy);
        }
        const std::vector<double> own = each(r.runs, &Score::score), random = each(r.controls, &Score::score),
                                  own_magnitude = each(r.runs, &Score::magnitude),
                                  random_magnitude = each(r.controls, &Score::magnitude);
        const Interval interval = mean_interval(own, options.confidence);
        r.score = mean_of(own);
        r.score_sd = deviation_of(own);
        r.score_low = std::max(0.0, interval.low);
        r.score_high = std::min(1.0, interval.high);
        r.magnitude = mean_of(own_magnitude);
        r.magnitude_sd = deviation_of(own_magnitude);
        r.accuracy = mean_of(accuracies);
        r.least_accuracy = *std::min_element(accuracies.begin(), accuracies.end());
        r.chance = chance;
        r.at_chance = at_chance(r.accuracy, chance, held_out);
        r.random_score = mean_of(random);
        r.random_sd = deviation_of(random);
        r.random_accuracy = mean_of(random_accuracies);
        const TTest test = test_of(own, random, comparison.resampled, options.test);
        r.t = test.t;
        r.df = test.df;
        r.p = test.p;
        r.magnitude_p = test_of(own_magnitude, random_magnitude, comparison.resampled, options.test).p;
        const std::span<const double> halves(random);
        r.random_p = welch_test(halves.first(random.size() / 2), halves.subspan(random.size() / 2)).p;
        r.examples = r.runs.front().examples;
        out.push_back(std::move(r));
      }
  return out;
}

MeanDirections mean_directions(std::span<const ConceptVector> vectors,
                               std::span<const Comparison> comparisons) {
  const Index n = vectors.front().direction.size();
  MeanDirections out{MatrixD::Zero(static_cast<Index>(comparisons.size()), n), {}};
  out.in_deviations = out.steps;
  for (std::size_t c = 0; c < comparisons.size(); ++c)
    for (const std::size_t run : comparisons[c].runs) {
      const ConceptVector& v = vectors[run];
      VectorD z = VectorD::Zero(n);
      for (Index j = 0; j < n; ++j)
        if (v.direction[j] != 0 && v.spread[j] > 0) z[j] = v.direction[j] / v.spread[j];
      const double share = 1 / (z.norm() * static_cast<double>(comparisons[c].runs.size()));
      out.steps.row(static_cast<Index>(c)) += share * v.direction.transpose();
      out.in_deviations.row(static_cast<Index>(c)) += share * z.transpose();
    }
  return out;
}

}  // namespace neurox::tcav
