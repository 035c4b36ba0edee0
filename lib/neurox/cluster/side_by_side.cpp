#include "neurox/cluster/side_by_side.h"

#include <algorithm>

#include "neurox/cluster/similarity.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox {
namespace {

constexpr SimilarityName kSimilarities[] = {
    {Similarity::MaxCorr, "maxcorr", "largest |r| of a neuron with a neuron of any other model", true, false},
    {Similarity::MinCorr, "mincorr", "the same, of the model where it is smallest", true, false},
    {Similarity::LinReg, "linreg", "how well another model's layer predicts a neuron", true, true},
    {Similarity::Svcca, "svcca", "mean canonical correlation of layers", false, true},
    {Similarity::Pwcca, "pwcca", "canonical correlation weighted by what it accounts for", false, true},
    {Similarity::Cka, "cka", "linear centred kernel alignment of layers", false, false},
};

bool wants(std::span<const Similarity> measures, std::initializer_list<Similarity> any) {
  return std::any_of(measures.begin(), measures.end(), [&](Similarity measure) {
    return std::find(any.begin(), any.end(), measure) != any.end();
  });
}

void check_parts(std::span<const RowSource* const> models, std::span<const ModelPart> parts,
                 std::span<const PartMoments> moments, std::span<const Similarity> measures) {
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const auto varying = static_cast<Index>(moments[p].varying.size());
    if (varying == 0)
      throw input_error("{}: all {} neurons are constant over {} tokens; leave it out (--neurons)",
                        parts[p].name, parts[p].width, models.front()->rows());
    for (const Similarity measure : measures) {
      const SimilarityName& name = similarities()[static_cast<std::size_t>(measure)];
      if (name.fits && models.front()->rows() <= varying)
        throw input_error(
            "{}: {} neurons but {} tokens, so {} would fit them exactly; give more text, or fewer neurons "
            "(--neurons)",
            parts[p].name, varying, models.front()->rows(), name.name);
    }
  }
}

/// Gathers the measures from correlations, pair by pair.
class Gathering {
 public:
  Gathering(std::span<const RowSource* const> models, std::span<const ModelPart> parts,
            std::span<const PartMoments> moments, std::span<const Similarity> measures, double share)
      : parts_(parts),
        moments_(moments),
        share_(share),
        full_(parts.size()),
        leading_(parts.size()),
        norm_(parts.size(), 0) {
    const auto n = static_cast<Index>(parts.size());
    for (const Similarity measure : measures) {
      SideBySide& out = out_.emplace_back();
      out.measure = measure;
      out.parts = MatrixD::Constant(n, n, no_value);
      if (!similarities()[static_cast<std::size_t>(measure)].of_neurons) continue;
      for (std::size_t m = 0; m < models.size(); ++m) {
        NeuronLikeness& of = out.models.emplace_back();
        const auto others = static_cast<Index>(models.size());
        of.score = VectorD::Zero(models[m]->cols());
        of.of_model = MatrixD::Zero(models[m]->cols(), others);
        of.of_model.col(static_cast<Index>(m)).setConstant(no_value);
        of.partner.setConstant(models[m]->cols(), others, -1);
      }
    }
    needs_full_ = wants(measures, {Similarity::LinReg});
    needs_leading_ = wants(measures, {Similarity::Svcca, Similarity::Pwcca});
  }

  void add(const PartPair& pair, const MatrixD& R) {
    const auto [a, b] = pair;
    if (a == b) add_self(a, R);
    for (SideBySide& out : out_) add(out, a, b, R);
  }

  std::vector<SideBySide> take() {
    for (SideBySide& out : out_)
      for (std::size_t m = 0; m < out.models.size(); ++m) fold(out, m);
    return std::move(out_);
  }

 private:
  void add_self(std::size_t p, const MatrixD& R) {
    norm_[p] = covariance_norm(R, moments_[p].sd);
    if (!needs_full_ && !needs_leading_) return;
    Basis basis = full_basis(R);
    if (needs_leading_) leading_[p] = leading(basis, share_);
    if (needs_full_) full_[p] = std::move(basis);
  }

  void add(SideBySide& out, std::size_t a, std::size_t b, const MatrixD& R) {
    const auto row = static_cast<Index>(a), col = static_cast<Index>(b);
    switch (out.measure) {
      case Similarity::Svcca:
        out.parts(row, col) = out.parts(col, row) = svcca(leading_[a], leading_[b], R);
        return;
      case Similarity::Pwcca:
        out.parts(row, col) = pwcca(leading_[a], leading_[b], R, moments_[a].sd);
        if (a != b) out.parts(col, row) = pwcca(leading_[b], leading_[a], R.transpose(), moments_[b].sd);
        return;
      case Similarity::Cka:
        out.parts(row, col) = out.parts(col, row) =
            linear_cka(norm_[a], norm_[b], R, moments_[a].sd, moments_[b].sd);
        return;
      case Similarity::LinReg:
        if (parts_[a].model == parts_[b].model) return;
        add_neurons(out, a, b, regressed(regression_power(full_[b], R.transpose())));
        add_neurons(out, b, a, regressed(regression_power(full_[a], R)));
        return;
      case Similarity::MaxCorr:
      case Similarity::MinCorr:
        if (parts_[a].model == parts_[b].model) return;
        add_neurons(out, a, b, best_correlations(R));
        add_neurons(out, b, a, best_correlations(R.transpose()));
        return;
    }
  }

  static BestMatches regressed(const VectorD& power) {
    return {{power.begin(), power.end()}, std::vector<Index>(static_cast<std::size_t>(power.size()), 0)};
  }

  /// Likeness of the neurons of part `a` to part `b`.
  void add_neurons(SideBySide& out, std::size_t a, std::size_t b, const BestMatches& found) {
    NeuronLikeness& of = out.models[parts_[a].model];
    const auto other = static_cast<Index>(parts_[b].model);
    double sum = 0;
    for (std::size_t i = 0; i < found.value.size(); ++i) {
      const Index neuron = parts_[a].first + moments_[a].varying[i];
      sum += found.value[i];
      if (of.partner(neuron, other) >= 0 && found.value[i] <= of.of_model(neuron, other)) continue;
      of.of_model(neuron, other) = found.value[i];
      of.partner(neuron, other) =
          parts_[b].first + (out.measure == Similarity::LinReg
                                 ? 0
                                 : moments_[b].varying[static_cast<std::size_t>(found.other[i])]);
    }
    out.parts(static_cast<Index>(a), static_cast<Index>(b)) = sum / static_cast<double>(found.value.size());
  }

  static void fold(SideBySide& out, std::size_t m) {
    NeuronLikeness& of = out.models[m];
    for (Index i = 0; i < of.score.size(); ++i) {
      double score = no_value;
      for (Index other = 0; other < of.of_model.cols(); ++other) {
        if (other == static_cast<Index>(m)) continue;
        const double value = of.of_model(i, other);
        if (!(score == score))
          score = value;
        else
          score = out.measure == Similarity::MinCorr ? std::min(score, value) : std::max(score, value);
      }
      of.score(i) = score;
    }
  }

  std::span<const ModelPart> parts_;
  std::span<const PartMoments> moments_;
  double share_;
  bool needs_full_ = false, needs_leading_ = false;
  std::vector<Basis> full_, leading_;
  std::vector<double> norm_;
  std::vector<SideBySide> out_;
};

/// Every part with itself where its own correlations are needed, then every two.
std::vector<PartPair> pairs_of(std::span<const ModelPart> parts, std::span<const Similarity> measures) {
  const bool within = wants(measures, {Similarity::Svcca, Similarity::Pwcca, Similarity::Cka});
  std::vector<PartPair> out;
  if (within || wants(measures, {Similarity::LinReg}))
    for (std::size_t p = 0; p < parts.size(); ++p) out.emplace_back(p, p);
  for (std::size_t a = 0; a < parts.size(); ++a)
    for (std::size_t b = a + 1; b < parts.size(); ++b)
      if (within || parts[a].model != parts[b].model) out.emplace_back(a, b);
  return out;
}

}  // namespace

std::span<const SimilarityName> similarities() {
  return kSimilarities;
}

SideBySideResult side_by_side(std::span<const RowSource* const> models, std::span<const ModelPart> parts,
                              std::span<const Similarity> measures, const SideBySideOptions& options) {
  for (const Similarity measure : measures) {
    const SimilarityName& name = similarities()[static_cast<std::size_t>(measure)];
    if (name.of_neurons && models.size() < 2)
      throw usage_error("{} compares neurons of different models: give activations of two or more",
                        name.name);
  }
  Progress silent;
  Progress& progress = options.progress != nullptr ? *options.progress : silent;
  SideBySideResult out;
  out.moments = part_moments(models, parts, progress);
  check_parts(models, parts, out.moments, measures);
  Gathering gathering(models, parts, out.moments, measures, options.share);
  const std::vector<PartPair> pairs = pairs_of(parts, measures);
  // A regression on all neurons divides by their smallest eigenvalues; the others leave those out.
  const ProductPrecision precision =
      wants(measures, {Similarity::LinReg}) ? ProductPrecision::Double : ProductPrecision::Single;
  for_each_correlation(models, parts, out.moments, pairs, precision, options.memory_bytes, progress,
                       [&](std::size_t k, const MatrixD& R) { gathering.add(pairs[k], R); });
  out.measures = gathering.take();
  return out;
}

}  // namespace neurox
