// The card with the sessions of the user.

import { onClick } from "./act.js";
import { $, date, element, keyed, setText } from "./dom.js";
import { onSession } from "./session.js";
import { change } from "./token.js";

const brief = ({ id }) => id.slice(0, 8);
const nameOf = ({ label }) => label || "unnamed";

function create(device) {
  const name = nameOf(device);
  const about = element("p", {}, name, " ", element("span", { className: "quiet" }));
  if (device.current) return element("li", {}, about, element("span", { className: "tag", textContent: "This device" }));
  const revoke = element("button", { type: "button", className: "small", textContent: "Sign out", ariaLabel: `Sign out ${name} ${brief(device)}` });
  onClick("devices", revoke, () => change("devices", "DELETE", `/api/devices/${device.id}`), $("devices-title"));
  return element("li", {}, about, revoke);
}

function draw({ user }, devices) {
  $("revoke-others").hidden = devices.length < 2;
  keyed($("devices"), devices, ({ id, current }) => `${id} ${current}`, create, (el, device) => {
    setText(el.querySelector(".quiet"), `${brief(device)}, begun ${date(device.created)}, last used ${date(device.last_used)}`);
  });
  $("devices-none").hidden = devices.length > 0;
  setText($("devices-none"), user ? "None." : "Sign in to see them.");
}

export function setUpDevices() {
  onSession(draw);
  onClick("devices", $("revoke-others"), () => change("devices", "DELETE", "/api/devices"), $("devices-title"));
}
