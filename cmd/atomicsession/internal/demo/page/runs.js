// Runs: one press of a button, one way to lose an update, sessions of its own in every lane.

import { needCookies, send } from "./http.js";

// withRun begins a run, hands its path to f, and ends it.
export async function withRun(loss, work, f) {
  needCookies();
  const { answer } = await send("POST", "/api/races", { body: { loss, work }, concern: loss });
  const path = `/api/races/${answer.run}`;
  try {
    return await f(path);
  } finally {
    send("DELETE", path, { concern: `${loss} end` }).catch(() => {}); // the server forgets it anyway
  }
}

// runLane begins a lane's session and lets f race in it. It returns what f returns; if something failed, {error} instead, for the other
// lanes go on.
export async function runLane(path, lane, loss, f) {
  const asked = [];
  const ask = async (method, query = "") => {
    const reply = await send(method, `${path}/${lane}${query}`, { concern: loss });
    asked.push({ method, calls: reply.asked });
    return reply.answer;
  };
  try {
    await ask("POST");
    return { lane, asked, ...(await f(ask)) };
  } catch (error) {
    return { lane, asked, error: error.message };
  }
}
