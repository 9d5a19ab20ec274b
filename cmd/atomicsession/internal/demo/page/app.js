// The page: all of it is set up here.

import { about } from "./about.js";
import { afterEach } from "./act.js";
import { setUpDevices } from "./devices.js";
import { $, notify, wait } from "./dom.js";
import { showCode } from "./evidence.js";
import { setUpLog } from "./log.js";
import { showLosses } from "./losses.js";
import { setUpRace } from "./race.js";
import { follow, refresh } from "./session.js";
import { setUpVisitor } from "./visitor.js";
import { setUpWay, showWay } from "./way.js";

setUpLog();
setUpVisitor();
setUpDevices();
setUpRace();
setUpWay();
afterEach(refresh);
follow();

if (new URLSearchParams(location.search).has("return")) notify("That page needs a recent sign-in: sign in, or sign in again, and you get there.");

// Beside the cards the session is always open. On a phone it is a strip that opens.
const wide = matchMedia("(min-width: 64rem)");
const fold = () => { $("live-fold").open = wide.matches; };
wide.addEventListener("change", fold);
fold();

// What runs here is told once, as soon as the server answers.
for (let told = false; !told;) {
  try {
    const facts = await about();
    showCode(facts);
    showLosses(facts);
    showWay(facts);
    told = true;
  } catch {
    await wait(2000);
  }
}
