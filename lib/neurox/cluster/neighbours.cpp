#include "neurox/cluster/neighbours.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kBlock = 1024;

void check_each(Index each, Index things) {
  if (each < 1 || each >= things)
    throw usage_error("{} neighbours of {} things: give 1 to {}", each, things, things - 1);
}

/// Calls `f(i, distances)` for every thing in order; distances are #things values, 0 for itself.
using RowVisitor = std::function<void(Index, const float*)>;

void visit_rows(const SquareMatrix& distances, const RowVisitor& f) {
  for (Index i = 0; i < distances.things; ++i) f(i, distances.row(i));
}

void visit_rows(const MatrixFRef& points, const RowVisitor& f) {
  const VectorF squares = points.rowwise().squaredNorm();
  MatrixF block;
  for (Index first = 0; first < points.rows(); first += kBlock) {
    const Index n = std::min(kBlock, points.rows() - first);
    block.noalias() = -2 * points.middleRows(first, n) * points.transpose();
    block.rowwise() += squares.transpose();
    block.colwise() += squares.segment(first, n);
    block = block.array().max(0).sqrt();
    for (Index i = 0; i < n; ++i) {
      block(i, first + i) = 0;
      f(first + i, block.row(i).data());
    }
  }
}

/// Nearest first, ties to the lower.
struct Nearer {
  const float* distance;
  bool operator()(int a, int b) const {
    return distance[a] != distance[b] ? distance[a] < distance[b] : a < b;
  }
};

template <class Truth>
Neighbours nearest(const Truth& truth, Index things, Index each) {
  check_each(each, things);
  Neighbours out{things, each, {}, {}};
  std::vector<int> others;
  visit_rows(truth, [&](Index i, const float* distance) {
    others.resize(static_cast<std::size_t>(things));
    std::iota(others.begin(), others.end(), 0);
    others.erase(others.begin() + i);
    const auto last = others.begin() + each;
    std::nth_element(others.begin(), last - 1, others.end(), Nearer{distance});
    std::sort(others.begin(), last, Nearer{distance});
    for (auto j = others.begin(); j != last; ++j) {
      out.index.push_back(*j);
      out.distance.push_back(distance[*j]);
    }
  });
  return out;
}

template <class Truth>
double trust(const Truth& truth, Index things, const MatrixFRef& drawing, Index each) {
  if (drawing.rows() != things)
    throw input_error("a drawing of {} things beside {} things", drawing.rows(), things);
  if (each < 1 || 2 * each >= things)
    throw usage_error("trustworthiness over {} neighbours of {} things: give less than half", each, things);
  const Neighbours drawn = nearest_points(drawing, each);
  double sum = 0;
  std::vector<int> order, rank;
  visit_rows(truth, [&](Index i, const float* distance) {
    order.resize(static_cast<std::size_t>(things));
    rank.resize(order.size());
    std::iota(order.begin(), order.end(), 0);
    // Before all others, whatever lies at distance 0.
    std::swap(order[0], order[static_cast<std::size_t>(i)]);
    std::sort(order.begin() + 1, order.end(), Nearer{distance});
    for (std::size_t r = 0; r < order.size(); ++r)
      rank[static_cast<std::size_t>(order[r])] = static_cast<int>(r);
    for (Index j = i * each; j < (i + 1) * each; ++j) {
      const auto place = rank[static_cast<std::size_t>(drawn.index[static_cast<std::size_t>(j)])];
      sum += std::max(0.0, static_cast<double>(place - each));
    }
  });
  const auto n = static_cast<double>(things), k = static_cast<double>(each);
  return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * sum;
}

}  // namespace

Neighbours nearest_by_distance(const SquareMatrix& distances, Index each) {
  return nearest(distances, distances.things, each);
}

Neighbours nearest_points(const MatrixFRef& points, Index each) {
  return nearest(points, points.rows(), each);
}

double trustworthiness(const MatrixFRef& truth, const MatrixFRef& drawing, Index each) {
  return trust(truth, truth.rows(), drawing, each);
}

double trustworthiness(const SquareMatrix& truth, const MatrixFRef& drawing, Index each) {
  return trust(truth, truth.things, drawing, each);
}

}  // namespace neurox
