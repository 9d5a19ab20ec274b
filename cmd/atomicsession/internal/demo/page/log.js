// The log of the last requests. It stands still while one of them is open, is being pressed, or has the focus of a keyboard.

import { $, element, keyed, setText } from "./dom.js";
import { onRequest } from "./http.js";

const length = 12;
const requests = [];
let number = 0;
let drawing = 0;

let pressed = false;

const stands = () => pressed || $("log").querySelector("details[open], :focus-visible");

function create({ method, path, status, ms, text }) {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  const answer = element("pre", { textContent: text || "(empty)", tabIndex: 0 });
  answer.setAttribute("role", "group");
  answer.setAttribute("aria-label", "The whole answer");
  const details = element("details", {}, element("summary", {},
    element("span", { textContent: method }), " ",
    element("span", { className: "path", textContent: path }), " ",
    element("span", { className: `code ${status && status < 400 ? "good" : "bad"}`, textContent: status || "no answer" }), " ",
    element("span", { className: "ms", textContent: `${ms.toFixed(0)} ms` }), " ",
    element("span", { className: "short", textContent: short })), answer);
  details.addEventListener("toggle", draw);
  return element("li", {}, details);
}

function draw() {
  drawing = 0;
  $("log-none").hidden = requests.length > 0;
  if (!stands()) keyed($("log"), requests, (request) => String(request.number), create);
  const newest = Number($("log").firstElementChild?.dataset.key ?? 0);
  setText($("log-newer"), newest && newest < number ? `${number - newest} newer. Close the open answer and leave the list to see them.` : "");
}

function press(event) {
  pressed = event.type === "pointerdown";
  if (!pressed) setTimeout(draw); // after the click
}

export function setUpLog() {
  $("log").addEventListener("pointerdown", press);
  $("log").addEventListener("focusout", () => setTimeout(draw));
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, press);
  onRequest((request) => {
    requests.unshift({ ...request, number: ++number });
    requests.length = Math.min(requests.length, length);
    drawing ||= setTimeout(draw, 300);
  });
}
