// Charts, drawn by uPlot from what a data-chart attribute says.
(function () {
  "use strict";
  const { exact, clock } = asyncz;
  const plots = new WeakMap();
  function colour(name) {
    const probe = document.createElement("i");
    probe.style.color = "var(--" + name + ")";
    document.body.append(probe);
    const c = getComputedStyle(probe).color;
    probe.remove();
    return c;
  }
  function span(s) {
    if (s == null) return "";
    if (s === 0) return "0";
    if (s < 0.001) return Math.round(s * 1e6) + " µs";
    if (s < 1) return +(s * 1000).toPrecision(3) + " ms";
    if (s < 120) return +s.toPrecision(3) + " s";
    if (s < 7200) return +(s / 60).toPrecision(3) + " min";
    return +(s / 3600).toPrecision(3) + " h";
  }
  const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
  function axisTime(at, range) {
    const t = new Date(at * 1000);
    return range > 3 * 86400 ? day.format(t) : range > 600 ? clock.format(t).slice(0, 5) : clock.format(t);
  }
  function draw(el, text) {
    if (!text || !window.uPlot) return;
    const have = plots.get(el);
    if (have && have.text === text && have.width === el.clientWidth) return;
    el.dataset.chart = text;
    const spec = JSON.parse(text);
    if (have && have.kind === spec.kind + spec.series.length && have.width === el.clientWidth) {
      have.text = text; have.spec = spec; have.plot.setData(spec.data);
      return;
    }
    if (have) have.plot.destroy();
    el.replaceChildren();
    const grid = { stroke: colour("line"), width: 1 }, muted = colour("muted");
    const state = { text, spec, kind: spec.kind + spec.series.length, width: el.clientWidth };
    const value = spec.unit === "s" ? span : (v) => (v == null ? "" : String(+v.toPrecision(4)));
    const points = spec.kind === "points";
    const series = spec.series.map((s) => {
      const c = colour(s.colour);
      return points
        ? { label: s.label, stroke: c, paths: () => null, points: { show: true, size: 7, fill: c, stroke: c, width: 0 } }
        : { label: s.label, stroke: c, fill: s.fill ? c.replace(")", " / 0.15)").replace("rgb(", "rgb(").replace(/, /g, " ") : undefined, width: 1.5, points: { show: false } };
    });
    const tip = document.createElement("div");
    tip.className = "tip"; tip.hidden = true;
    state.plot = new uPlot({
      width: el.clientWidth, height: el.clientHeight, legend: { show: false }, cursor: { y: false, drag: { x: false, y: false }, points: { show: !points } },
      scales: { x: { time: true }, y: { range: (u, lo, hi) => [0, hi > 0 ? hi * 1.1 : 1] } },
      axes: [
        { stroke: muted, grid: { show: false }, ticks: { show: false }, font: "12px system-ui", size: 28, space: 70, values: (u, vs) => vs.map((v) => axisTime(v, u.scales.x.max - u.scales.x.min)) },
        { stroke: muted, grid, ticks: { show: false }, font: "12px system-ui", size: 58, values: (u, vs) => vs.map(value) },
      ],
      series: [{}].concat(series),
      hooks: { setCursor: [(u) => {
        const i = u.cursor.idx;
        const rows = i == null ? [] : state.spec.series.map((s, n) => [s.label, state.spec.data[n + 1][i]]).filter((r) => r[1] != null);
        tip.hidden = rows.length === 0 || u.cursor.left < 0;
        if (tip.hidden) return;
        tip.textContent = exact.format(new Date(state.spec.data[0][i] * 1000)) + " · " + rows.map((r) => r[0] + " " + value(r[1])).join(" · ");
        const x = u.valToPos(state.spec.data[0][i], "x") + u.over.offsetLeft;
        tip.style.left = Math.max(0, Math.min(el.clientWidth - tip.offsetWidth, x - tip.offsetWidth / 2)) + "px";
        tip.style.top = "0px";
      }] },
    }, spec.data, el);
    el.append(tip);
    plots.set(el, state);
  }
  const drawAll = (afresh) => document.querySelectorAll("[data-chart]").forEach((el) => { if (afresh && plots.has(el)) plots.get(el).width = -1; draw(el, el.dataset.chart); });
  let resized = 0;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(drawAll, 100); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(true));

  Object.assign(asyncz, { draw, drawAll });
})();
