#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace neurox {

/// Points of the plane in lines of one p: ascending by p, then by s.
struct PlanePoints {
  std::vector<double> p, s;
  double unit_p = 1, unit_s = 1;   ///< distances are differences divided by these
  std::vector<std::size_t> line;   ///< of each point
  std::vector<std::size_t> begin;  ///< first point of each line, and behind the last their number
};

/// Mutual information of two numbers by nearest neighbours, in nats, which may come out below 0 (Kraskov).
///
///     I = psi(n) + <psi(k) - psi(n_p) - psi(n_s)> over the points
///
/// r is the distance of a point to its k-th nearest other point, the larger of its differences in p and in s;
/// n_p and n_s count the points (itself among them) whose p, or s, is nearer than r. Where r = 0, k, n_p and
/// n_s count the other points with those very values (Gao et al.).
///
/// @param sorted_s    the s of all points, ascending
/// @param neighbours  k, at least 1; fewer where there are not so many others
/// @param psi         digammas up to the number of points
/// Cost: O(n^1.5) for points that are spread out: neighbours are looked for outwards along p.
/// Source: Kraskov, Stoegbauer & Grassberger, Physical Review E 2004 (their first estimate); Gao, Kannan, Oh
/// & Viswanath, NeurIPS 2017.
double plane_information(const PlanePoints& points, std::span<const double> sorted_s, std::size_t neighbours,
                         const std::vector<double>& psi);

}  // namespace neurox
