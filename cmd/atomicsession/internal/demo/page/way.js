// The way on: the install line, what runs here, and what waits for an answer.

import { $, setText } from "./dom.js";
import { onWaiting } from "./http.js";

// copy puts the install line on the clipboard. Where that is not allowed it selects the line.
async function copy() {
  const line = $("install");
  try {
    await navigator.clipboard.writeText(line.textContent);
    setText($("copied"), "Copied.");
  } catch {
    getSelection().selectAllChildren(line);
    setText($("copied"), "Selected: copy it with Ctrl+C or ⌘C.");
  }
}

export function setUpWay() {
  $("copy").addEventListener("click", copy);
  onWaiting((seconds) => {
    $("waiting").hidden = !seconds;
    setText($("waiting"), `Waiting for the server: ${seconds} s`);
  });
  setText($("origin"), location.origin);
}

export function showWay({ version, go, store, protocol, install }) {
  setText($("install"), install);
  const which = version && version !== "(devel)" ? version : "from source";
  setText($("runs"), `This page runs atomicsession ${which}, built with ${go}. ${store && `Its sessions are in: ${store}. `}It reached you over ${protocol}.`);
}
