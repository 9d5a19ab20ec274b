// The page: what the session holds is drawn from one answer of the server, after every action and every two seconds.

import { change, forgetToken, get, getSession, onRequest, update } from "./api.js";
import { runCounters, runLogouts, wait } from "./race.js";

const $ = (id) => document.getElementById(id);
const products = [
  { id: "coffee", name: "Coffee beans", cents: 1450 },
  { id: "tea", name: "Green tea", cents: 890 },
  { id: "mug", name: "Stoneware mug", cents: 2200 },
];
const money = (cents) => `€ ${(cents / 100).toFixed(2)}`;
const time = (value) => new Date(value?.$date ?? value);

let shown = { exists: false, id: "", user: "", data: {}, exact: {} };
let latest = 0; // the number of the latest question to the server; older answers are not drawn
let queue = Promise.resolve(); // the actions under way
let waiting = 0; // how many they are
let leaving = false; // one of them signs out

function element(tag, properties, ...children) {
  const el = Object.assign(document.createElement(tag), properties);
  el.append(...children);
  return el;
}

const ended = (state) => shown.exists && state.id !== shown.id;

// refresh asks for the session, and for the user's devices, and draws them.
async function refresh(polling = false) {
  const question = ++latest;
  let state = await getSession();
  if (ended(state) && !leaving) { // or another tab has just signed in, and the question brought the old secret
    await wait(300);
    state = await getSession();
  }
  const devices = state.user ? (await get("/api/devices").catch(() => ({ devices: [] }))).devices : [];
  if (question !== latest || (polling && waiting)) return;
  if (ended(state)) {
    forgetToken();
    if (!leaving) notify("This session has ended: it was signed out elsewhere, or has expired.");
  }
  drawSession(state);
  drawCart(state.data.cart ?? {});
  drawDevices(devices, state.user);
  shown = state;
}

function drawSession(state) {
  const { data, user } = state;
  $("status").textContent = user ? `Signed in as ${user}` : state.exists ? "Anonymous session" : "No session yet";
  $("login").hidden = Boolean(user);
  $("signed-in").hidden = !user;
  $("user-name").textContent = user;
  $("visits").textContent = data.visits ?? 0;
  $("last-visit").textContent = data.seen ? `Last one at ${time(data.seen).toLocaleTimeString()}` : "No visit yet";
  if (data.flash !== undefined) $("flash-result").textContent = "A message is waiting.";
  $("live").hidden = !state.exists;
  $("live-none").hidden = state.exists;
  if (!state.exists) return;
  $("fact-id").textContent = state.id;
  $("fact-user").textContent = user || "nobody";
  $("fact-expires").textContent = time(state.expires_at).toLocaleString();
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
  const names = Object.keys(data);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  if (same(data, shown.exact) && $("document").childNodes.length) return;
  const lines = names.map((name, i) => {
    const changed = shown.exists && !same(data[name], shown.exact[name]);
    const comma = i < names.length - 1 ? "," : "";
    return element("span", { className: changed ? "changed" : "" }, `${JSON.stringify(name)}: ${format(data[name], "  ")}${comma}`);
  });
  $("document").replaceChildren("{", ...lines.flatMap((line) => ["\n  ", line]), names.length ? "\n}" : "}");
}

// The cart's rows are made once, so that the focus stays where it is while they change.
const rows = products.map((product) => {
  const path = `cart.${product.id}.qty`;
  const step = (n, conditions) => () => update([{ op: "inc", path, value: n }], conditions);
  const count = element("output", { textContent: "0" });
  count.setAttribute("aria-label", `${product.name} in the cart`);
  const less = element("button", { type: "button", textContent: "−", ariaLabel: `One ${product.name} less` });
  const more = element("button", { type: "button", textContent: "+", ariaLabel: `One ${product.name} more` });
  onEveryClick(less, () => Number(count.textContent) > 0 && step(-1, [{ path, gt: 0 }])());
  onEveryClick(more, step(1));
  $("cart").append(element("li", {},
    element("p", {}, product.name, " ", element("span", { className: "quiet", textContent: money(product.cents) })),
    element("div", { className: "stepper" }, less, count, more)));
  return { product, count };
});

function drawCart(cart) {
  let total = 0;
  for (const { product, count } of rows) {
    const quantity = cart[product.id]?.qty ?? 0;
    count.textContent = quantity;
    total += quantity * product.cents;
  }
  $("total").textContent = money(total);
}

function drawDevices(devices, user) {
  $("revoke-others").hidden = devices.length < 2;
  const focused = document.activeElement?.dataset?.device;
  $("devices").replaceChildren(...devices.map((device) => {
    const id = device.id.slice(0, 8);
    const name = device.label || "unnamed";
    const about = element("p", {}, name, " ",
      element("span", { className: "quiet", textContent: `${id}, begun ${time(device.created).toLocaleTimeString()}, last used ${time(device.last_used).toLocaleTimeString()}` }));
    if (device.current) return element("li", {}, about, element("span", { className: "tag", textContent: "This device" }));
    const revoke = element("button", { type: "button", className: "small", textContent: "Sign out", ariaLabel: `Sign out ${name} ${id}` });
    revoke.dataset.device = device.id;
    onClick(revoke, () => change("DELETE", `/api/devices/${device.id}`), $("devices-title"));
    return element("li", {}, about, revoke);
  }));
  if (focused) $("devices").querySelector(`[data-device="${focused}"]`)?.focus();
  if (!devices.length) $("devices").append(element("li", { className: "quiet", textContent: user ? "None." : "Sign in to see them." }));
}

let hideNotice;
function notify(text) {
  $("notice").textContent = text;
  $("notice").hidden = false;
  clearTimeout(hideNotice);
  hideNotice = setTimeout(() => { $("notice").hidden = true; }, 6000);
}

// act runs an action when those before it are done, shows what went wrong, and draws what has become of the session. If
// the control that has the focus is gone then, next gets it.
function act(control, action, next) {
  waiting++;
  control.setAttribute("aria-busy", "true");
  queue = queue.then(async () => {
    try {
      await action();
      await refresh();
    } catch (error) {
      notify(error.message);
      await refresh().catch(() => {});
    }
    leaving = false;
    control.removeAttribute("aria-disabled");
    const focused = document.activeElement;
    if (focused === document.body || !focused?.getClientRects().length) next?.focus();
    if (--waiting) return;
    for (const el of document.querySelectorAll("[aria-busy]")) el.removeAttribute("aria-busy");
  });
}

// actOnce is act for what makes no sense twice: the control rests until its action is done.
function actOnce(control, action, next) {
  if (control.hasAttribute("aria-disabled")) return;
  control.setAttribute("aria-disabled", "true"); // unlike "disabled" this keeps the focus
  act(control, action, next);
}

function onClick(control, action, next) {
  control.addEventListener("click", () => actOnce(control, action, next));
}

// onEveryClick loses no click, however quick.
function onEveryClick(control, action) {
  control.addEventListener("click", () => act(control, action));
}

// signIn goes on to where the visitor came from, if the page was shown for a sign-in.
async function signIn(user) {
  const { return: back } = await change("POST", `/api/login${location.search}`, { user });
  forgetToken(); // the secret is new
  if (back) location.assign(back);
}

async function placeOrder() {
  try {
    const { data } = await change("POST", "/api/order");
    $("order-result").textContent = `Order ${data.orders} went through.`;
  } catch (error) {
    if (error.code !== "reauthenticate") throw error;
    $("order-result").textContent = `Refused: ${shown.user ? "the sign-in is too long ago. Sign in again" : "nobody is signed in. Sign in"}, and order then.`;
  }
}

async function takeFlash() {
  const answers = await Promise.all(Array.from({ length: 5 }, () => change("POST", "/api/session/take", { path: "flash" })));
  const winners = answers.filter((answer) => answer.found);
  $("flash-result").textContent = winners.length
    ? `“${winners[0].value}” went to ${winners.length} of ${answers.length} requests.`
    : `None of ${answers.length} requests found a message.`;
}

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  actOnce(event.submitter ?? $("user"), () => signIn($("user").value), $("logout"));
});
onClick($("logout"), async () => {
  leaving = true;
  await change("DELETE", "/api/session");
}, $("user-title"));
onEveryClick($("visit"), () => update([{ op: "inc", path: "visits", value: 1 }, { op: "currentDate", path: "seen" }]));
onClick($("empty"), () => update([{ op: "unset", path: "cart" }]));
onClick($("flash-leave"), () => update([{ op: "set", path: "flash", value: `Saved at ${new Date().toLocaleTimeString()}` }]));
onClick($("flash-take"), takeFlash);
onClick($("revoke-others"), () => change("DELETE", "/api/devices"), $("devices-title"));
onClick($("again"), () => signIn(shown.user));
onClick($("order"), placeOrder);
onClick($("race-run"), runCounters);
onClick($("logout-run"), runLogouts);

if (new URLSearchParams(location.search).has("return")) notify("That page needs a recent sign-in: sign in, or sign in again, and you get there.");
$("origin").textContent = location.origin;
onRequest((text) => { $("request").textContent = text; });

function poll() {
  if (!waiting && !document.hidden) refresh(true).catch(() => { $("status").textContent = "The server does not answer"; });
}
setInterval(poll, 2000);
document.addEventListener("visibilitychange", poll);
poll();
