// Draws the charts, follows width, dark mode and print, and filters the table of kinds. The page's state is told in attributes of
// <html>: data-status (drawing, ready, failed), data-errors, data-overflow (pixels wider than the window).
"use strict";
(() => {
  const root = document.documentElement;
  const errors = [];
  const fail = (message) => { errors.push(String(message)); root.dataset.errors = errors.join(" | "); root.dataset.status = "failed"; };
  addEventListener("error", (e) => fail(e.message));
  addEventListener("unhandledrejection", (e) => fail(e.reason));
  root.dataset.status = "drawing";

  const data = JSON.parse(document.getElementById("charts").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let printing = false;

  function look(width) {
    const night = dark.matches && !printing;
    const colour = night
      ? { level: "#4d5054", text: "#dcdcdc", muted: "#a8a8a8", line: "#777", grid: "#3a3a3a", background: "#1b1c1e" }
      : { level: "#d0d0d0", text: "#333", muted: "#666", line: "#888", grid: "#e4e4e4", background: "#ffffff" };
    // Okabe & Ito (2008), told apart with any colour vision; lighter on dark ground.
    const palette = night ? ["#56b4e9", "#f0a83c", "#2fc79a", "#e39bc6", "#f0e442", "#7f9fff", "#c9c9c9"]
                          : ["#0072b2", "#d55e00", "#009e73", "#b8578f", "#8f7a00", "#4b4fb5", "#555555"];
    const roles = night
      ? { top: "#ff8a4c", bottom: "#56b4e9", random: "#b5b5b5", main: "#56b4e9", control: "#b5b5b5", selectivity: "#2fc79a" }
      : { top: "#d55e00", bottom: "#0072b2", random: "#6b6b6b", main: "#0072b2", control: "#6b6b6b", selectivity: "#00805d" };
    return { ...colour, palette, roles, width, font: getComputedStyle(document.body).fontFamily,
      diverging: night ? ["#5fb4ea", "#2a2b2e", "#f59a56"] : ["#0b62a0", "#f5f5f5", "#c04a00"],
      sequential: night ? ["#26282b", "#6fc0ee"] : ["#f3f7fb", "#0b5c99"],
      on_strong: night ? "#111" : "#fff", on_weak: night ? "#eee" : "#222" };
  }

  const views = new Map();
  function draw(id) {
    const box = document.getElementById(id), chart = data[id];
    const width = Math.floor(printing ? Math.min(box.clientWidth || 640, 640) : box.clientWidth);
    if (width < 50) return null;
    views.get(id)?.view.finalize();
    box.textContent = "";
    const view = new vega.View(vega.parse(charts[chart.kind](chart, look(width))), { renderer: "svg", container: box, logLevel: 1 });
    views.set(id, { view, width });
    return view.runAsync();
  }
  const draw_all = () => Promise.all(Object.keys(data).map(draw));

  const measure = () => { root.dataset.overflow = String(Math.max(0, root.scrollWidth - innerWidth)); };
  draw_all().then(() => {
    measure();
    if (errors.length === 0) root.dataset.status = "ready";
  }, fail);

  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      for (const [id, { width }] of views) if (Math.abs(document.getElementById(id).clientWidth - width) > 2) draw(id);
    }, 120);
  });
  dark.addEventListener("change", draw_all);
  // A chart inside a shut <details> has no width until it is opened.
  document.addEventListener("toggle", (e) => {
    for (const box of e.target.querySelectorAll?.(".chart") ?? []) if (!views.has(box.id)) draw(box.id);
  }, true);

  let shut = [];
  addEventListener("beforeprint", () => {
    printing = true;
    shut = [...document.querySelectorAll("details:not([open])")];
    for (const d of shut) d.open = true;
    draw_all();
  });
  addEventListener("afterprint", () => {
    printing = false;
    for (const d of shut) d.open = false;
    draw_all();
  });

  // Kinds of neurons: the pressed buttons' rows; none pressed, all rows.
  for (const box of document.querySelectorAll(".kinds")) {
    const buttons = [...box.querySelectorAll("button[data-kind]")], rows = [...box.querySelectorAll("tbody tr")];
    const told = box.querySelector("[role=status]"), site = box.querySelector("select");
    const filter = () => {
      const wanted = buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.kind);
      let shown = 0;
      for (const row of rows) {
        const has = row.dataset.kinds.split(" ");
        row.hidden = !((wanted.length === 0 || wanted.some((k) => has.includes(k))) && (!site.value || row.dataset.site === site.value));
        if (!row.hidden) ++shown;
      }
      told.textContent = `${shown} of ${rows.length} listed neurons`;
    };
    for (const b of buttons) b.addEventListener("click", () => {
      b.setAttribute("aria-pressed", b.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    });
    site.addEventListener("change", filter);
    filter();
  }
  for (const b of document.querySelectorAll("button[data-open]")) b.addEventListener("click", () => {
    for (const d of document.querySelectorAll("details.neuron")) d.open = b.dataset.open === "true";
  });
})();
