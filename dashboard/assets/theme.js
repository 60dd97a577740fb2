// Runs before the first paint, so that a remembered theme does not flash.
(function () {
  var t = null;
  try { t = localStorage.getItem("asyncz-theme"); } catch (e) { /* storage is off: the system's theme */ }
  if (t === "light" || t === "dark") document.documentElement.dataset.theme = t;
})();
