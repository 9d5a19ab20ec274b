// What the buttons do, one thing after another within a concern. A request that hangs holds up its own concern alone.

import { notify } from "./dom.js";

const queues = new Map(); // by concern: the promise of what was begun last
const busy = new WeakMap(); // by control: how many of its actions are not done
let after = async () => {};

// afterEach has f run after each action: it draws what has become of the session.
export function afterEach(f) {
  after = f;
}

async function carryOut(control, action, next) {
  try {
    await action();
  } catch (error) {
    notify(error.message);
  }
  await after().catch(() => {}); // the status line says so
  const left = busy.get(control) - 1;
  busy.set(control, left);
  if (!left) control.removeAttribute("aria-busy");
  control.removeAttribute("aria-disabled");
  const focused = document.activeElement;
  if (focused === document.body || !focused?.getClientRects().length) next?.focus();
}

// act runs an action when those before it in its concern are done. If the control that has the focus is gone then, next gets it.
export function act(concern, control, action, next) {
  busy.set(control, (busy.get(control) ?? 0) + 1);
  control.setAttribute("aria-busy", "true");
  const before = queues.get(concern) ?? Promise.resolve();
  queues.set(concern, before.then(() => carryOut(control, action, next)));
}

// actOnce is act for what makes no sense twice: the control rests until its action is done.
export function actOnce(concern, control, action, next) {
  if (control.hasAttribute("aria-disabled")) return;
  control.setAttribute("aria-disabled", "true"); // unlike "disabled" this keeps the focus
  act(concern, control, action, next);
}

export function onClick(concern, control, action, next) {
  control.addEventListener("click", () => actOnce(concern, control, action, next));
}

// onEveryClick loses no click, however quick.
export function onEveryClick(concern, control, action) {
  control.addEventListener("click", () => act(concern, control, action));
}
