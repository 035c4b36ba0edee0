// Vega specifications from the page's data. A chart is {kind, title, x, y, ...} as report/chart.h writes it; `look` holds the theme's
// colours and the width in pixels.
"use strict";
const charts = (() => {
  const shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"];
  const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

  // A title beside an axis in lines that fit its height.
  const wrapped = (title, length = 30) => {
    const out = [];
    for (const word of (title || "").split(" "))
      if (out.length && out[out.length - 1].length + word.length < length) out[out.length - 1] += " " + word;
      else out.push(word);
    return out;
  };

  // Whole per cent say the same of neighbouring ticks where they lie closer: as many decimals as five steps over this span need.
  const finer = (format, span) => {
    const decimals = Math.ceil(-Math.log10(span * 20));
    return /\.0%$/.test(format || "") && span > 0 && decimals > 0 ? format.replace(".0%", `.${decimals}%`) : format;
  };

  // Roles keep their colour in every chart; other series take the next colour of the palette.
  const colours = (series, look) => {
    let next = 0;
    return series.map((s) => look.roles[s.role] || look.palette[next++ % look.palette.length]);
  };

  const frame = (chart, look, height) => ({
    $schema: "https://vega.github.io/schema/vega/v5.json",
    description: chart.title,
    width: look.width, height, padding: { left: 2, right: 8, top: 4, bottom: 2 },
    autosize: { type: "fit-x", contains: "padding" },
    background: null,
    config: {
      axis: { labelColor: look.text, titleColor: look.text, domainColor: look.line, tickColor: look.line, gridColor: look.grid,
        labelFont: look.font, titleFont: look.font, labelFontSize: 11, titleFontSize: 12, titleFontWeight: 500, labelLimit: 190,
        titlePadding: 6, titleLimit: look.width - 20 },
      legend: { labelColor: look.text, titleColor: look.text, labelFont: look.font, titleFont: look.font, labelFontSize: 12,
        titleFontSize: 12, titleFontWeight: 500, labelLimit: 260, titleLimit: look.width - 40, orient: "top", direction: "horizontal", offset: 6,
        columnPadding: 14, symbolSize: 70 },
    },
  });

  // As many legend columns as fit.
  const legend_columns = (names, look) =>
    Math.max(1, Math.floor((look.width - 20) / (40 + 7 * Math.max(...names.map((n) => Math.min(n.length, 36))))));

  // A rule's text inside the plot: above its line, below it where another line runs close above.
  const rule_marks = (rules, look, vertical) => rules.length === 0 ? [] : [
    { type: "rule", name: "baseline", from: { data: "rules" }, encode: { enter: vertical
      ? { x: { scale: "x", field: "at" }, y: { value: 0 }, y2: { signal: "height" }, stroke: { value: look.muted }, strokeDash: { value: [4, 3] } }
      : { x: { value: 0 }, x2: { signal: "width" }, y: { scale: "y", field: "at" }, stroke: { value: look.muted }, strokeDash: { value: [4, 3] } } } },
    { type: "text", from: { data: "rules" }, encode: { enter: vertical
      ? { x: { scale: "x", field: "at" }, y: { value: 10 }, dx: { value: 4 }, text: { field: "name" } }
      : { x: { signal: "width" }, y: { scale: "y", field: "at" }, dx: { value: -4 }, dy: { field: "dy" }, align: { value: "right" },
          text: { field: "name" }, fill: { value: look.muted }, fontSize: { value: 11 }, font: { value: look.font },
          stroke: { value: look.background }, strokeWidth: { value: 3 }, strokeJoin: { value: "round" } } } },
    { type: "text", from: { data: "rules" }, encode: { enter: vertical ? {} : {
          x: { signal: "width" }, y: { scale: "y", field: "at" }, dx: { value: -4 }, dy: { field: "dy" }, align: { value: "right" },
          text: { field: "name" }, fill: { value: look.muted }, fontSize: { value: 11 }, font: { value: look.font } } } },
  ];

  // Lines over a number or over ordered names, each with points and, where there is one, a band.
  function lines(chart, look) {
    const spec = frame(chart, look, chart.height || (look.width < 480 ? 240 : 300));
    const colour = colours(chart.series, look), names = chart.series.map((s) => s.name);
    const points = chart.series.flatMap((s) => s.points.map((p) => ({ s: s.name, ...p })));
    const band = points.filter((p) => p.lo !== undefined);
    const rules = (chart.rules || []).map((r) => ({ name: r.name, at: r.y, dy: r.below ? 12 : -5 }));
    const ys = points.flatMap((p) => p.lo === undefined ? [p.y] : [p.y, p.lo, p.hi]).concat(rules.map((r) => r.at));
    const low = Math.min(...ys), high = Math.max(...ys), gap = (high - low || Math.abs(high) || 1) * 0.06;
    const log = chart.y.scale === "log" && low > 0;
    const domain = chart.y.domain || (log ? [low / 1.15, high * 1.15] : [chart.y.zero && low >= 0 ? 0 : low - gap, high + gap]);
    const linear = chart.x.type === "linear";
    spec.data = [{ name: "points", values: points }, { name: "band", values: band }, { name: "rules", values: rules }];
    spec.scales = [
      linear ? { name: "x", type: chart.x.scale || "linear", domain: { data: "points", field: "x" }, range: "width", padding: 8,
                 ...(chart.x.scale === "sqrt" ? {} : { zero: false }) }
             : { name: "x", type: "point", domain: chart.x.domain, range: "width", padding: 0.4 },
      log ? { name: "y", type: "log", domain, range: "height" }
          : { name: "y", type: "linear", domain, range: "height", nice: !chart.y.domain, zero: false },
      { name: "colour", type: "ordinal", domain: names, range: colour },
      { name: "dash", type: "ordinal", domain: names, range: chart.series.map((s) => dashes[(s.dash || 0) % dashes.length]) },
      { name: "shape", type: "ordinal", domain: names, range: chart.series.map((s, i) => shapes[(s.shape === undefined ? i : s.shape) % shapes.length]) },
    ];
    const xaxis = { orient: "bottom", scale: "x", title: chart.x.title, format: chart.x.format, labelOverlap: "greedy", labelSeparation: 4 };
    if (linear && chart.x.ticks) xaxis.values = chart.x.ticks;
    spec.axes = [xaxis, { orient: "left", scale: "y", title: wrapped(chart.y.title), format: finer(chart.y.format, domain[1] - domain[0]), grid: true, tickCount: 6, ...(log ? { labelOverlap: "greedy", labelSeparation: 4 } : {}) }];
    spec.legends = names.length < 2 ? [] : [{ fill: "colour", shape: "shape", columns: legend_columns(names, look) }];
    const x = { scale: "x", field: "x" }, stroke = { scale: "colour", field: "s" };
    // The names of rules stand over the lines, which would strike them out.
    const [rule, ...rule_names] = rule_marks(rules, look, false);
    spec.marks = [
      ...(rule ? [rule] : []),
      { type: "group", from: { facet: { name: "bands", data: "band", groupby: "s" } }, marks: [
        { type: "area", name: "spread", from: { data: "bands" }, encode: { enter: { x, y: { scale: "y", field: "lo" }, y2: { scale: "y", field: "hi" },
          fill: stroke, fillOpacity: { value: 0.18 } } } }] },
      { type: "group", from: { facet: { name: "line", data: "points", groupby: "s" } }, marks: [
        { type: "line", name: "curve", from: { data: "line" }, encode: { enter: { x, y: { scale: "y", field: "y" }, stroke, strokeWidth: { value: 2 },
          strokeDash: { scale: "dash", field: "s" } } } }] },
      { type: "symbol", name: "point", from: { data: "points" }, encode: { enter: { x, y: { scale: "y", field: "y" }, fill: stroke,
        size: { value: 60 }, shape: { scale: "shape", field: "s" }, tooltip: { field: "tip" }, stroke: { value: look.background }, strokeWidth: { value: 1 } } } },
      ...rule_names,
    ];
    return spec;
  }

  // Upright bars over ordered names: side by side, or one on the other. A point may have an interval (lo, hi: whiskers), a level to hold
  // it against (level, level_lo, level_hi: a grey box behind a narrower bar), a mark over it, and be pale.
  function bars(chart, look) {
    const spec = frame(chart, look, chart.height || 240);
    const colour = colours(chart.series, look), names = chart.series.map((s) => s.name);
    const values = chart.series.flatMap((s, i) => s.points.map((p) => ({ s: s.name, i, ...p })));
    const rules = (chart.rules || []).map((r) => ({ name: r.name, at: r.y, dy: -5 }));
    const few = chart.x.domain.length * names.length < 5;
    const has = (field) => values.filter((v) => v[field] !== undefined);
    const levels = has("level"), share = levels.length > 0 ? 0.6 : 1;
    const far = values.map((v) => ({ s: v.s, x: v.x, mark: v.mark, y: v.y, top: Math.max(v.y, v.hi ?? v.y, v.level_hi ?? v.y), end: Math.min(v.y, v.lo ?? v.y, v.level_lo ?? v.y) }));
    spec.data = [{ name: "values", values, transform: chart.stacked ? [{ type: "stack", groupby: ["x"], sort: { field: "i" }, field: "y" }] : [] },
      { name: "rules", values: rules }, { name: "levels", values: levels }, { name: "intervals", values: has("lo") }, { name: "ends", values: values.filter((v) => v.lo !== undefined || v.level !== undefined) },
      { name: "far", values: far }, { name: "marks", values: far.filter((v) => v.mark !== undefined) }];
    const tops = chart.stacked ? [{ data: "values", field: "y1" }] : [{ data: "far", field: "top" }, { data: "far", field: "end" }];
    spec.scales = [
      { name: "x", type: "band", domain: chart.x.domain, range: "width", paddingInner: few ? 0.6 : 0.25, paddingOuter: few ? 0.4 : 0.15 },
      { name: "y", type: "linear", domain: chart.y.domain || { fields: [...tops, { data: "rules", field: "at" }] }, range: "height", nice: !chart.y.domain, zero: true },
      { name: "colour", type: "ordinal", domain: names, range: colour },
      { name: "inner", type: "band", domain: names, range: { signal: "[0, bandwidth('x')]" }, paddingInner: 0.1 },
    ];
    const span = Math.max(0, ...far.map((v) => v.top)) - Math.min(0, ...far.map((v) => v.end));
    const room = look.width / chart.x.domain.length, longest = Math.max(...chart.x.domain.map((d) => d.length));
    spec.axes = [{ orient: "bottom", scale: "x", title: chart.x.title, labelOverlap: room < 18 && longest * 6.5 > room ? "greedy" : false, ...(longest * 6.5 > room ? { labelAngle: -45, labelAlign: "right", labelBaseline: "middle" } : {}) },
      { orient: "left", scale: "y", title: wrapped(chart.y.title), format: finer(chart.y.format, span), grid: true, tickCount: 5, tickMinStep: chart.y.step || 0,
        ...(chart.y.ticks ? { values: chart.y.ticks } : {}) }];
    spec.legends = names.length < 2 ? [] : [{ fill: "colour", symbolType: "square", columns: legend_columns(names, look) }];
    const at = (band) => ({ scale: "x", field: "x", offset: { signal: `scale('inner', datum.s) + ${band} * bandwidth('inner')` } });
    const y = (field) => ({ scale: "y", field });
    spec.marks = [
      { type: "rect", name: "level", from: { data: "levels" }, encode: { enter: { x: at(0), x2: at(1), y: y("level_hi"), y2: y("level_lo"),
        fill: { value: look.level }, tooltip: { field: "tip" } } } },
      { type: "rect", name: "bar", from: { data: "values" }, encode: { enter: chart.stacked
        ? { x: { scale: "x", field: "x" }, width: { scale: "x", band: 1 }, y: { scale: "y", field: "y1" }, y2: { scale: "y", field: "y0" },
            fill: { scale: "colour", field: "s" }, tooltip: { field: "tip" } }
        : { x: at((1 - share) / 2), x2: at((1 + share) / 2), y: y("y"), y2: { scale: "y", value: 0 }, fill: { scale: "colour", field: "s" },
            fillOpacity: { signal: "datum.pale ? 0.25 : 1" }, stroke: { scale: "colour", field: "s" }, strokeWidth: { signal: "datum.pale ? 1 : 0" },
            tooltip: { field: "tip" } } } },
      // The bar's end, which a value of 0 would not have.
      { type: "rule", name: "end", from: { data: "ends" }, encode: { enter: { x: at((1 - share) / 2), x2: at((1 + share) / 2), y: y("y"),
        stroke: { scale: "colour", field: "s" }, strokeWidth: { value: 2.5 }, tooltip: { field: "tip" } } } },
      { type: "rule", name: "middle", from: { data: "levels" }, encode: { enter: { x: at(0), x2: at(1), y: y("level"), stroke: { value: look.text }, strokeWidth: { value: 1.5 } } } },
      { type: "rule", name: "interval", from: { data: "intervals" }, encode: { enter: { x: at(0.5), y: y("lo"), y2: y("hi"), stroke: { value: look.text }, strokeWidth: { value: 1.2 } } } },
      { type: "text", name: "mark", from: { data: "marks" }, encode: { enter: { x: at(0.5), y: { signal: "datum.y < 0 ? scale('y', datum.end) + 12 : scale('y', datum.top) - 3" },
        align: { value: "center" }, text: { field: "mark" }, fill: { value: look.text }, fontSize: { value: 13 }, fontWeight: { value: 600 }, font: { value: look.font } } } },
      ...rule_marks(rules, look, false),
    ];
    return spec;
  }

  // One row per name, one dot per series.
  function dots(chart, look) {
    const spec = frame(chart, look, Math.max(60, chart.y.domain.length * 20));
    const colour = colours(chart.series, look), names = chart.series.map((s) => s.name);
    const values = chart.series.flatMap((s) => s.points.map((p) => ({ s: s.name, ...p })));
    spec.data = [{ name: "values", values }];
    spec.scales = [
      { name: "x", type: "linear", domain: chart.x.domain || { data: "values", field: "x" }, range: "width", nice: !chart.x.domain, zero: !chart.x.domain },
      { name: "y", type: "band", domain: chart.y.domain, range: "height" },
      { name: "colour", type: "ordinal", domain: names, range: colour },
      { name: "shape", type: "ordinal", domain: names, range: names.map((_, i) => shapes[i % shapes.length]) },
    ];
    spec.axes = [{ orient: "bottom", scale: "x", title: chart.x.title, format: chart.x.format, grid: true, tickCount: look.width < 480 ? 5 : 10 },
      { orient: "left", scale: "y", title: wrapped(chart.y.title), ticks: false, domain: false }];
    spec.legends = names.length < 2 ? [] : [{ fill: "colour", shape: "shape", columns: legend_columns(names, look) }];
    spec.marks = [
      { type: "rule", from: { data: "values" }, encode: { enter: { x: { value: 0 }, x2: { signal: "width" }, y: { scale: "y", field: "y", band: 0.5 },
        stroke: { value: look.grid }, strokeWidth: { value: 1 } } } },
      { type: "symbol", name: "point", from: { data: "values" }, encode: { enter: { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y", band: 0.5 },
        fill: { scale: "colour", field: "s" }, shape: { scale: "shape", field: "s" }, size: { value: 60 }, tooltip: { field: "tip" },
        stroke: { value: look.background }, strokeWidth: { value: 1 } } } },
    ];
    return spec;
  }

  // Box plots over ordered names, series side by side, with single points beyond. The axis is linear up to `y.constant` from 0 and
  // logarithmic from there.
  function boxes(chart, look) {
    const spec = frame(chart, look, chart.height || 280);
    const colour = colours(chart.series, look), names = chart.series.map((s) => s.name);
    const values = chart.series.flatMap((s) => s.points.map((p) => ({ s: s.name, ...p })));
    const dots = chart.series.flatMap((s) => (s.dots || []).map((p) => ({ s: s.name, ...p })));
    const all = values.flatMap((v) => [v.low, v.high]).concat(dots.map((d) => d.y));
    spec.data = [{ name: "values", values }, { name: "dots", values: dots }];
    spec.scales = [
      { name: "x", type: "band", domain: chart.x.domain, range: "width", paddingInner: 0.3, paddingOuter: 0.15 },
      chart.y.constant
        ? { name: "y", type: "symlog", constant: chart.y.constant, domain: [Math.min(0, ...all), Math.max(0, ...all)], range: "height", nice: true }
        : { name: "y", type: "linear", domain: [Math.min(...all), Math.max(...all)], range: "height", nice: true, zero: false },
      { name: "colour", type: "ordinal", domain: names, range: colour },
      { name: "inner", type: "band", domain: names, range: { signal: "[0, bandwidth('x')]" }, paddingInner: 0.2 },
    ];
    const room = look.width / chart.x.domain.length, longest = Math.max(...chart.x.domain.map((d) => d.length));
    // Powers of ten on both sides, as many as leave room for their labels.
    const ticks = [0], far = Math.max(...all.map(Math.abs));
    for (let t = 10 ** Math.ceil(Math.log10(chart.y.constant || 1)); chart.y.constant && t <= far; t *= 10) ticks.push(t, -t);
    spec.axes = [{ orient: "bottom", scale: "x", title: chart.x.title, ...(longest * 6.5 > room ? { labelAngle: -45, labelAlign: "right", labelBaseline: "middle" } : {}) },
      { orient: "left", scale: "y", title: wrapped(chart.y.title), format: "~g", grid: true, labelOverlap: "greedy",
        ...(chart.y.constant ? { values: ticks.filter((t) => t >= Math.min(0, ...all) * 1.2 && t <= Math.max(0, ...all) * 1.2) } : {}) }];
    spec.legends = names.length < 2 ? [] : [{ fill: "colour", symbolType: "square", columns: legend_columns(names, look) }];
    const left = { scale: "x", field: "x", offset: { scale: "inner", field: "s" } };
    const middle = { scale: "x", field: "x", offset: { scale: "inner", field: "s", band: 0.5 } };
    const stroke = { scale: "colour", field: "s" }, y = (field) => ({ scale: "y", field });
    spec.marks = [
      { type: "rule", name: "whisker", from: { data: "values" }, encode: { enter: { x: middle, y: y("low"), y2: y("high"), stroke, strokeWidth: { value: 1.5 } } } },
      { type: "rect", name: "box", from: { data: "values" }, encode: { enter: { x: left, width: { scale: "inner", band: 1 }, y: y("upper"), y2: y("lower"),
        fill: stroke, tooltip: { field: "tip" } } } },
      { type: "rule", name: "median", from: { data: "values" }, encode: { enter: { x: left, x2: { scale: "x", field: "x", offset: { signal: "scale('inner', datum.s) + bandwidth('inner')" } },
        y: y("median"), stroke: { value: look.background }, strokeWidth: { value: 2 } } } },
      { type: "symbol", name: "point", from: { data: "dots" }, encode: { enter: { x: middle, y: y("y"), fill: stroke, size: { value: 24 }, tooltip: { field: "tip" } } } },
    ];
    return spec;
  }

  // A grid of coloured cells with their numbers where they fit.
  function heat(chart, look) {
    const values = chart.values, vs = values.map((v) => v.v).concat(1e-300);
    const end = Math.max(...vs.map(Math.abs)) || 1;
    const label_room = Math.min(130, 7 * Math.max(...chart.y.domain.map((d) => d.length))) + 40;
    const cell = (look.width - label_room) / chart.x.domain.length;
    // Words against words stay near to square where there are many.
    const row = chart.square ? Math.max(13, Math.min(22, cell)) : 22;
    const spec = frame(chart, look, chart.y.domain.length * row);
    const longest = Math.max(1, ...values.map((v) => v.t.length)), fits = cell > 7 * longest && !(chart.rounded && end < 0.05);
    spec.data = [{ name: "cells", values }];
    spec.scales = [
      { name: "x", type: "band", domain: chart.x.domain, range: "width", padding: 0.03 },
      { name: "y", type: "band", domain: chart.y.domain, range: "height", padding: 0.05 },
      chart.diverging ? { name: "colour", type: "linear", domain: [-end, 0, end], range: look.diverging, interpolate: "lab", clamp: true }
                      : { name: "colour", type: "linear", domain: [0, end], range: look.sequential, interpolate: "lab", clamp: true },
    ];
    const longest_x = Math.max(...chart.x.domain.map((d) => d.length));
    // Vega leaves too little room under slanting labels of which some are left out.
    if (cell < 13) spec.padding.bottom = 16;
    spec.axes = [
      { orient: "bottom", scale: "x", title: chart.x.title, ticks: false, domain: false, labelOverlap: cell < 13 ? "greedy" : false,
        ...(longest_x * 6.5 > cell ? { labelAngle: -50, labelAlign: "right", labelBaseline: "middle" } : {}) },
      { orient: "left", scale: "y", title: wrapped(chart.y.title), ticks: false, domain: false }];
    // Where all cells are 0 there is no scale to read.
    spec.legends = end < 1e-200 ? [] : [{ fill: "colour", title: chart.legend, type: "gradient", gradientLength: Math.min(220, look.width - 40), format: finer(chart.format, end), tickCount: 5 }];
    // White on the dark end, black on the light one; in the dark theme the ends change places.
    const strong = `abs(datum.v) > ${end * 0.55}`;
    spec.marks = [
      { type: "rect", name: "cell", from: { data: "cells" }, encode: { enter: { x: { scale: "x", field: "x" }, width: { scale: "x", band: 1 },
        y: { scale: "y", field: "y" }, height: { scale: "y", band: 1 }, fill: { scale: "colour", field: "v" }, tooltip: { field: "tip" } } } },
      ...(fits ? [{ type: "text", from: { data: "cells" }, encode: { enter: { x: { scale: "x", field: "x", band: 0.5 }, y: { scale: "y", field: "y", band: 0.5 },
        align: { value: "center" }, baseline: { value: "middle" }, text: { field: "t" }, fontSize: { value: 10 }, font: { value: look.font },
        fill: { signal: `${strong} ? '${look.on_strong}' : '${look.on_weak}'` } } } }] : []),
    ];
    return spec;
  }

  // Thousands of points, each [x, y, group, name], to move about in: dragging, the wheel with Ctrl, a double click to go back.
  function map(chart, look) {
    const spec = frame(chart, look, Math.min(560, Math.max(300, look.width * 0.7)));
    const names = chart.groups, many = look.palette.length;
    const values = chart.points.map(([x, y, g, name]) => ({ x, y, s: g < 0 ? "none" : names[g], tip: g < 0 || names.length < 2 ? name : `${name}: ${names[g]}` }));
    const domain = values.some((v) => v.s === "none") ? [...names, "none"] : names;
    const extent = (field) => {
      const all = values.map((v) => v[field]), low = Math.min(...all), high = Math.max(...all), gap = (high - low || 1) * 0.04;
      return [low - gap, high + gap];
    };
    const drag = "[mousedown, window:mouseup] > window:mousemove!";
    const axis_of = (field, length, sign) => [
      { name: `${field}from`, value: null, on: [{ events: "mousedown", update: `slice(${field}shown)` }] },
      { name: `${field}shown`, value: extent(field), on: [
        { events: { signal: "moved" }, update: `${field}from ? [${field}from[0] ${sign} span(${field}from) * moved.${field} / ${length}, ${field}from[1] ${sign} span(${field}from) * moved.${field} / ${length}] : ${field}shown` },
        { events: { signal: "zoom" }, update: `[zoom.${field} + (${field}shown[0] - zoom.${field}) * zoom.by, zoom.${field} + (${field}shown[1] - zoom.${field}) * zoom.by]` },
        { events: "dblclick", update: JSON.stringify(extent(field)) }] }];
    spec.data = [{ name: "values", values }];
    spec.signals = [
      { name: "down", value: null, on: [{ events: "mousedown", update: "xy()" }] },
      { name: "moved", value: { x: 0, y: 0 }, on: [{ events: drag, update: "down ? { x: down[0] - x(), y: y() - down[1] } : { x: 0, y: 0 }" }] },
      { name: "zoom", value: { x: 0, y: 0, by: 1 }, on: [{ events: "wheel![event.ctrlKey || event.metaKey]", force: true,
        update: "{ x: invert('x', x()), y: invert('y', y()), by: pow(1.002, event.deltaY * pow(16, event.deltaMode)) }" }] },
      ...axis_of("x", "width", "+"), ...axis_of("y", "height", "+"),
    ];
    spec.scales = [
      { name: "x", type: "linear", domain: { signal: "xshown" }, range: "width", zero: false },
      { name: "y", type: "linear", domain: { signal: "yshown" }, range: "height", zero: false },
      { name: "colour", type: "ordinal", domain, range: domain.map((n, i) => n === "none" ? look.line : look.palette[i % many]) },
      { name: "shape", type: "ordinal", domain, range: domain.map((_, i) => shapes[Math.floor(i / many) % shapes.length]) },
    ];
    spec.legends = domain.length < 2 ? [] : [{ fill: "colour", shape: "shape", columns: legend_columns(domain, look) }];
    const size = values.length > 2000 ? 14 : values.length > 300 ? 24 : 50;
    spec.marks = [{ type: "group", clip: true, encode: { enter: { width: { signal: "width" }, height: { signal: "height" }, stroke: { value: look.grid } } }, marks: [
      { type: "symbol", name: "point", from: { data: "values" }, encode: {
        enter: { fill: { scale: "colour", field: "s" }, shape: { scale: "shape", field: "s" }, size: { value: size }, fillOpacity: { value: 0.75 }, tooltip: { field: "tip" } },
        update: { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" } } } }] }];
    return spec;
  }

  // A tree of merges, each an arch from its two branches up to its height; cuts are lines across.
  function dendrogram(chart, look) {
    const spec = frame(chart, look, chart.height || (look.width < 480 ? 240 : 320));
    const rules = (chart.rules || []).map((r) => ({ name: r.name, at: r.y, dy: -5 }));
    const top = Math.max(...chart.merges.map((m) => m.h), ...rules.map((r) => r.at)) * 1.04 || 1;
    spec.data = [{ name: "merges", values: chart.merges }, { name: "rules", values: rules }];
    spec.scales = [
      { name: "x", type: "linear", domain: [-0.5, chart.branches - 0.5], range: "width", zero: false },
      { name: "y", type: "linear", domain: [0, top], range: "height", zero: true },
    ];
    spec.axes = [{ orient: "left", scale: "y", title: wrapped(chart.y.title), grid: true, tickCount: 6 },
      { orient: "bottom", scale: "x", title: chart.x.title, ticks: false, labels: false, domain: false }];
    const arch = "'M' + scale('x', datum.a) + ',' + scale('y', datum.ah) + 'V' + scale('y', datum.h) + 'H' + scale('x', datum.b) + 'V' + scale('y', datum.bh)";
    spec.marks = [
      { type: "path", name: "arch", from: { data: "merges" }, encode: { enter: { stroke: { value: look.palette[0] }, strokeWidth: { value: chart.branches > look.width / 3 ? 0.6 : 1 },
        tooltip: { field: "tip" } }, update: { path: { signal: arch } } } },
      ...rule_marks(rules, look, false),
    ];
    return spec;
  }

  return { lines, bars, dots, boxes, heat, map, dendrogram };
})();
