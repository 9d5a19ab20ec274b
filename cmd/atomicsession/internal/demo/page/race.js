// The race for one counter: the picture at the top of the page.

import { about } from "./about.js";
import { onClick } from "./act.js";
import { judge, pack, tally, toldText } from "./count.js";
import { $, element, setText } from "./dom.js";
import { drawPicture, figureText } from "./picture.js";
import { setUpReplay, stopReplay } from "./replay.js";
import { runLane, withRun } from "./runs.js";
import { showEvidence } from "./evidence.js";

const requests = 50;

let shown = []; // the lanes of the picture
let facts = {}; // of the run: clients, work, protocol, store
let racing = false;

const chosen = (name) => Number(document.querySelector(`input[name="${name}"]:checked`).value);

async function race() {
  racing = true;
  stopReplay();
  $("replay").hidden = true; // before the end nobody knows what is lost
  setText($("race-verdict"), "Sending …");
  const [clients, work] = [chosen("clients"), chosen("work")];
  const results = [];
  try {
    const { lanes, store, protocol } = await about();
    facts = { clients, work, store, protocol };
    shown = lanes.map(({ id, name, version }) => ({ id, name, version, blocks: [], requests }));
    setText($("recorded"), "");
    setText($("race-note"), "");
    $("facts").replaceChildren();
    drawPicture(shown);
    await withRun("counter", work, async (path) => {
      for (const lane of shown) results.push(await raceLane(path, lane, clients));
    });
  } catch (error) {
    setText($("race-verdict"), `The race could not run. ${error.message}`);
    offerReplay();
    throw error;
  } finally {
    racing = false;
  }
  $("race").dataset.ran = Number($("race").dataset.ran ?? 0) + 1;
  setText($("race-run"), "Send 50 again");
  showEvidence("counter", results);
  finish(shown, facts);
}

// raceLane sends the lane's requests, so many at a time as there are clients, and asks what is left.
async function raceLane(path, lane, clients) {
  lane.begun = true;
  lane.unknown = lane.refused = 0;
  const result = await runLane(path, lane.id, "counter", async (ask) => {
    let sent = 0;
    const client = async () => {
      while (sent < requests) {
        sent++;
        try {
          const { n, from, to } = await ask("PUT");
          lane.blocks.push({ n, from, to });
          draw();
        } catch (error) {
          lane.failure = error.message;
          if (isRefusal(error)) {
            lane.refused++;
            lane.refusal = error.message;
          } else lane.unknown++;
          if (error.code === "timeout") return; // one wait is enough
        }
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    if (lane.failure && !lane.blocks.length) throw new Error(lane.failure);
    return ask("GET");
  });
  if (result.error) lane.error = result.error;
  else lane.left = result.n;
  if (lane.left !== undefined) judge(lane.blocks, lane.left);
  draw();
  return result;
}

// isRefusal tells whether a request that failed has surely done nothing.
const isRefusal = ({ status, code }) => (status >= 400 && status < 500) || code === "store";

let drawing = 0;

function draw() {
  if (drawing) return;
  drawing = setTimeout(() => {
    drawing = 0;
    for (const lane of shown) lane.rows = pack(lane.blocks);
    drawPicture(shown);
  }, 400); // drawing takes time from the requests
}

// finish says in words what the picture shows.
function finish(lanes, run) {
  clearTimeout(drawing);
  drawing = 0;
  for (const lane of lanes) lane.rows = pack(lane.blocks);
  drawPicture(lanes);
  const verdict = $("race-verdict");
  setText(verdict, verdictText(lanes));
  setText($("race-note"), noteText(lanes, run));
  $("facts").replaceChildren(...lanes.map((lane) => element("li", {}, element("b", {}, lane.name), ` ${factText(lane)}`)));
  offerReplay();
}

function offerReplay() {
  $("replay").hidden = !shown.some((lane) => lane.rows);
}

function noteText(lanes, { clients, work, protocol, store, recorded }) {
  const most = Math.max(0, ...lanes.map((lane) => lane.rows ?? 0));
  const were = most === 1 ? "request was" : "requests were";
  const notes = [`At most ${most} ${were} in flight at once. The handler worked ${work} ms for each.`];
  if (recorded) notes.push(`Recorded on ${recorded} over ${store}.`);
  if (protocol === "HTTP/1.1" && clients > 6) {
    notes.push("Over HTTP/1.1 a browser opens six connections to a server.", "Start the demo with --https to have HTTP/2 and all 50 in flight.");
  }
  if (lanes.some((lane) => lane.id === "bridge" && lane.left !== undefined && tally(lane).lost)) {
    notes.push("The bridge runs the code of scs with two lines changed.",
      "Then requests that change different keys no longer overwrite each other: see the cart below.",
      "This counter is one key that the code reads and writes back, and there the last request still wins.");
  }
  return notes.join(" ");
}

function verdictText(lanes) {
  const finished = lanes.filter((lane) => lane.left !== undefined);
  const losers = finished.filter((lane) => tally(lane).lost);
  const failed = (lane) => lane.unknown || lane.refused;
  const keepers = finished.filter((lane) => !tally(lane).lost && !failed(lane));
  const list = (items) => new Intl.ListFormat("en", { type: "unit" }).format(items);
  const parts = [];
  if (keepers.length) parts.push(`${list(keepers.map((lane) => lane.name))} kept all.`);
  if (losers.length) parts.push(`Overwritten and lost: ${list(losers.map((lane) => `${lane.name} ${tally(lane).lost}`))}.`);
  if (finished.length === lanes.length && !losers.length) parts.push("Did any two requests overlap? Send more at once.");
  for (const lane of finished.filter(failed)) parts.push(`${lane.name}: ${figureText(lane)}.`);
  for (const lane of lanes.filter((l) => l.error)) parts.push(`${lane.name}: ${lane.error.replace(/\.?$/, ".")}`);
  return parts.join(" ");
}

function factText(lane) {
  if (lane.left === undefined) return figureText(lane);
  const { acknowledged, kept, lost, surplus } = tally(lane);
  const parts = [`${acknowledged} acknowledged, ${kept} kept, ${lost} lost.`];
  if (lane.unknown) parts.push(`${lane.unknown} had no answer, so nobody knows about them${surplus ? `; ${surplus} of them counted` : ""}.`);
  if (lane.refused) parts.push(`${lane.refused} were refused: ${lane.refusal}`);
  const unsent = lane.requests - acknowledged - lane.unknown - lane.refused;
  if (unsent) parts.push(`${unsent} were not sent.`);
  return `${parts.join(" ")} ${toldText(lane.blocks)}`;
}

async function showRecorded() {
  const run = await (await fetch("recorded.json")).json();
  if (racing || $("race").dataset.ran) return;
  shown = run.lanes.map((lane) => ({ ...lane, requests: run.requests, rows: pack(lane.blocks) }));
  for (const lane of shown) judge(lane.blocks, lane.left);
  setText($("recorded"), "A recorded run");
  finish(shown, run);
}

// lastRun is the race that the picture shows, as recorded.json keeps one.
export function lastRun() {
  const round = (ms) => Math.round(ms * 100) / 100;
  const lanes = shown.map(({ id, name, version, left, blocks }) => {
    const start = Math.min(...blocks.map((block) => block.from));
    const written = blocks.toSorted((a, b) => a.from - b.from)
      .map(({ row, from, to, n, kept }) => ({ row, from: round(from - start), to: round(to - start), n, kept }));
    return { id, name, version, acknowledged: blocks.length, left, blocks: written };
  });
  return { ...facts, requests, lanes };
}

export function setUpRace() {
  onClick("counter", $("race-run"), race);
  setUpReplay(() => shown);
  showRecorded().catch(() => {}); // the page works without
}
