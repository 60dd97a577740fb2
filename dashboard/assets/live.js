// New content: it is heard of by a stream, fetched, and morphed into the old, which
// keeps focus, scroll and selection.
(function () {
  "use strict";
  const { tell, tellAll, draw } = asyncz;
  const $ = (q, in_) => (in_ || document).querySelector(q);
  const $$ = (q, in_) => [...(in_ || document).querySelectorAll(q)];

  const keep = { checked: (el) => el.matches("input.pick, input.pick-all"), open: () => true, style: () => true };
  Idiomorph.defaults.ignoreActiveValue = true;
  Idiomorph.defaults.callbacks = Object.assign(Idiomorph.defaults.callbacks || {}, {
    beforeNodeAdded(node) { if (node.nodeType === 1) { if (node.nodeName === "TIME") tell(node); tellAll(node); } },
    beforeNodeMorphed(old, fresh) {
      if (fresh.nodeName === "TIME") tell(fresh);
      if (old.nodeType === 1 && old.matches("[data-chart]")) { draw(old, fresh.dataset.chart); return false; }
      return true;
    },
    beforeAttributeUpdated(name, el) { return !(keep[name] && keep[name](el)); },
  });

  let busy = false, again = false, last = 0, timer = 0, cost = 0;
  const live = () => $("#live");
  // A button must not move away from under the pointer, unless what was done with it is to be seen, nor words
  // that are being picked out.
  let told = -Infinity;
  const held = () => document.hidden || $("dialog[open]") || (Date.now() - told > 10000 && $(".row-actions:hover")) || (getSelection().toString() && live() && live().contains(getSelection().anchorNode));

  function refresh() {
    timer = 0;
    if (!live() || live().dataset.live === undefined) return;
    if (busy || held()) { again = true; return; }
    const began = Date.now();
    busy = true; again = false; last = began;
    htmx.ajax("GET", location.href, { source: live(), target: "#live", select: "#live", swap: "morph:outerHTML" })
      .catch(() => {}).finally(() => { busy = false; cost = Math.min(5000, Date.now() - began); if (again) soon(pace()); });
  }
  // pace is a second, and more where a page takes long, so that looking on does not become the load.
  const pace = () => Math.max(1000, 5 * cost);
  // soon refreshes once, so long after the last time as the shortest wait that was asked for.
  let due = 0;
  function soon(wait) {
    const at = Math.max(Date.now(), last + wait);
    if (timer && at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(refresh, at - Date.now());
  }

  let source = null, connected = false;
  function listen() {
    const where = document.body.dataset.stream;
    if (!where || !window.EventSource || source) return;
    source = new EventSource(where);
    source.addEventListener("open", () => link(true));
    source.addEventListener("error", () => { link(false); if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(listen, 10000); } });
    source.addEventListener("change", (e) => {
      const wants = (live() && live().dataset.live || "").split(" ");
      if (e.data.split(" ").some((t) => wants.includes(t))) soon(pace());
    });
    source.addEventListener("now", (e) => now(JSON.parse(e.data)));
  }
  function link(up) {
    connected = up;
    const el = $("#link");
    if (!el) return;
    el.className = "st " + (up ? "ok" : "warn");
    $("span", el).textContent = up ? "live" : "polling";
  }
  function now(n) {
    for (const [k, v] of Object.entries(n.text || {})) $$('[data-now="' + k + '"]').forEach((el) => { if (el.textContent !== v) el.textContent = v; });
    const c = $("[data-chart][data-stream-chart]");
    if (c && n.chart) draw(c, JSON.stringify(n.chart));
  }
  setInterval(() => {
    if (document.hidden) return;
    tellAll();
    const age = Date.now() - last;
    const most = live() && live().dataset.every ? Number(live().dataset.every) : connected ? 15000 : 5000;
    if (age > most || (again && !held())) soon(0);
  }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && again) soon(0); });
  addEventListener("pagehide", () => { if (source) { source.close(); source = null; } });
  addEventListener("pageshow", (e) => { if (e.persisted) { listen(); soon(0); } });

  // refreshNow is for when something was done here.
  function refreshNow() { told = Date.now(); last = 0; soon(0); }
  last = Date.now();
  Object.assign(asyncz, { refreshNow, listen, link });
})();
