"""Inline SVG pictures: dots with intervals, lines with bands, text shaded by a neuron. Colours of Okabe and Ito; every series has its own mark too."""

import html
import math

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6a6a6a"]
WIDTH = 720


def esc(text):
    return html.escape(str(text), quote=True)


def number(x):
    """Three figures that count."""
    if x is None or (isinstance(x, float) and not math.isfinite(x)):
        return "–"
    if abs(x) < 1e-9:
        return "0"
    if x == int(x) and abs(x) < 1e6:
        return f"{int(x):,}"
    if abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.3g}"


def mark(kind, x, y, colour, size=4.5):
    shapes = {
        0: f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>',
        1: f'<rect x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}"/>',
        2: f'<path d="M{x:.1f} {y - size - 1:.1f}l{size + 1} {2 * size}h{-2 * size - 2}z"/>',
        3: f'<path d="M{x:.1f} {y - size - 1:.1f}l{size + 1} {size + 1}l{-size - 1} {size + 1}l{-size - 1} {-size - 1}z"/>',
        4: f'<path d="M{x:.1f} {y + size + 1:.1f}l{size + 1} {-2 * size}h{-2 * size - 2}z"/>',
    }
    return f'<g fill="{colour}">{shapes[kind % 5]}</g>'


def ticks(low, high, count=5):
    span = high - low or 1.0
    step = 10 ** math.floor(math.log10(span / count))
    for factor in (1, 2, 5, 10):
        if span / (step * factor) <= count:
            step *= factor
            break
    first = math.ceil(low / step - 1e-9)
    return [round((first + i) * step, 12) for i in range(int(math.floor(high / step + 1e-9)) - first + 1)]


class Scale:
    """Numbers to pixels, straight or logarithmic."""

    def __init__(self, low, high, begin, end, log=False):
        self.log = log
        self.low, self.high = (math.log10(low), math.log10(high)) if log else (low, high)
        if self.low == self.high:
            self.low, self.high = self.low - 0.5, self.high + 0.5
        self.begin, self.end = begin, end

    def __call__(self, x):
        x = math.log10(x) if self.log else x
        return self.begin + (x - self.low) / (self.high - self.low) * (self.end - self.begin)

    def ticks(self):
        if not self.log:
            return ticks(self.low, self.high)
        return [m * 10**e for e in range(math.floor(self.low), math.ceil(self.high) + 1) for m in (1, 2, 5)
                if self.low - 1e-9 <= math.log10(m * 10**e) <= self.high + 1e-9]


def svg(width, height, body, label):
    return (f'<svg viewBox="0 0 {width} {height:.0f}" role="img" aria-label="{esc(label)}">{"".join(body)}</svg>')


def legend(names, x, y):
    out = []
    for k, name in enumerate(names):
        out.append(mark(k, x, y - 4, COLOURS[k % len(COLOURS)]))
        out.append(f'<text x="{x + 10}" y="{y}">{esc(name)}</text>')
        x += 28 + 7.2 * len(str(name))
    return out


def intervals(rows, axis, null=None, log=False, percent=False, include=()):
    """Dots with intervals. rows: (label, value, low, high[, series]); `null` is drawn as a broken line."""
    series = list(dict.fromkeys(r[4] for r in rows if len(r) > 4))
    numbers = [x for r in rows for x in r[1:4] if x is not None and math.isfinite(x)] + list(include)
    numbers += [null] if null is not None else []
    low, high = min(numbers), max(numbers)
    pad = 0 if log else (high - low or 1) * 0.04
    left = min(300, 20 + 6.6 * max(len(str(r[0])) for r in rows))
    labels = list(dict.fromkeys(r[0] for r in rows))
    rows_of = {label: [r for r in rows if r[0] == label] for label in labels}
    top = 30 if series else 10
    height_of = {label: 12 + 12 * len(rows_of[label]) for label in labels}
    height = top + sum(height_of.values()) + 40
    x = Scale(low - pad, high + pad, left, WIDTH - 70, log)
    body = legend(series, left, 16) if series else []
    bottom = height - 36
    for t in x.ticks():
        body.append(f'<line class="grid" x1="{x(t):.1f}" y1="{top}" x2="{x(t):.1f}" y2="{bottom}"/>')
        body.append(f'<text class="tick" x="{x(t):.1f}" y="{bottom + 14}" text-anchor="middle">{number(t * 100) + " %" if percent else number(t)}</text>')
    if null is not None:
        body.append(f'<line class="null" x1="{x(null):.1f}" y1="{top - 4}" x2="{x(null):.1f}" y2="{bottom}"/>')
    y = top
    for label in labels:
        own = rows_of[label]
        body.append(f'<text x="{left - 10}" y="{y + height_of[label] / 2 + 4:.1f}" text-anchor="end">{esc(label)}</text>')
        for i, r in enumerate(own):
            at = y + 12 + 12 * i
            k = series.index(r[4]) if series else 0
            colour = COLOURS[k % len(COLOURS)]
            a, b = (x(max(x_, low - pad)) if math.isfinite(x_) else e for x_, e in ((r[2], x.begin), (r[3], x.end)))
            body.append(f'<line x1="{a:.1f}" y1="{at}" x2="{b:.1f}" y2="{at}" stroke="{colour}" stroke-width="2"/>')
            body.append(mark(k, x(r[1]), at, colour))
            shown = number(r[1] * 100) + " %" if percent else number(r[1])
            body.append(f'<text class="tick" x="{WIDTH - 62}" y="{at + 4}">{shown}</text>')
        y += height_of[label]
    body.append(f'<text x="{(left + WIDTH - 70) / 2:.0f}" y="{height - 6:.0f}" text-anchor="middle">{esc(axis)}</text>')
    return svg(WIDTH, height, body, axis)


def curves(series, x_axis, y_axis, log=False, log_y=False, percent_x=False, height=300, level=None):
    """Lines: series is {name: [(x, y[, low, high])]}. `level` (name, y) is drawn across."""
    points = [p for line in series.values() for p in line]
    xs = [p[0] for p in points]
    ys = [v for p in points for v in p[1:] if v is not None] + ([level[1]] if level else [])
    pad = 0 if log_y else (max(ys) - min(ys) or 1) * 0.05
    left = 66
    x = Scale(min(xs), max(xs), left, WIDTH - 20, log)
    y = Scale(min(ys) - pad, max(ys) + pad, height - 46, 30, log_y)
    body = legend(series, left, 16)
    for t in x.ticks():
        body.append(f'<line class="grid" x1="{x(t):.1f}" y1="30" x2="{x(t):.1f}" y2="{height - 46}"/>')
        body.append(f'<text class="tick" x="{x(t):.1f}" y="{height - 30}" text-anchor="middle">{number(t * 100) + " %" if percent_x else number(t)}</text>')
    for t in y.ticks():
        body.append(f'<line class="grid" x1="{left}" y1="{y(t):.1f}" x2="{WIDTH - 20}" y2="{y(t):.1f}"/>')
        body.append(f'<text class="tick" x="{left - 6}" y="{y(t) + 4:.1f}" text-anchor="end">{number(t)}</text>')
    if level:
        body.append(f'<line class="null" x1="{left}" y1="{y(level[1]):.1f}" x2="{WIDTH - 20}" y2="{y(level[1]):.1f}"/>')
        body.append(f'<text class="tick" x="{WIDTH - 22}" y="{y(level[1]) - 4:.1f}" text-anchor="end">{esc(level[0])}</text>')
    for k, line in enumerate(series.values()):
        colour = COLOURS[k % len(COLOURS)]
        line = sorted(line)
        if line and len(line[0]) > 2:
            edge = [(x(p[0]), y(p[3])) for p in line] + [(x(p[0]), y(p[2])) for p in reversed(line)]
            body.append(f'<path d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in edge)}z" fill="{colour}" opacity="0.15"/>')
        dash = ["", "6 3", "2 3", "8 3 2 3", "1 4"][k % 5]
        body.append(f'<path d="M{"L".join(f"{x(p[0]):.1f} {y(p[1]):.1f}" for p in line)}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        body += [mark(k, x(p[0]), y(p[1]), colour, 3.5) for p in line if len(line) <= 60]
    body.append(f'<text x="{(left + WIDTH - 20) / 2:.0f}" y="{height - 8}" text-anchor="middle">{esc(x_axis)}</text>')
    body.append(f'<text transform="translate(14 {(height - 16) / 2:.0f}) rotate(-90)" text-anchor="middle">{esc(y_axis)}</text>')
    return svg(WIDTH, height, body, f"{y_axis} over {x_axis}")


def matrix(names, value, axis):
    """A square map of numbers between 0 and 1; `value(i, j)`."""
    left, cell = 150, min(42, (WIDTH - 230) / len(names))
    height = left - 20 + cell * len(names) + 24
    body = []
    for i, name in enumerate(names):
        body.append(f'<text x="{left - 6}" y="{left - 20 + cell * i + cell / 2 + 4:.1f}" text-anchor="end">{esc(name)}</text>')
        body.append(f'<text transform="translate({left + cell * i + cell / 2 + 4:.1f} {left - 26}) rotate(-50)">{esc(name)}</text>')
        for j in range(len(names)):
            v = value(i, j)
            if v is None:
                continue
            x, y = left + cell * j, left - 20 + cell * i
            body.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell - 1:.1f}" height="{cell - 1:.1f}" fill="#0072B2" fill-opacity="{0.06 + 0.94 * v:.3f}"/>')
            ink = "#fff" if v > 0.45 else "currentColor"
            body.append(f'<text class="cell" style="fill:{ink}" x="{x + cell / 2:.1f}" y="{y + cell / 2 + 4:.1f}" text-anchor="middle">{round(v * 100)}</text>')
    body.append(f'<text x="{left}" y="{height - 6:.0f}">{esc(axis)}</text>')
    return svg(WIDTH, height, body, axis)


def shaded(pieces):
    """Text shaded by z: orange above the mean, blue below. pieces: (text, z)."""
    out = []
    for piece, z in pieces:
        strength = min(1.0, abs(z) / 3)
        colour = "213,94,0" if z > 0 else "0,114,178"
        shown = esc(piece).replace("\n", "↵<br>")
        out.append(f'<span style="background:rgba({colour},{0.75 * strength:.2f})" title="{z:+.2f}">{shown}</span>')
    return f'<div class="shaded"><p>{"".join(out)}</p></div>'
