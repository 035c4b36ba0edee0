#include "neurox/cluster/quality.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "neurox/core/error.h"

namespace neurox {
namespace {

std::vector<int> sorted_numbers(const std::vector<int>& all) {
  std::vector<int> out = all;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Index place(const std::vector<int>& numbers, int number) {
  return std::lower_bound(numbers.begin(), numbers.end(), number) - numbers.begin();
}

double entropy_of_counts(const VectorD& counts) {
  const double total = counts.sum();
  double sum = 0;
  for (const double n : counts)
    if (n > 0) sum -= n / total * std::log(n / total);
  return sum;
}

/// H(column | row).
double entropy_within_rows(const MatrixD& counts) {
  double sum = 0;
  for (Index i = 0; i < counts.rows(); ++i)
    sum += counts.row(i).sum() * entropy_of_counts(counts.row(i).transpose());
  return sum / counts.sum();
}

double harmonic(double a, double b) {
  return a + b > 0 ? 2 * a * b / (a + b) : 0;
}

double pairs(double n) {
  return n * (n - 1) / 2;
}

}  // namespace

Contingency contingency(std::span<const int> clusters, std::span<const int> labels) {
  if (clusters.size() != labels.size())
    throw usage_error("quality of clusters: {} clusters but {} labels", clusters.size(), labels.size());
  std::vector<int> k, l;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i] < 0 || labels[i] < 0) continue;
    k.push_back(clusters[i]);
    l.push_back(labels[i]);
  }
  if (k.empty()) throw input_error("quality of clusters: nothing has both a cluster and a label");
  Contingency out;
  out.clusters = sorted_numbers(k);
  out.labels = sorted_numbers(l);
  out.counts = MatrixD::Zero(static_cast<Index>(out.clusters.size()), static_cast<Index>(out.labels.size()));
  for (std::size_t i = 0; i < k.size(); ++i)
    out.counts(place(out.clusters, k[i]), place(out.labels, l[i])) += 1;
  return out;
}

BCubed b_cubed(std::span<const int> clusters, std::span<const int> labels) {
  const Contingency table = contingency(clusters, labels);
  const VectorD of_cluster = table.counts.rowwise().sum(), of_label = table.counts.colwise().sum();
  BCubed out;
  for (Index k = 0; k < table.counts.rows(); ++k)
    for (Index l = 0; l < table.counts.cols(); ++l) {
      const double n = table.counts(k, l);
      out.precision += n * n / of_cluster(k);
      out.recall += n * n / of_label(l);
    }
  out.precision /= table.total();
  out.recall /= table.total();
  out.f1 = harmonic(out.precision, out.recall);
  return out;
}

VMeasure v_measure(std::span<const int> clusters, std::span<const int> labels) {
  const Contingency table = contingency(clusters, labels);
  const double of_labels = entropy_of_counts(table.counts.colwise().sum().transpose());
  const double of_clusters = entropy_of_counts(table.counts.rowwise().sum());
  VMeasure out;
  out.homogeneity = of_labels > 0 ? 1 - entropy_within_rows(table.counts) / of_labels : 1;
  out.completeness = of_clusters > 0 ? 1 - entropy_within_rows(table.counts.transpose()) / of_clusters : 1;
  out.v = harmonic(out.homogeneity, out.completeness);
  return out;
}

double adjusted_rand(std::span<const int> a, std::span<const int> b) {
  const Contingency table = contingency(a, b);
  double together = 0, of_a = 0, of_b = 0;
  for (const double n : table.counts.reshaped()) together += pairs(n);
  for (const double n : table.counts.rowwise().sum()) of_a += pairs(n);
  for (const double n : table.counts.colwise().sum()) of_b += pairs(n);
  const double all = pairs(table.total());
  const double by_chance = all > 0 ? of_a * of_b / all : 0, most = (of_a + of_b) / 2;
  // Both are all apart or all together: they say the same.
  return most == by_chance ? 1 : (together - by_chance) / (most - by_chance);
}

MatrixD normalised_pmi(const Contingency& table) {
  const double total = table.total();
  const VectorD of_cluster = table.counts.rowwise().sum(), of_label = table.counts.colwise().sum();
  MatrixD out(table.counts.rows(), table.counts.cols());
  for (Index k = 0; k < out.rows(); ++k)
    for (Index l = 0; l < out.cols(); ++l) {
      const double n = table.counts(k, l);
      out(k, l) = n == 0       ? -1
                  : n == total ? 1
                               : std::log(n * total / (of_cluster(k) * of_label(l))) / -std::log(n / total);
    }
  return out;
}

double mean_normalised_pmi(const Contingency& table) {
  return (table.counts.array() * normalised_pmi(table).array()).sum() / table.total();
}

ClustersInUse spread_of(const MatrixFRef& probabilities) {
  if (probabilities.rows() == 0) throw input_error("spread of clusters: nothing is in any");
  VectorD mean = VectorD::Zero(probabilities.cols());
  double within = 0;
  for (Index i = 0; i < probabilities.rows(); ++i) {
    const VectorD p = probabilities.row(i).cast<double>().transpose();
    if (!(p.minCoeff() >= 0) || !(std::abs(p.sum() - 1) <= 1e-3))
      throw input_error("spread of clusters: row {} is no distribution: it sums to {} and its least is {}", i,
                        p.sum(), p.minCoeff());
    mean += p;
    within += entropy_of_counts(p);
  }
  return {std::exp(entropy_of_counts(mean)), std::exp(within / static_cast<double>(probabilities.rows()))};
}

ClustersInUse spread_of(std::span<const int> clusters) {
  std::map<int, double> sizes;
  for (const int k : clusters)
    if (k >= 0) sizes[k] += 1;
  if (sizes.empty()) throw input_error("spread of clusters: nothing is in any");
  VectorD counts(static_cast<Index>(sizes.size()));
  Index next = 0;
  for (const auto& [unused, n] : sizes) counts(next++) = n;
  return {std::exp(entropy_of_counts(counts)), 1};
}

SilhouetteSums::SilhouetteSums(std::span<const int> clusters)
    : cluster_of_(clusters.size(), -1), values_(clusters.size(), 0.0) {
  std::vector<int> given;
  for (const int k : clusters)
    if (k >= 0) given.push_back(k);
  const std::vector<int> numbers = sorted_numbers(given);
  size_ = sum_ = VectorD::Zero(static_cast<Index>(numbers.size()));
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i] < 0) continue;
    cluster_of_[i] = place(numbers, clusters[i]);
    size_(cluster_of_[i]) += 1;
  }
}

void SilhouetteSums::add(Index thing, std::span<const float> distances) {
  const auto i = static_cast<std::size_t>(thing);
  const Index own = cluster_of_[i];
  if (own < 0 || size_(own) < 2 || size_.size() < 2) return;
  sum_.setZero();
  for (std::size_t j = 0; j < cluster_of_.size(); ++j)
    if (cluster_of_[j] >= 0 && j != i) sum_(cluster_of_[j]) += static_cast<double>(distances[j]);
  const double a = sum_(own) / (size_(own) - 1);
  double b = std::numeric_limits<double>::infinity();
  for (Index k = 0; k < size_.size(); ++k)
    if (k != own) b = std::min(b, sum_(k) / size_(k));
  const double most = std::max(a, b);
  values_[i] = most > 0 ? (b - a) / most : 0;
}

const std::vector<double>& SilhouetteSums::values() const {
  if (size_.size() < 2)
    throw input_error("silhouettes: {} cluster{}; they need two or more", size_.size(),
                      size_.size() == 1 ? "" : "s");
  return values_;
}

}  // namespace neurox
