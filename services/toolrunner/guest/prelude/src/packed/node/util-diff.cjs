// util.diff: Myers' algorithm, as Node's, on lines' characters or on arrays of texts.

const DELETE = -1;
const KEEP = 0;
const INSERT = 1;

function traced(before, after) {
  const most = before.length + after.length;
  const ends = new Int32Array(2 * most + 2);
  const trace = [];
  for (let level = 0; level <= most; level++) {
    trace.push(ends.slice());
    for (let diagonal = -level; diagonal <= level; diagonal += 2) {
      const at = diagonal + most;
      const goesDown = diagonal === -level || (diagonal !== level && ends[at - 1] < ends[at + 1]);
      let x = goesDown ? ends[at + 1] : ends[at - 1] + 1;
      let y = x - diagonal;
      while (x < before.length && y < after.length && before[x] === after[y]) {
        x++;
        y++;
      }
      ends[at] = x;
      if (x >= before.length && y >= after.length) return trace;
    }
  }
  return trace;
}

function steps(trace, before, after) {
  const most = before.length + after.length;
  const result = [];
  let x = before.length;
  let y = after.length;
  for (let level = trace.length - 1; level >= 0; level--) {
    const ends = trace[level];
    const diagonal = x - y;
    const goesDown = diagonal === -level || (diagonal !== level && ends[diagonal - 1 + most] < ends[diagonal + 1 + most]);
    const previous = goesDown ? diagonal + 1 : diagonal - 1;
    const fromX = ends[previous + most];
    const fromY = fromX - previous;
    while (x > fromX && y > fromY) {
      result.push([KEEP, before[x - 1]]);
      x--;
      y--;
    }
    if (level > 0) {
      if (goesDown) result.push([DELETE, after[--y]]);
      else result.push([INSERT, before[--x]]);
    }
  }
  return result.reverse();
}

function check(value, name) {
  if (typeof value === "string" || Array.isArray(value)) return;
  throw Object.assign(new TypeError(`The "${name}" argument must be of type string or an instance of Array.`), { code: "ERR_INVALID_ARG_TYPE" });
}

function diff(actual, expected) {
  check(actual, "actual");
  check(expected, "expected");
  if (actual === expected) return [];
  return steps(traced(actual, expected), actual, expected);
}

module.exports = { diff };
