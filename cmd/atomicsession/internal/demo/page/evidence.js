// The evidence under each race: the code of a lane, and what its store was asked.

import { about } from "./about.js";
import { element, setText } from "./dom.js";

const latest = new Map(); // by loss: the results of the last run

// showCode fills the disclosures of the page, which have data-evidence.
export function showCode({ lanes }) {
  for (const details of document.querySelectorAll("[data-evidence]")) {
    if (details.querySelector("select")) continue;
    const loss = details.dataset.evidence;
    const select = element("select", { id: `evidence-${loss}` }, ...lanes.map(({ id, name }) => element("option", { value: id, textContent: name })));
    const code = element("pre", { tabIndex: 0 });
    code.setAttribute("role", "group");
    code.setAttribute("aria-label", "The code of this lane");
    select.addEventListener("change", () => draw(loss));
    details.append(
      element("p", { className: "field" }, element("label", { htmlFor: select.id, textContent: "Library" }), select), code,
      element("p", { className: "label", textContent: "What its store was asked" }), element("ul", { className: "asked" }));
    draw(loss);
  }
}

export function showEvidence(loss, results) {
  latest.set(loss, results);
  draw(loss);
}

async function draw(loss) {
  const details = document.querySelector(`[data-evidence="${loss}"]`);
  const select = details.querySelector("select");
  if (!select) return;
  const lane = (await about()).lanes.find(({ id }) => id === select.value);
  setText(details.querySelector("pre"), `${lane.code[loss]}\n\n// Set up once\n${lane.setup}`);
  const result = latest.get(loss)?.find((r) => r.lane === lane.id);
  const lines = result ? describe(result.asked) : ["Press the button: the answers bring it along."];
  details.querySelector(".asked").replaceChildren(...lines.map((line) => element("li", { textContent: line })));
}

const names = { POST: "The session begins", PUT: "A request", DELETE: "Sign-out", GET: "What is left" };
const milliseconds = (ms) => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;

// describe tells the calls of each kind of request: those of the first in full, and the mean time if there were more.
function describe(asked) {
  return [...Map.groupBy(asked, ({ method }) => method)].map(([method, requests]) => {
    const count = requests.length > 1 ? `${requests.length} requests, the first of them` : names[method];
    const calls = requests[0].calls.map(({ name, ms, text }) => (Number.isNaN(ms) ? text || name : `${name} ${milliseconds(ms)}`));
    const all = requests.flatMap((r) => r.calls.map((call) => call.ms)).filter((ms) => !Number.isNaN(ms));
    const mean = requests.length > 1 && all.length ? `; ${milliseconds(all.reduce((a, b) => a + b) / requests.length)} per request on average` : "";
    return `${count}: ${calls.join(", then ") || "nothing"}${mean}`;
  });
}
