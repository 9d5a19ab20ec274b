// Requests that change the visitor's session bring its CSRF token.

import { needCookies, send } from "./http.js";

let token = null; // a promise of it

// forgetToken is for when the session has ended or its secret is new: the token goes with it.
export function forgetToken() {
  token = null;
}

// change sends a request that may change something. The first one begins the session, by asking for its token. If another
// tab has signed in, the token is out of date: the request was denied and did nothing, so it is sent once more with a new one.
export async function change(concern, method, path, body) {
  needCookies();
  for (let again = false; ; again = true) {
    const used = (token ??= send("GET", "/api/csrf", { concern }).then(({ answer }) => answer.token));
    try {
      return (await send(method, path, { body, concern, headers: { "X-CSRF-Token": await used } })).answer;
    } catch (error) {
      if (token === used) token = null;
      if (again || error.code !== "csrf") throw error;
    }
  }
}

// update changes the session's document: docs/demo.md has the operations and conditions.
export function update(concern, ops, conditions) {
  return change(concern, "POST", "/api/session/update", conditions ? { ops, if: conditions } : { ops });
}
