// Elements of the page.

export const $ = (id) => document.getElementById(id);

export function element(tag, properties, ...children) {
  const el = Object.assign(document.createElement(tag), properties);
  el.append(...children);
  return el;
}

// setText leaves an element alone that says the same already, so that nothing is announced or selected anew.
export function setText(el, text) {
  if (el.textContent !== String(text)) el.textContent = text;
}

// keyed makes the children of list those of items, in order. A child stays the same element for as long as its key is there:
// a press that began on it ends on it, and it keeps the focus.
export function keyed(list, items, keyOf, create, draw) {
  const before = new Map([...list.children].map((el) => [el.dataset.key, el]));
  let place = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let el = before.get(key);
    if (!el) {
      el = create(item);
      el.dataset.key = key;
    }
    before.delete(key);
    draw?.(el, item);
    if (el === place) place = place.nextElementSibling;
    else list.insertBefore(el, place);
  }
  for (const el of before.values()) el.remove();
}

const days = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

// date writes a time of the server with its day.
export const date = (value) => days.format(new Date(value?.$date ?? value));

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let hideNotice;

// notify shows what went wrong for a while.
export function notify(text) {
  $("notice").textContent = text;
  $("notice").hidden = false;
  clearTimeout(hideNotice);
  hideNotice = setTimeout(() => { $("notice").hidden = true; }, 8000);
}
