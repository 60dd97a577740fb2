// Times: in the viewer's zone, and how long ago or until then.
(function () {
  "use strict";
  const exact = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const short = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const zone = exact.resolvedOptions().timeZone || "local";

  function relative(ms) {
    const abs = Math.abs(ms) / 1000;
    const say = (n, unit) => (ms < 0 ? n + " " + unit + " ago" : "in " + n + " " + unit);
    if (abs < 1) return "now";
    if (abs < 60) return say(Math.floor(abs), "s");
    if (abs < 3600) return say(Math.floor(abs / 60), "min");
    if (abs < 86400) {
      const h = Math.floor(abs / 3600), m = Math.floor((abs % 3600) / 60);
      return say(m && h < 10 ? h + " h " + m : h, m && h < 10 ? "min" : "h");
    }
    const d = Math.floor(abs / 86400);
    return say(d, d === 1 ? "day" : "days");
  }

  function tell(el) {
    const at = new Date(el.dateTime);
    if (isNaN(at)) return;
    let text;
    switch (el.dataset.show) {
      case "relative": text = relative(at - Date.now()); break;
      case "clock": text = clock.format(at); break;
      case "minute": text = clock.format(at).slice(0, 5); break;
      case "short": text = short.format(at); break;
      default: text = exact.format(at);
    }
    if (el.textContent !== text) el.textContent = text;
    const title = exact.format(at) + " " + zone + "\n" + el.dateTime + (el.dataset.zone ? "\n" + el.dataset.zone : "");
    if (el.title !== title) el.title = title;
  }
  const tellAll = (in_) => (in_ || document).querySelectorAll("time[datetime]").forEach(tell);

  window.asyncz = { exact, clock, tell, tellAll };
})();
