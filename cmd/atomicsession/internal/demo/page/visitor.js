// The cards of the visitor's own session: sign in, counter, cart, flash message, order.

import { actOnce, onClick, onEveryClick } from "./act.js";
import { $, date, element, setText } from "./dom.js";
import { onSession, visitor } from "./session.js";
import { change, forgetToken, update } from "./token.js";

const products = [
  { id: "coffee", name: "Coffee beans", cents: 1450 },
  { id: "tea", name: "Green tea", cents: 890 },
  { id: "mug", name: "Stoneware mug", cents: 2200 },
];
const money = (cents) => `€ ${(cents / 100).toFixed(2)}`;

// What the page has seen of its own requests. It is shown for as long as the session is as it was in the answer after that.
let taken = null; // { text, seen }
let refused = null; // { text, user, seen }

// still returns what was seen if the session is in the same state, else null.
function still(what, state) {
  if (what) what.seen ??= state;
  return what?.seen === state ? what : null;
}

function draw({ id, user, data }, devices) {
  $("login").hidden = Boolean(user);
  $("signed-in").hidden = !user;
  setText($("user-name"), user);
  setText($("visits"), data.visits ?? 0);
  setText($("last-visit"), data.seen ? `Last one: ${date(data.seen)}` : "No visit yet");
  drawCart(data.cart ?? {});
  taken = still(taken, `${id} ${data.flash}`);
  setText($("flash-result"), data.flash !== undefined ? `A message is waiting: “${data.flash}”` : taken?.text ?? "No message is waiting.");
  const orders = data.orders ?? 0;
  const signedIn = devices.find(({ current }) => current)?.authenticated;
  refused = refused?.user === user ? still(refused, `${id} ${orders} ${signedIn}`) : null;
  setText($("order-result"), refused?.text ?? (orders ? `Order ${orders} went through.` : "No order yet."));
}

// The cart's rows are made once, so that the focus stays where it is while they change.
const rows = products.map((product) => {
  const path = `cart.${product.id}.qty`;
  const step = (n, conditions) => () => update("cart", [{ op: "inc", path, value: n }], conditions);
  const count = element("output", { textContent: "0" });
  count.setAttribute("aria-label", `${product.name} in the cart`);
  const less = element("button", { type: "button", textContent: "−", ariaLabel: `One ${product.name} less` });
  const more = element("button", { type: "button", textContent: "+", ariaLabel: `One ${product.name} more` });
  onEveryClick("cart", less, async () => Number(count.textContent) > 0 && step(-1, [{ path, gt: 0 }])());
  onEveryClick("cart", more, step(1));
  $("cart").append(element("li", {},
    element("p", {}, product.name, " ", element("span", { className: "quiet", textContent: money(product.cents) })),
    element("div", { className: "stepper" }, less, count, more)));
  return { product, count };
});

function drawCart(cart) {
  let total = 0;
  for (const { product, count } of rows) {
    const quantity = cart[product.id]?.qty ?? 0;
    setText(count, quantity);
    total += quantity * product.cents;
  }
  setText($("total"), money(total));
}

// signIn goes on to where the visitor came from, if the page was shown for a sign-in.
async function signIn(user) {
  const { return: back } = await change("user", "POST", `/api/login${location.search}`, { user });
  forgetToken(); // the secret is new
  refused = null;
  if (back) location.assign(back);
}

function drawUserError(text) {
  setText($("user-error"), text);
  $("user-error").hidden = !text;
  $("user").toggleAttribute("aria-invalid", Boolean(text));
  if (text) $("user").setAttribute("aria-invalid", "true");
}

function submit(event) {
  event.preventDefault();
  const user = $("user").value.trim();
  const visible = /[\p{L}\p{N}\p{P}\p{S}]/u.test(user);
  drawUserError(visible ? "" : "Write a name: letters or digits, not only blanks.");
  if (!visible) return $("user").focus();
  actOnce("user", event.submitter ?? $("user"), () => signIn(user), $("logout"));
}

async function placeOrder() {
  try {
    await change("order", "POST", "/api/order");
    refused = null;
  } catch (error) {
    if (error.code !== "reauthenticate") throw error;
    const { user } = visitor.shown;
    const why = user ? "the sign-in is too long ago. Sign in again" : "nobody is signed in. Sign in";
    refused = { text: `Refused: ${why}, and order then.`, user };
  }
}

async function takeFlash() {
  const answers = await Promise.all(Array.from({ length: 5 }, () => change("flash", "POST", "/api/session/take", { path: "flash" })));
  const winners = answers.filter((answer) => answer.found);
  taken = {
    text: winners.length ? `“${winners[0].value}” went to ${winners.length} of ${answers.length} requests.`
      : `None of ${answers.length} requests found a message.`,
  };
}

export function setUpVisitor() {
  onSession(draw);
  $("login").addEventListener("submit", submit);
  $("user").addEventListener("input", () => drawUserError(""));
  onClick("user", $("logout"), async () => {
    visitor.leaving = true;
    try {
      await change("user", "DELETE", "/api/session");
    } catch (error) {
      visitor.leaving = false;
      throw error;
    }
  }, $("user-title"));
  onClick("user", $("again"), () => signIn(visitor.shown.user));
  onEveryClick("visits", $("visit"), () => update("visits", [{ op: "inc", path: "visits", value: 1 }, { op: "currentDate", path: "seen" }]));
  onClick("cart", $("empty"), () => update("cart", [{ op: "unset", path: "cart" }]));
  onClick("flash", $("flash-leave"), () => update("flash", [{ op: "set", path: "flash", value: `Saved on ${date(new Date())}` }]));
  onClick("flash", $("flash-take"), takeFlash);
  onClick("order", $("order"), placeOrder);
}
