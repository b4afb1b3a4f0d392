// The page: keeps a socket open for ever, and paints what the store knows at most five times a second.

import { empty, oldest, receive } from "./store.js";
import { paint, paintLink, setText } from "./paint.js";

const PAINT_EVERY_MS = 200;
const STALE_AFTER_MS = 6000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 15000;

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const button = document.getElementById("pause");

let store = { ...empty, boot: meta("rl-boot") };
let heardAt = 0;
let wait = FIRST_WAIT_MS;
let painting = null;
let paintedAt = 0;

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/rl/ws`);
  socket.onmessage = (event) => {
    heardAt = Date.now();
    wait = FIRST_WAIT_MS;
    const answer = receive(store, JSON.parse(event.data));
    if (answer.ask === "reload") return location.reload();
    if (answer.ask) socket.send(JSON.stringify(answer.ask));
    store = answer.store;
    paintSoon();
  };
  socket.onclose = () => {
    heardAt = 0;
    showLink();
    setTimeout(connect, wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
}

function paintSoon() {
  if (painting !== null || document.hidden) return;
  painting = setTimeout(() => {
    painting = null;
    paintedAt = Date.now();
    showLink();
    paint(store);
    button.disabled = store.seq === null;
    button.textContent = wantsResume() ? "Resume" : "Pause";
  }, Math.max(0, paintedAt + PAINT_EVERY_MS - Date.now()));
}

function showLink() {
  const age = heardAt ? Date.now() - heardAt : null;
  const old = oldest(store);
  paintLink(age === null ? "off" : age > STALE_AFTER_MS ? "stale" : old ? "old" : "live", age, old, store.seq);
}

function wantsResume() {
  return store.slices.trading?.state === "paused";
}

button.onclick = async () => {
  button.disabled = true;
  const action = wantsResume() ? "resume" : "pause";
  try {
    const answer = await fetch(`/rl/actions/${action}`, { method: "POST", headers: { "X-Token": meta("rl-token") } });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.text ?? body.error);
  } catch (error) {
    const line = document.getElementById("reason");
    setText(line, `${action} did not work: ${error.message}`);
    line.hidden = false;
  }
  button.disabled = false;
};

document.onvisibilitychange = paintSoon;
setInterval(showLink, 1000);
connect();
