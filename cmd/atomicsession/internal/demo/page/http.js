// Requests. Each has a time limit and goes into the log. The errors tell a store that fails from a server that does not answer.

const limit = 8000; // ms

let log = () => {};
let tell = () => {};
const waits = new Map(); // by concern: how many requests are open, and when it last began or heard something

// onRequest calls f with every request that has ended.
export function onRequest(f) {
  log = f;
}

// onWaiting calls f with the number of seconds that the page has waited for an answer, 0 if it does not wait.
export function onWaiting(f) {
  tell = f;
}

class RequestError extends Error {
  constructor(message, status = 0, code = "") {
    super(message);
    this.status = status; // 0: nothing came back, so the request may have been done or not
    this.code = code;
  }
}

function opened(concern) {
  const wait = waits.get(concern) ?? { open: 0, since: 0 };
  if (!wait.open++) wait.since = performance.now();
  waits.set(concern, wait);
  return () => {
    wait.since = performance.now();
    if (!--wait.open) waits.delete(concern);
  };
}

let told = 0;
setInterval(() => {
  const open = [...waits.values()].filter((wait) => wait.open);
  const longest = Math.max(0, ...open.map((wait) => performance.now() - wait.since));
  const seconds = Math.floor(longest / 1000);
  if (seconds !== told) tell(told = seconds);
}, 250);

function whyUnanswered(signal) {
  if (signal.aborted) return `The server has not answered within ${limit / 1000} seconds.`;
  return navigator.onLine ? "The server does not answer." : "You are offline: the server cannot be reached.";
}

// needCookies is for what makes no sense without them: each request would begin a session of its own. Browsers that block them say so
// neither in navigator.cookieEnabled nor otherwise, so it tries one.
export function needCookies() {
  const probe = `atomicsession-probe-${Math.random()}=1`; // no other tab's
  document.cookie = `${probe}; SameSite=Strict`;
  const kept = document.cookie.includes(probe);
  document.cookie = `${probe}; SameSite=Strict; Max-Age=0`;
  if (!kept) throw new RequestError("This browser blocks cookies, and a session needs one. Allow cookies for this page.");
}

function whyRefused(status, problem) {
  if (problem?.code === "store") return `The server answers, but its session store fails (${status}).`;
  return problem?.message ?? `The server answered ${status}, and nothing that this page understands.`;
}

// send returns the answer, its text, and what the store was asked meanwhile. A quiet request is not for the log.
export async function send(method, path, { body, headers = {}, concern = "page", quiet = false } = {}) {
  const begun = performance.now();
  const done = opened(concern);
  const signal = AbortSignal.timeout(limit);
  let status = 0;
  let text = "";
  let asked = [];
  try {
    const type = body === undefined ? {} : { "Content-Type": "application/json" };
    const response = await fetch(path, { method, headers: { ...headers, ...type }, body: body && JSON.stringify(body), signal });
    text = await response.text();
    status = response.status;
    asked = parseTiming(response.headers.get("Server-Timing"));
  } catch {
    text = whyUnanswered(signal);
  }
  done();
  if (!quiet || !status) log({ method, path, status, ms: performance.now() - begun, text: text.trim() });
  if (!status) throw new RequestError(text, 0, signal.aborted ? "timeout" : "");
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new RequestError(whyRefused(status), status);
  }
  if (status >= 400) throw new RequestError(whyRefused(status, answer.error), status, answer.error?.code);
  return { answer, text, asked };
}

// parseTiming reads a Server-Timing header: name;dur=0.41, name;desc="no store".
function parseTiming(header) {
  return (header ?? "").split(/,\s*/).filter(Boolean).map((entry) => {
    const [name, ...parameters] = entry.split(";").map((part) => part.trim());
    const value = (key) => parameters.find((part) => part.startsWith(`${key}=`))?.slice(key.length + 1).replaceAll('"', "");
    return { name, ms: Number(value("dur") ?? NaN), text: value("desc") ?? "" };
  });
}
