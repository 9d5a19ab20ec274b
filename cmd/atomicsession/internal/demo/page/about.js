// What runs here: GET /api/about, asked once.

import { send } from "./http.js";

let answer = null;

export function about() {
  answer ??= send("GET", "/api/about", { quiet: true }).then((reply) => reply.answer).catch((error) => {
    answer = null; // the next one asks again
    throw error;
  });
  return answer;
}
