// The JSON interface, as the page uses it.

let token = null; // a promise of the CSRF token
let listener = () => {};

// onRequest calls f with the text of every request that may change something.
export function onRequest(f) {
  listener = f;
}

// forgetToken is for when the session has ended or its secret is new: the token goes with it.
export function forgetToken() {
  token = null;
}

// send returns the answer, and the text it was made from.
async function send(method, path, body, headers) {
  let response, text;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await response.text();
  } catch {
    throw new Error("The server does not answer.");
  }
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status}, and nothing that this page understands.`);
  }
  if (!response.ok) {
    const error = new Error(answer.error?.message ?? `The server answered ${response.status}.`);
    error.code = answer.error?.code;
    throw error;
  }
  return { answer, text };
}

export async function get(path) {
  return (await send("GET", path, undefined, {})).answer;
}

// getSession returns the session, and in exact its data with each number as the server wrote it: for JavaScript 1.0 is 1.
export async function getSession() {
  const { answer, text } = await send("GET", "/api/session", undefined, {});
  return { ...answer, exact: JSON.parse(text, asWritten).data };
}

// asWritten keeps a number's text, in browsers that tell it.
function asWritten(name, value, context) {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || source === String(value)) return value;
  return JSON.rawJSON(source);
}

// change sends a request that may change something. The first one begins the session, by asking for its token. If another
// tab has signed in, the token is out of date: the request was denied and did nothing, so it is sent once more with a new one.
export async function change(method, path, body) {
  listener(`${method} ${path}` + (body === undefined ? "" : `\n${JSON.stringify(body)}`));
  for (let again = false; ; again = true) {
    const used = (token ??= get("/api/csrf").then((answer) => answer.token));
    try {
      return (await send(method, path, body, { "X-CSRF-Token": await used })).answer;
    } catch (error) {
      if (token === used) token = null;
      if (again || error.code !== "csrf") throw error;
    }
  }
}

// update changes the session's document: see the JSON interface for operations and conditions.
export function update(ops, conditions) {
  return change("POST", "/api/session/update", conditions ? { ops, if: conditions } : { ops });
}
