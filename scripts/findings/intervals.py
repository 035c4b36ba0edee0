"""Intervals of 95 % and the verdict that they allow. Standard library alone."""

import functools
import math
import random
import statistics

Z = statistics.NormalDist().inv_cdf(0.975)


@functools.lru_cache(maxsize=None)
def t_quantile(df):
    """The 97.5 % quantile of Student's t: with t = sqrt(df) tan(a) the density is that of cos(a)^(df - 1)."""
    scale = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(math.pi)

    def within(angle, steps=200):  # Simpson's rule from 0
        weights = [1] + [4, 2] * (steps // 2 - 1) + [4, 1]
        return scale * angle / steps / 3 * sum(w * math.cos(angle * k / steps) ** (df - 1) for k, w in enumerate(weights))

    low, high = 0.0, math.pi / 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < 0.475 else (low, middle)
    return math.sqrt(df) * math.tan(low)


def mean(values):
    """Mean and its interval by Student's t."""
    values = list(values)
    m = statistics.fmean(values)
    if len(values) < 2:
        return m, -math.inf, math.inf
    half = t_quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return m, m - half, m + half


def difference(first, second):
    """Difference of two means and its interval by Welch's t."""
    m = statistics.fmean(first) - statistics.fmean(second)
    a, b = (statistics.variance(x) / len(x) for x in (first, second))
    if a + b == 0:
        return m, m, m
    df = (a + b)**2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    half = t_quantile(df) * math.sqrt(a + b)
    return m, m - half, m + half


def share(k, n):
    """k of n and Wilson's interval."""
    p, z2 = k / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return p, middle - half, middle + half


def share_difference(p, n, q, m):
    """p (of n) less q (of m) and Newcombe's interval; pairs are not used, so of the same examples it is wide."""
    _, a, b = share(p * n, n)
    _, c, d = share(q * m, m)
    return p - q, p - q - math.hypot(p - a, d - q), p - q + math.hypot(b - p, q - c)


def ranks(values):
    order = sorted(range(len(values)), key=lambda i: values[i])
    out = [0.0] * len(values)
    i = 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in range(i, j + 1):
            out[order[k]] = (i + j) / 2
        i = j + 1
    return out


def spearman(x, y):
    """Rank correlation and its interval by Fisher's z (with Bonett and Wright's variance)."""
    rho = statistics.correlation(ranks(x), ranks(y))
    z = math.atanh(max(-0.999999, min(0.999999, rho)))
    half = Z * math.sqrt((1 + rho * rho / 2) / max(1, len(x) - 3))
    return rho, math.tanh(z - half), math.tanh(z + half)


def bootstrap(units, figure, draws=2000, seed=0):
    """A figure of a list of units and its percentile interval over draws of them."""
    draw = random.Random(seed)
    values = sorted(figure([draw.choice(units) for _ in units]) for _ in range(draws))
    return figure(units), values[int(0.025 * draws)], values[int(0.975 * draws)]


HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be told"


def above(interval, null=0.0):
    """The claim that a number is above `null`."""
    _, low, high = interval
    return HOLDS if low > null else FAILS if high <= null else OPEN


def below(interval, null=0.0):
    value, low, high = interval
    return above((-value, -high, -low), -null)


def together(verdicts):
    """All have to hold; one that does not is enough for it not to hold."""
    verdicts = list(verdicts)
    return HOLDS if all(v == HOLDS for v in verdicts) else FAILS if FAILS in verdicts else OPEN
