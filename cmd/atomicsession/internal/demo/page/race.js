// The two races.

import { change, get } from "./api.js";

const requests = 50;
const $ = (id) => document.getElementById(id);
const lane = (name) => document.querySelector(`[data-lane="${name}"]`);

function draw(name, answered, kept) {
  const el = lane(name);
  const width = (n) => `${(100 * n) / requests}%`;
  el.classList.toggle("short", kept !== null && kept < requests);
  el.querySelector(".kept").textContent = kept ?? "–";
  el.querySelector(".of").textContent = kept === null && answered ? `${answered} of ${requests} answered`
    : `of ${requests} kept` + (kept < requests && kept !== null ? `, ${requests - kept} lost` : "");
  el.querySelector(".answered").style.width = width(answered);
  el.querySelector(".fill").style.width = width(kept ?? 0);
}

// runCounters has every lane count to fifty with requests that overlap as much as the browser lets them.
export async function runCounters() {
  const verdict = $("race-verdict");
  verdict.textContent = "Running.";
  const names = ["atomic", "loadsave"];
  for (const name of names) draw(name, 0, null);
  try {
    await change("POST", "/api/race");
    for (const name of names) {
      let answered = 0;
      await Promise.all(Array.from({ length: requests }, async () => {
        await change("POST", `/api/race/${name}`);
        draw(name, ++answered, null);
      }));
      draw(name, answered, (await get("/api/race"))[name]);
    }
    const kept = await get("/api/race");
    for (const name of names) draw(name, requests, kept[name]);
    const lost = requests - kept.loadsave;
    verdict.textContent = `atomicsession kept ${kept.atomic} of ${requests} updates. Load, modify, save kept ${kept.loadsave}: ` +
      `${lost} of ${requests} were answered with success, and are gone.`;
  } catch (error) {
    verdict.textContent = "The race was broken off.";
    throw error;
  }
  $("race-run").textContent = "Run it again";
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// runLogouts signs out, in either lane, while a slow request is under way, and looks who is signed in once it is done.
export async function runLogouts() {
  for (const name of ["atomic", "loadsave"]) {
    const out = $(`logout-${name}`);
    const path = `/api/logout-race/${name}`;
    out.className = "";
    out.textContent = "Running";
    try {
      await change("POST", path);
      await Promise.all([slowChange(path), wait(200).then(() => change("DELETE", path))]);
      const back = (await get(path)).signed_in;
      out.textContent = back ? "Signed in again" : "Stays signed out";
      out.className = back ? "bad" : "good";
    } catch (error) {
      out.textContent = "Broken off";
      throw error;
    }
  }
}

async function slowChange(path) {
  try {
    await change("PUT", path);
  } catch (error) {
    if (error.code !== "not_found") throw error; // that the session has ended is the right answer
  }
}
