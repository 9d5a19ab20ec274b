// The replay of the picture: slowly, or in steps for those who want nothing to move.

import { $, setText } from "./dom.js";
import { drawPicture, paint, span } from "./picture.js";

const duration = 6000; // ms
const steps = 8;
const still = matchMedia("(prefers-reduced-motion: reduce)");

let frame = 0;
let step = 0;
let shown = () => [];

// setUpReplay has the button replay the lanes that f returns.
export function setUpReplay(f) {
  shown = f;
  $("replay").addEventListener("click", () => (still.matches ? nextStep() : play()));
  still.addEventListener("change", stopReplay);
  stopReplay();
}

// stopReplay leaves the finished picture.
export function stopReplay() {
  if (frame || step) drawPicture(shown());
  cancelAnimationFrame(frame);
  frame = step = 0;
  setText($("replay"), still.matches ? "Replay step by step" : "Replay slowly");
  setText($("replay-at"), "");
}

function play() {
  if (frame) return stopReplay();
  const lanes = shown();
  const whole = span(lanes);
  const begun = performance.now();
  setText($("replay"), "Stop the replay");
  const draw = (now) => {
    const part = Math.max(0, now - begun) / duration;
    if (part >= 1) return stopReplay();
    paint(lanes, part * whole);
    setText($("replay-at"), `${Math.round(part * whole)} ms`);
    frame = requestAnimationFrame(draw);
  };
  frame = requestAnimationFrame(draw);
}

function nextStep() {
  step++;
  if (step > steps) return stopReplay();
  const at = (span(shown()) * step) / steps;
  paint(shown(), at);
  setText($("replay"), step === steps ? "Show the end" : "Next step");
  setText($("replay-at"), `Step ${step} of ${steps}: after ${Math.round(at)} ms`);
}
