// The visitor's session: asked after every action and every two seconds, and drawn from one answer of the server.

import { $, date, element, notify, setText, wait } from "./dom.js";
import { send } from "./http.js";
import { forgetToken } from "./token.js";

// shown is what the page shows now. leaving is set by the one action after which the session is meant to be gone.
export const visitor = { shown: { exists: false, id: "", user: "", data: {}, exact: {} }, leaving: false };

const drawers = [];
let latest = 0; // the number of the latest question to the server; older answers are not drawn
let asking = false;

// onSession calls f with each new answer, and the devices of its user.
export function onSession(f) {
  drawers.push(f);
}

const ended = (state) => visitor.shown.exists && state.id !== visitor.shown.id;

// ask returns the session, and in exact its data with each number as the server wrote it: for JavaScript 1.0 is 1.
async function ask(concern) {
  const { answer, text } = await send("GET", "/api/session", { concern, quiet: true });
  return { ...answer, exact: JSON.parse(text, asWritten).data };
}

// asWritten keeps a number's text, in browsers that tell it.
function asWritten(name, value, context) {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || source === String(value)) return value;
  return JSON.rawJSON(source);
}

export async function refresh() {
  const question = ++latest;
  const leaving = visitor.leaving;
  try {
    let state = await ask(`session ${question}`);
    if (ended(state) && !leaving) { // or another tab has just signed in, and the question brought the old secret
      await wait(300);
      state = await ask(`session ${question}`);
    }
    const devices = state.user ? (await send("GET", "/api/devices", { concern: `session ${question}`, quiet: true })).answer.devices : [];
    if (question === latest) draw(state, devices, leaving);
  } catch (error) {
    if (question === latest) drawTrouble(error);
    throw error;
  }
}

function draw(state, devices, leaving) {
  if (ended(state)) {
    forgetToken();
    if (!leaving) notify("This session has ended: it was signed out elsewhere, or has expired.");
  }
  if (leaving && (ended(state) || !state.exists)) visitor.leaving = false;
  $("status").classList.remove("bad");
  setText($("status"), state.user ? `Signed in as ${state.user}` : state.exists ? "You have an anonymous session" : "You have no session yet");
  drawLive(state);
  for (const f of drawers) f(state, devices);
  visitor.shown = state;
}

function drawTrouble(error) {
  $("status").classList.add("bad");
  setText($("status"), error.message);
}

function drawLive(state) {
  $("live").hidden = !state.exists;
  $("live-none").hidden = state.exists;
  const fields = Object.keys(state.data ?? {}).length;
  setText($("live-brief"), state.exists ? `${fields} ${fields === 1 ? "field" : "fields"}` : "none");
  if (!state.exists) return;
  setText($("fact-id"), state.id);
  setText($("fact-user"), state.user || "nobody");
  setText($("fact-expires"), date(state.expires_at));
  drawDocument(state.exact);
}

// format prints JSON as one does by hand: what is short stays on its line.
function format(value, indent = "") {
  const short = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, " ");
  if (short.length <= 30 || value === null || typeof value !== "object") return short;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((v) => inner + format(v, inner))
    : Object.entries(value).map(([k, v]) => `${inner}${JSON.stringify(k)}: ${format(v, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${parts.join(",\n")}\n${indent}${close}`;
}

// drawDocument marks the top-level fields that differ from what was drawn before.
function drawDocument(data) {
  const { exists, exact } = visitor.shown;
  const names = Object.keys(data);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  if (same(data, exact) && $("document").childNodes.length) return;
  const lines = names.map((name, i) => {
    const changed = exists && !same(data[name], exact[name]);
    const comma = i < names.length - 1 ? "," : "";
    return element("span", { className: changed ? "changed" : "" }, `${JSON.stringify(name)}: ${format(data[name], "  ")}${comma}`);
  });
  $("document").replaceChildren("{", ...lines.flatMap((line) => ["\n  ", line]), names.length ? "\n}" : "}");
}

async function poll() {
  if (asking || document.hidden) return;
  asking = true;
  await refresh().catch(() => {}); // drawn
  asking = false;
}

// follow keeps the page up to date, also after the network was gone.
export function follow() {
  setInterval(poll, 2000);
  document.addEventListener("visibilitychange", poll);
  addEventListener("online", poll);
  addEventListener("offline", poll);
  poll();
}
