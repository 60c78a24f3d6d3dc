// Live pages: a socket says what changed, the page reads itself again and changes only what differs.
(() => {
  "use strict";
  const sign = document.getElementById("live"), word = sign.querySelector(".word"), said = document.getElementById("live-said");
  const bell = document.getElementById("bell"), rung = document.getElementById("bell-said");
  const WORDS = { begun: "Live", on: "Live", news: "Show news", order: "Arrange", paused: "Paused", late: "Not live", over: "Signed out" };
  const MEANS = { begun: "Live updates begin", on: "This page follows what happens. Pause", news: "This page changed where you read or write. Show it", order: "All is shown, some not in its place. Put it in order", paused: "This page stands still. Go on", late: "The connection is lost and tried again. Try now", over: "You were signed out. Sign in again" };
  const SILENCE = 45000, PATIENCE = 20000, GRACE = 1500, QUIET = { "X-Unattended": "1" }, OVER = [4401, 4403];
  // A list without news is listened to where it is shown.
  const shown = (channel) => !channel.startsWith("own.") || document.querySelector(`[data-live~="${channel}"]`);
  const last = Object.fromEntries(sign.dataset.channels.split(" ").filter(shown).map((channel) => [channel, Number(sign.dataset.since)]));
  let socket, calls = 0, tries = 0, isPaused = false, isOver = false, isBusy = false, isSent = false, mayArrange = false, lostAt = 0, timer, watch, again, rings, spokeAt = 0, rangAt = -10000;
  let stale = new Set(), unshown = new Map();

  // The sign in the top bar, and the same in words at most every ten seconds.
  function show(state) {
    if (sign.dataset.state === state) return;
    const before = sign.dataset.state;
    sign.dataset.state = state;
    word.textContent = WORDS[state];
    sign.title = MEANS[state];
    sign.setAttribute("aria-label", `${WORDS[state]}. ${MEANS[state]}`);
    if (state === "late" || state === "over") say("Live updates have stopped.");
    else if (before === "late" && state === "on") say("Live updates go on.");
    else if (state === "news") say("This page changed.");
  }
  function say(words) {
    if (performance.now() - spokeAt < 10000 && spokeAt) return;
    spokeAt = performance.now();
    said.textContent = words;
  }
  const isLate = () => lostAt && performance.now() - lostAt > GRACE - 100;
  const settle = () => show(isOver ? "over" : isPaused ? "paused" : isLate() ? "late" : unshown.size ? [...unshown.values()].some(({ isUnseen }) => isUnseen) ? "news" : "order" : tries < 0 ? "on" : "begun");

  // The socket: a fresh token each time, and on from the last message heard.
  async function connect() {
    const call = ++calls, old = socket;
    clearTimeout(timer);
    socket = null;
    old?.close();
    try {
      const token = document.querySelector('meta[name="csrf-token"]')?.content || "";
      const answer = await fetch("/api/v1/realtime/token", { method: "POST", headers: { ...QUIET, "X-CSRFToken": token, "Content-Type": "application/json" }, body: "{}" });
      if (call !== calls) return;
      if (answer.status === 401 || answer.status === 403) return end();
      if (!answer.ok) throw new Error(answer.status);
      const pass = (await answer.json()).token;
      if (call !== calls) return;
      const mine = socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/live/`);
      mine.onopen = () => mine.send(JSON.stringify({ type: "auth", token: pass }));
      mine.onmessage = (event) => { if (mine === socket) hear(JSON.parse(event.data)); };
      mine.onclose = (event) => { if (mine === socket) lose(event.code); };
    } catch { if (call === calls) lose(0); }
  }
  function lose(code) {
    socket = null;
    clearTimeout(watch);
    if (OVER.includes(code)) return end();
    tries = Math.max(0, tries) + 1;
    timer = setTimeout(connect, Math.min(30000, 250 * 2 ** Math.min(tries, 7)) * (0.5 + Math.random()));
    if (!lostAt) lostAt = performance.now();
    setTimeout(settle, GRACE);
  }
  function end() { isOver = true; settle(); }
  function listen() {
    clearTimeout(watch);
    watch = setTimeout(() => { const mute = socket; lose(0); mute?.close(); }, SILENCE);
  }
  function hear(message) {
    listen();
    if (message.type === "ready") {
      const channels = message.channels.filter((channel) => channel in last);
      if (!channels.length && !bell) return;
      const after = Object.fromEntries(channels.map((channel) => [channel, last[channel]]));
      socket.send(JSON.stringify({ type: "subscribe", channels, after, ...bell && { unread: Number(bell.dataset.unread) } }));
    } else if (message.type === "subscribed") {
      tries = -1; lostAt = 0;
      settle();
    } else if (message.type === "heartbeat") {
      for (const [channel, seq] of Object.entries(message.seq)) if (last[channel] !== seq) { last[channel] = seq; mark(null); }
    } else if (message.type === "unread") {
      ring(message.count);
    } else if (message.channel in last) {
      mark(message.prev === last[message.channel] ? message.data?.names : null);
      last[message.channel] = message.seq;
    }
  }

  // The bell: its number, and in words only that there is more, at most every ten seconds.
  function ring(count) {
    const dot = bell.querySelector(".dot"), words = count ? `, ${count} unread` : "", isMore = count > Number(bell.dataset.unread);
    bell.dataset.unread = count;
    bell.setAttribute("aria-label", `Notifications${words}`);
    dot.hidden = !count;
    dot.textContent = count > 99 ? "99+" : count;
    clearTimeout(rings);
    if (!isMore) return;
    rings = setTimeout(() => { rangAt = performance.now(); rung.textContent = `Notifications${words}`; }, Math.max(0, rangAt + 10000 - performance.now()));
  }

  // Parts of the page name the news that change them; null means anything may have changed.
  const source = (part) => part.dataset.liveFrom || location.pathname + location.search;
  const hears = (part, names) => part.dataset.live === "*" || part.dataset.live.split(" ").some((topic) => names.some((name) => name.startsWith(topic)));
  function mark(names) {
    for (const part of document.querySelectorAll("[data-live]")) if (!names || hears(part, names)) stale.add(source(part));
    read();
  }
  async function read() {
    if (isBusy || isSent || isPaused || isOver || document.hidden || !stale.size) return;
    const [from] = stale, began = performance.now();
    stale.delete(from);
    isBusy = true;
    let isMissed = false;
    const late = new AbortController(), patience = setTimeout(() => late.abort(), PATIENCE);
    try {
      const answer = await fetch(from, { headers: { ...QUIET, "X-Live": "1" }, signal: late.signal });
      if (answer.redirected || answer.status === 401) end();
      else if (answer.ok) draw(from, new DOMParser().parseFromString(await answer.text(), "text/html"));
      else isMissed = answer.status >= 500 || answer.status === 429;
    } catch { isMissed = true; }
    clearTimeout(patience);
    if (isMissed) stale.add(from);
    // Who is slow is asked less often.
    const pause = isMissed ? 2000 : (performance.now() - began) / 3;
    setTimeout(() => { isBusy = false; read(); }, pause);
  }
  function draw(from, fresh) {
    unshown.delete(from);
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = source(part) === from && fresh.getElementById(part.id);
      if (!next) continue;
      const left = document.querySelector("dialog[open]") || String(getSelection()) ? "unseen" : window.morph(part, next, mayArrange);
      if (left) unshown.set(from, { fresh, isUnseen: left === "unseen" || unshown.get(from)?.isUnseen });
    }
    mayArrange = false;
    document.dispatchEvent(new Event("htmx:afterSwap"));
    settle();
  }
  const retry = (isAsked) => { for (const [from, { fresh }] of [...unshown]) { mayArrange = isAsked; draw(from, fresh); } };
  for (const type of ["mouseout", "focusout", "close", "selectionchange"]) document.addEventListener(type, () => { if (unshown.size) { clearTimeout(again); again = setTimeout(retry, 300, false); } }, true);

  sign.addEventListener("click", () => {
    if (isOver) { location.reload(); return; }
    if (unshown.size) retry(true);
    else if (lostAt && !isPaused) { tries = 0; connect(); }
    else { isPaused = !isPaused; read(); }
    settle();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { retry(true); mayArrange = true; }
    read();
  });
  document.addEventListener("submit", () => { isSent = true; setTimeout(() => { isSent = false; read(); }, 4000); });
  addEventListener("online", () => lostAt && connect());
  for (const part of document.querySelectorAll("[data-live-every]")) setInterval(() => { if (!lostAt) { stale.add(source(part)); read(); } }, Number(part.dataset.liveEvery) * 1000);
  connect();
})();
