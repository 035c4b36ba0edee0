#include "neurox/rank/course.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox {
namespace {

constexpr Index course_band = 1024;

/// Means and sums of squared deviations, #places x #neurons.
struct RunningMoments {
  MatrixD mean, squares;

  RunningMoments(Index places, Index neurons)
      : mean(MatrixD::Zero(places, neurons)), squares(MatrixD::Zero(places, neurons)) {}
  /// @param count  of the place, x included
  void add(Index place, Index neuron, double x, std::int64_t count) {
    const double before = x - mean(place, neuron);
    mean(place, neuron) += before / static_cast<double>(count);
    squares(place, neuron) += before * (x - mean(place, neuron));
  }
};

/// The rows that others are compared with, once each and ascending, and what they hold.
struct BaseRows {
  std::vector<std::int64_t> rows;
  MatrixF values;

  Index place(std::int64_t row) const {
    return std::lower_bound(rows.begin(), rows.end(), row) - rows.begin();
  }
};

BaseRows read_base(const RowSource& X, const std::vector<CourseRow>& rows) {
  BaseRows out;
  for (const CourseRow& r : rows)
    if (r.base >= 0) out.rows.push_back(r.base);
  std::sort(out.rows.begin(), out.rows.end());
  out.rows.erase(std::unique(out.rows.begin(), out.rows.end()), out.rows.end());
  if (out.rows.empty()) return out;
  out.values.resize(static_cast<Index>(out.rows.size()), X.cols());
  std::size_t next = 0;
  for_each_band(X, course_band, [&](Index first, const MatrixFRef& band) {
    for (; next < out.rows.size() && out.rows[next] < first + band.rows(); ++next)
      out.values.row(static_cast<Index>(next)) = band.row(out.rows[next] - first);
  });
  return out;
}

void check_course(const RowSource& X, const std::vector<CourseRow>& rows, std::int32_t places,
                  const VectorD& reference) {
  if (reference.size() != X.cols())
    throw usage_error("course: {} references but {} neurons", reference.size(), X.cols());
  for (const CourseRow& r : rows) {
    if (r.row < 0 || r.row >= X.rows() || r.base >= X.rows())
      throw usage_error("course: row {} (compared with {}), but there are {}", r.row, r.base, X.rows());
    if (r.place < 0 || r.place >= places)
      throw usage_error("course: place {}, but there are {}", r.place, places);
  }
}

double course_error(double squares, std::int64_t n) {
  const auto count = static_cast<double>(n);
  return n < 2 ? no_value : std::sqrt(squares / (count - 1) / count);
}

}  // namespace

Course course_of(const RowSource& X, std::vector<CourseRow> rows, std::int32_t places,
                 const VectorD& reference) {
  check_course(X, rows, places, reference);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const CourseRow& a, const CourseRow& b) { return a.row < b.row; });
  const Index n = places, neurons = X.cols();
  const BaseRows base = read_base(X, rows);
  Course out;
  out.rows.assign(static_cast<std::size_t>(places), 0);
  out.compared = out.rows;
  RunningMoments values(n, neurons), changes(n, neurons), bases(n, neurons);
  out.strengthens = out.weakens = out.flips = MatrixD::Zero(n, neurons);
  std::size_t next = 0;
  for_each_band(X, course_band, [&](Index first, const MatrixFRef& band) {
    for (; next < rows.size() && rows[next].row < first + band.rows(); ++next) {
      const CourseRow& r = rows[next];
      const auto place = static_cast<std::size_t>(r.place);
      const std::int64_t count = ++out.rows[place];
      const std::int64_t compared = r.base >= 0 ? ++out.compared[place] : 0;
      const Index before = r.base >= 0 ? base.place(r.base) : 0;
      for (Index j = 0; j < neurons; ++j) {
        const double x = band(r.row - first, j);
        values.add(r.place, j, x, count);
        if (r.base < 0) continue;
        const double b = base.values(before, j);
        bases.add(r.place, j, b, compared);
        changes.add(r.place, j, x - b, compared);
        const double now = x - reference[j], then = b - reference[j];
        if (now * then < 0)
          out.flips(r.place, j) += 1;
        else if (std::abs(now) > std::abs(then))
          out.strengthens(r.place, j) += 1;
        else if (std::abs(now) < std::abs(then))
          out.weakens(r.place, j) += 1;
      }
    }
  });
  out.sd = out.standard_error = out.difference_error = MatrixD::Constant(n, neurons, no_value);
  for (Index p = 0; p < n; ++p) {
    const std::int64_t all = out.rows[static_cast<std::size_t>(p)],
                       compared = out.compared[static_cast<std::size_t>(p)];
    for (Index j = 0; j < neurons; ++j) {
      out.standard_error(p, j) = course_error(values.squares(p, j), all);
      out.sd(p, j) = out.standard_error(p, j) * std::sqrt(static_cast<double>(all));
      out.difference_error(p, j) = course_error(changes.squares(p, j), compared);
    }
    if (all == 0) values.mean.row(p).setConstant(no_value);
    for (MatrixD* m : {&bases.mean, &changes.mean})
      if (compared == 0) m->row(p).setConstant(no_value);
    for (MatrixD* m : {&out.strengthens, &out.weakens, &out.flips})
      m->row(p) /= compared > 0 ? static_cast<double>(compared) : no_value;
  }
  out.mean = std::move(values.mean);
  out.base = std::move(bases.mean);
  out.difference = std::move(changes.mean);
  return out;
}

MatrixD variance_between(const Course& course, const std::vector<std::int32_t>& group, std::int32_t groups) {
  if (group.size() != course.rows.size())
    throw usage_error("course: {} groups of {} places", group.size(), course.rows.size());
  const Index neurons = course.mean.cols();
  const auto n_groups = static_cast<std::size_t>(groups);
  std::vector<double> rows(n_groups, 0);
  std::vector<int> places(n_groups, 0);
  MatrixD mean = MatrixD::Zero(groups, neurons), between = mean, within = mean;
  const auto each = [&](const auto& f) {
    for (std::size_t p = 0; p < group.size(); ++p)
      if (group[p] >= 0 && course.rows[p] > 0)
        f(static_cast<std::size_t>(group[p]), static_cast<Index>(p), static_cast<double>(course.rows[p]));
  };
  each([&](std::size_t g, Index p, double n) {
    rows[g] += n, ++places[g];
    mean.row(static_cast<Index>(g)) += n * course.mean.row(p);
  });
  for (std::size_t g = 0; g < n_groups; ++g) mean.row(static_cast<Index>(g)) /= std::max(1.0, rows[g]);
  each([&](std::size_t g, Index p, double n) {
    for (Index j = 0; j < neurons; ++j) {
      const auto of = static_cast<Index>(g);
      between(of, j) += n * std::pow(course.mean(p, j) - mean(of, j), 2);
      if (n > 1) within(of, j) += (n - 1) * std::pow(course.sd(p, j), 2);
    }
  });
  MatrixD out = MatrixD::Constant(groups, neurons, no_value);
  for (Index g = 0; g < out.rows(); ++g)
    for (Index j = 0; j < neurons; ++j)
      if (const double all = between(g, j) + within(g, j); places[static_cast<std::size_t>(g)] > 1 && all > 0)
        out(g, j) = between(g, j) / all;
  return out;
}

}  // namespace neurox
