// Losses that hurt: four more races, each with a verdict for every lane. The verdicts come from the answers alone.

import { about } from "./about.js";
import { onClick } from "./act.js";
import { $, element, keyed, setText, wait } from "./dom.js";
import { showEvidence } from "./evidence.js";
import { runLane, withRun } from "./runs.js";

const items = ["tea", "coffee", "mug"];
const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

// answers waits for requests that are all sent at once. If one fails there is no verdict.
async function answers(promises) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

// refusal is the answer of a request whose session has ended.
function refusal(error) {
  if (error.code !== "not_found") throw error;
  return { ok: false };
}

const losses = {
  cart: {
    work: 60,
    async race(ask) {
      await answers(items.map((item) => ask("PUT", `?item=${item}`)));
      return { there: (await ask("GET")).items };
    },
    good: ({ there }) => items.every((item) => there.includes(item)),
    draw({ there }) {
      const chips = items.map((item) => element("span", { className: `chip ${there.includes(item) ? "kept" : "gone"}`, textContent: item }));
      return [element("span", { className: "chips" }, ...chips), `${there.filter((item) => items.includes(item)).length} of ${items.length} in the cart`];
    },
  },
  code: {
    work: 60,
    async race(ask) {
      const replies = await answers(Array.from({ length: 5 }, () => ask("PUT")));
      return { used: replies.filter(({ ok }) => ok).length };
    },
    good: ({ used }) => used === 1,
    draw: ({ used }) => [dots(used, 5, 1), `accepted ${plural(used, "time", "times")}`],
  },
  tries: {
    work: 60,
    async race(ask) {
      const replies = await answers(Array.from({ length: 12 }, () => ask("PUT")));
      return { checked: replies.filter(({ ok }) => ok).length };
    },
    good: ({ checked }) => checked <= 3,
    draw: ({ checked }) => [dots(checked, 12, 3), `${plural(checked, "guess", "guesses")} checked`],
  },
  logout: {
    work: 600,
    async race(ask) {
      const begun = performance.now();
      const at = () => performance.now() - begun;
      let saved = 0;
      const slow = ask("PUT").catch(refusal).then(({ ok }) => {
        saved = at();
        return ok;
      });
      let out = 0;
      const signOut = wait(200).then(() => {
        out = at();
        return ask("DELETE");
      });
      const [stored] = await answers([slow, signOut]);
      return { out, saved, stored, back: (await ask("GET")).ok };
    },
    good: ({ back }) => !back,
    draw: (result) => [timeline(result), result.back ? "signed in again" : "stays signed out"],
  },
};

// dots are one for each request: what was let through, and of that what should not have been.
function dots(through, of, limit) {
  return element("span", { className: "dots", ariaHidden: "true" }, ...Array.from({ length: of }, (_, i) =>
    element("span", { className: i >= through ? "stopped" : i < limit ? "kept" : "over" })));
}

// timeline shows the slow request, the sign-out in the middle of it, and who is signed in after both.
function timeline({ out, saved, stored, back }) {
  const whole = saved * 1.3;
  const bar = (className, from, to, text) => {
    const el = element("span", { className, textContent: text });
    el.style.setProperty("--left", (100 * from) / whole);
    el.style.setProperty("--width", (100 * (to - from)) / whole);
    return el;
  };
  return element("span", { className: "timeline" },
    bar("slow", 0, saved, stored ? "slow request … saves" : "slow request … refused"),
    bar("state in", 0, out, "signed in"),
    bar("state out", out, saved, "signed out"),
    bar(`state ${back ? "again" : "out"}`, saved, whole, back ? "in!" : "out"));
}

function drawResult(loss, row, result) {
  const [figure, text] = result.error ? ["", result.error] : losses[loss].draw(result);
  const good = !result.error && losses[loss].good(result);
  row.className = result.error ? "failed" : good ? "good" : "bad";
  row.querySelector(".figure").replaceChildren(figure);
  row.querySelector(".says").replaceChildren(element("b", { textContent: result.error ? "" : good ? "✓ " : "✗ ", ariaHidden: "true" }), text);
}

async function run(loss) {
  const list = $(`${loss}-results`);
  const { lanes } = await about();
  rows(list, lanes);
  for (const row of list.children) {
    row.className = "";
    setText(row.querySelector(".says"), "…");
    row.querySelector(".figure").replaceChildren();
  }
  const results = [];
  try {
    await withRun(loss, losses[loss].work, async (path) => {
      for (const [i, { id }] of lanes.entries()) {
        const result = await runLane(path, id, loss, losses[loss].race);
        results.push(result);
        drawResult(loss, list.children[i], result);
      }
    });
  } catch (error) {
    for (const row of list.children) drawResult(loss, row, { error: "not run" });
    throw error;
  }
  showEvidence(loss, results);
}

function rows(list, lanes) {
  keyed(list, lanes, ({ id }) => id, ({ name }) => element("li", {}, element("span", { className: "lane-name", textContent: name }),
    element("span", { className: "figure" }), element("span", { className: "says" })));
}

export function showLosses({ lanes }) {
  for (const loss of Object.keys(losses)) rows($(`${loss}-results`), lanes);
}

for (const loss of Object.keys(losses)) onClick(loss, $(`${loss}-run`), () => run(loss));
