// How the race is counted. Nothing here asks the server or draws.

// pack gives each block the first row that is free when it begins, and returns the number of rows: so many were in flight at most.
export function pack(blocks) {
  const ends = [];
  for (const block of blocks.toSorted((a, b) => a.from - b.from)) {
    let row = ends.findIndex((end) => end <= block.from);
    if (row < 0) row = ends.length;
    ends[row] = block.to;
    block.row = row;
  }
  return ends.length;
}

// judge says of each acknowledged block whether it is kept: it is the last one that was told a number up to the one that is left.
// Blocks end, for the replay, when another one overwrites them.
export function judge(blocks, left) {
  const order = blocks.toSorted((a, b) => a.to - b.to);
  order.forEach((block, i) => {
    const later = order.slice(i + 1);
    block.kept = block.n <= left && !later.some((other) => other.n === block.n);
    block.gone = block.kept ? Infinity : (later.find((other) => other.n <= block.n) ?? order.at(-1)).to;
  });
}

// tally counts a lane. Each number up to the one that is left keeps one request. A number that nobody was told belongs to a request
// without an answer, so it makes up for no loss.
export function tally({ blocks, left }) {
  const acknowledged = blocks.length;
  const kept = new Set(blocks.map(({ n }) => n).filter((n) => n <= left)).size;
  return { acknowledged, kept, lost: acknowledged - kept, surplus: left - kept };
}

// toldText says in words what the requests were told.
export function toldText(blocks) {
  const times = new Map();
  for (const { n } of blocks) times.set(n, (times.get(n) ?? 0) + 1);
  const numbers = [...times].sort(([a], [b]) => a - b);
  if (!numbers.length) return "No request was told a number.";
  const [first, last] = [numbers[0][0], numbers.at(-1)[0]];
  if (numbers.every(([, k]) => k === 1)) {
    const all = last - first + 1 === numbers.length;
    return `They were told ${all ? "" : `${numbers.length} of the numbers `}${first} to ${last}, each ${all ? "number " : ""}once.`;
  }
  return `They were told ${numbers.map(([n, k]) => (k === 1 ? `${n}` : `${n} (${k} times)`)).join(", ")}.`;
}
