// The picture of a race: a strip for each lane, a block for each request.

import { tally } from "./count.js";
import { $, element, setText } from "./dom.js";

const roomy = 12; // with more rows there is no room for numbers

const laneElement = (id) => document.querySelector(`[data-lane="${id}"]`);

// origin is when a lane began: the lanes run one after the other, and are drawn as if they began together.
const origin = (lane) => Math.min(...lane.blocks.map((block) => block.from));

// span is how long the longest lane took.
export function span(lanes) {
  const ends = lanes.filter((lane) => lane.blocks.length).map((lane) => Math.max(...lane.blocks.map((block) => block.to)) - origin(lane));
  return Math.max(1, ...ends);
}

// drawPicture draws the lanes of a run, finished or not.
export function drawPicture(lanes) {
  const whole = span(lanes);
  for (const lane of lanes) drawLane(lane, whole);
  setText($("axis-end"), `${Math.round(whole)} ms`);
}

function drawLane(lane, whole) {
  const el = laneElement(lane.id);
  setText(el.querySelector(".name"), lane.name);
  setText(el.querySelector(".version"), lane.version === "(devel)" ? "from source" : lane.version ?? "");
  const figure = el.querySelector(".figure");
  figure.className = `figure ${tone(lane)}`;
  setText(figure, figureText(lane));
  const strip = el.querySelector(".strip");
  strip.setAttribute("aria-label", `${lane.name}: ${figureText(lane)}`);
  if (lane.rows) strip.style.setProperty("--rows", lane.rows);
  strip.classList.toggle("thin", lane.rows > roomy);
  const start = origin(lane);
  strip.style.setProperty("--fit", narrow(lane.blocks, whole));
  strip.replaceChildren(...lane.blocks.map((block) => drawBlock(block, start, whole)), ...groups(lane, start, whole));
}

// narrow is the width in percent that nine of ten blocks have at least: the numbers fit into that.
function narrow(blocks, whole) {
  const widths = blocks.map(({ from, to }) => (100 * (to - from)) / whole).sort((a, b) => a - b);
  return widths[Math.floor(widths.length / 10)] ?? 0;
}

function tone(lane) {
  if (lane.error) return "bad";
  if (lane.left === undefined) return "";
  return tally(lane).lost ? "bad" : "good";
}

export function figureText(lane) {
  if (lane.error) return lane.error;
  if (lane.left === undefined) return lane.begun ? `${lane.blocks.length} of ${lane.requests} answered` : "not yet";
  const { acknowledged, kept, lost } = tally(lane);
  const { unknown = 0, refused = 0 } = lane;
  const others = Object.entries({ lost, unknown, refused, "not sent": lane.requests - acknowledged - unknown - refused });
  return [`${kept} of ${acknowledged} kept`, ...others.filter(([, n]) => n).map(([what, n]) => `${n} ${what}`)].join(", ");
}

function drawBlock(block, start, whole) {
  const state = block.kept === undefined ? "told" : block.kept ? "kept" : "gone";
  const el = element("span", { className: `block ${state}`, textContent: block.n });
  el.style.setProperty("--left", (100 * (block.from - start)) / whole);
  el.style.setProperty("--width", (100 * (block.to - block.from)) / whole);
  el.style.setProperty("--row", block.row);
  return el;
}

// groups are words across the thin blocks that were told the same number, in place of the numbers.
function groups(lane, start, whole) {
  if (!(lane.rows > roomy)) return [];
  const byNumber = Map.groupBy(lane.blocks, (block) => block.n);
  return [...byNumber].filter(([, blocks]) => blocks.length > 4).map(([n, blocks]) => {
    const middle = (Math.min(...blocks.map((b) => b.from)) + Math.max(...blocks.map((b) => b.to))) / 2;
    const el = element("span", { className: "group", textContent: `${blocks.length} were told “${n}”` });
    el.style.setProperty("--left", (100 * (middle - start)) / whole);
    return el;
  });
}

// paint shows the lanes as they were so many milliseconds after their beginning: what is under way has no number yet, and what
// another request overwrites becomes dashed at that moment.
export function paint(lanes, at) {
  for (const lane of lanes) {
    const strip = laneElement(lane.id).querySelector(".strip");
    const now = origin(lane) + at;
    for (const [i, block] of lane.blocks.entries()) {
      const el = strip.children[i];
      const known = block.gone === undefined ? "told" : now < block.gone ? "kept" : "gone";
      const state = now < block.from ? "future" : now < block.to ? "open" : known;
      el.className = `block ${state}`;
      el.style.setProperty("--done", state === "open" ? (now - block.from) / (block.to - block.from) : 1);
    }
  }
}
