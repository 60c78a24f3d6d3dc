// Ages ("3 min ago") and clocks that run down ("41 min left") stay true while the page is open.
(() => {
  "use strict";
  const skew = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  function span(seconds, parts) {
    const words = [];
    for (const [unit, size] of UNITS) {
      if (words.length === parts || (unit === "s" && words.length)) break;
      const whole = Math.floor(seconds / size);
      if (whole || words.length) words.push(`${whole} ${unit}`);
      seconds -= whole * size;
    }
    return words.join(" ") || "0 s";
  }
  function draw() {
    const now = Date.now() + skew;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const gone = Math.round((now - Date.parse(time.dateTime)) / 1000);
      const words = Math.abs(gone) < 5 ? "just now" : gone < 0 ? `in ${span(-gone, 1)}` : `${span(gone, 1)} ago`;
      if (time.textContent !== words) time.textContent = words;
    }
    for (const due of document.querySelectorAll(".due")) {
      const time = due.querySelector("time");
      const left = Math.round((Date.parse(time.dateTime) - now) / 1000);
      const words = left >= 0 ? `${span(left, 2)} left` : `${span(-left, 1)} overdue`;
      if (time.textContent !== words) time.textContent = words;
      due.classList.toggle("over", left < 0);
      due.classList.toggle("soon", left >= 0 && left < Number(due.dataset.soon || 3600));
    }
  }
  draw();
  setInterval(draw, 1000);
  document.addEventListener("htmx:afterSwap", draw);
})();
