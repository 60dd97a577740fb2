// What people do on the pages beyond links and forms, which work without this.
(function () {
  "use strict";
  const { tellAll, drawAll, refreshNow, listen, link } = asyncz;
  const root = document.documentElement;
  const $ = (q, in_) => (in_ || document).querySelector(q);
  const $$ = (q, in_) => [...(in_ || document).querySelectorAll(q)];

  // ---- What is told for a moment.
  function toast(kind, text) {
    const el = document.createElement("div");
    el.className = "toast " + kind;
    el.textContent = text;
    $("#toasts").append(el);
    setTimeout(() => el.remove(), kind === "bad" ? 10000 : 4000);
  }
  document.body.addEventListener("asyncz:told", (e) => {
    toast(e.detail.kind, e.detail.text);
    $$("input.pick, input.pick-all").forEach((p) => { p.checked = false; });
    count(); refreshNow();
  });
  document.body.addEventListener("htmx:responseError", (e) => {
    if (e.detail.xhr.status !== 401) toast("bad", e.detail.xhr.getResponseHeader("X-Asyncz-Error") || "The server answered " + e.detail.xhr.status + ".");
  });
  document.body.addEventListener("htmx:sendError", () => link(false));
  document.body.addEventListener("htmx:afterSettle", () => { tellAll(); drawAll(); count(); });

  // ---- Filters: an address holds what is asked for, and nothing that is empty.
  document.body.addEventListener("htmx:configRequest", (e) => {
    if (!e.detail.elt.matches(".filters")) return;
    for (const [k, v] of [...e.detail.formData]) if (v === "") e.detail.formData.delete(k);
  });

  // ---- Asking before what can't be taken back.
  document.body.addEventListener("htmx:confirm", (e) => {
    const by = e.detail.triggeringEvent && e.detail.triggeringEvent.submitter;
    if (!by || !by.dataset.confirm) return;
    e.preventDefault();
    const picked = $$("input.pick:checked").length;
    const dialog = $("#confirm");
    $("p", dialog).textContent = by.dataset.confirm.replace("{n}", picked === 1 ? "the selected task" : "the " + picked + " selected tasks");
    const yes = $("#confirm-yes");
    yes.textContent = by.dataset.yes || "Remove";
    yes.onclick = () => {
      dialog.close();
      document.body.addEventListener("htmx:configRequest", (c) => c.detail.formData.set("confirmed", "1"), { once: true });
      e.detail.issueRequest(true);
    };
    dialog.showModal();
  });

  // ---- Picking rows.
  function count() {
    const n = $$("input.pick:checked").length;
    $$("[data-picked]").forEach((el) => { el.textContent = n + " selected"; });
    $$("input.pick-all").forEach((all) => { const every = $$("input.pick").length; all.checked = n > 0 && n === every; all.indeterminate = n > 0 && n < every; });
  }
  document.addEventListener("change", (e) => {
    if (e.target.matches("input.pick-all")) $$("input.pick").forEach((p) => { p.checked = e.target.checked; });
    if (e.target.matches("input.pick, input.pick-all")) count();
  });

  // ---- The theme: the system's, light, dark.
  const themes = ["auto", "light", "dark"];
  const theme = () => root.dataset.theme || "auto";
  function showTheme() { $$("#theme span").forEach((el) => { el.textContent = theme(); }); }
  document.addEventListener("click", (e) => {
    const by = e.target.closest("[data-do]");
    if (!by) return;
    if (by.dataset.do === "theme") {
      const next = themes[(themes.indexOf(theme()) + 1) % 3];
      if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next;
      try { if (next === "auto") localStorage.removeItem("asyncz-theme"); else localStorage.setItem("asyncz-theme", next); } catch (x) { /* not remembered */ }
      showTheme(); drawAll(true);
    }
    if (by.dataset.do === "help") $("#help").showModal();
    if (by.dataset.do === "close") by.closest("dialog").close();
  });

  // ---- The keyboard.
  const goes = { o: "./", t: "tasks", r: "runs", l: "timeline", n: "nodes", s: "stores", e: "events", a: "audit" };
  let g = 0;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || $("dialog[open]")) return;
    if (!e.target.matches) return;
    if (e.target.matches("input:not([type=checkbox]), textarea, select")) { if (e.key === "Escape") e.target.blur(); return; }
    if (Date.now() - g < 1500 && goes[e.key]) { g = 0; location.href = goes[e.key]; return; }
    g = e.key === "g" ? Date.now() : 0;
    if (e.key === "/") { const s = $("[data-search]"); if (s) { e.preventDefault(); s.focus(); s.select(); } else location.href = "tasks#search"; }
    if (e.key === "?") $("#help").showModal();
  });
  document.addEventListener("click", (e) => { if (e.target.nodeName === "DIALOG") e.target.close(); });

  // ---- Off we go.
  const lit = $(".nav [aria-current]");
  if (lit) lit.parentNode.scrollLeft = lit.offsetLeft - lit.parentNode.clientWidth / 2;
  tellAll(); showTheme(); count(); drawAll();
  if (location.hash === "#search" && $("[data-search]")) $("[data-search]").focus();
  listen();
})();
