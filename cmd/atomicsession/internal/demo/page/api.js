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

async function send(method, path, body, headers) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) {
    const error = new Error(answer.error.message);
    error.code = answer.error.code;
    throw error;
  }
  return answer;
}

export function get(path) {
  return send("GET", path, undefined, {});
}

// change sends a request that may change something. The first one begins the session, by asking for its token.
export async function change(method, path, body) {
  listener(`${method} ${path}` + (body === undefined ? "" : `\n${JSON.stringify(body)}`));
  token ??= get("/api/csrf").then((answer) => answer.token);
  let text;
  try {
    text = await token;
  } catch (error) {
    token = null;
    throw error;
  }
  try {
    return await send(method, path, body, { "X-CSRF-Token": text });
  } catch (error) {
    if (error.code === "csrf") token = null;
    throw error;
  }
}

// update changes the session's document: see the JSON interface for operations and conditions.
export function update(ops, conditions) {
  return change("POST", "/api/session/update", conditions ? { ops, if: conditions } : { ops });
}
