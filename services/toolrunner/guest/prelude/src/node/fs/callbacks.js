// Callbacks of node:fs come in a turn of their own, in the order in which the work was asked for.

/**
 * `later(callback)` starts a turn. The result makes, of a function of memfs, one whose callback is
 * called there; what the callback throws is the turn's error, and the callbacks behind it still come.
 */
export function callbackQueue(later) {
  const waiting = new Set();

  function turn() {
    const [first] = waiting;
    waiting.delete(first);
    if (waiting.size > 0) later(turn);
    first();
  }

  function enqueue(work) {
    waiting.add(work);
    if (waiting.size === 1) later(turn);
  }

  return function delayed(name, call, blame) {
    return (...given) => {
      const at = given.findLastIndex((value) => typeof value === "function");
      if (at >= 0) {
        const callback = given[at];
        given[at] = (...results) => {
          if (results[0]) blame(results[0], `fs.${name}`);
          enqueue(() => callback(...results));
        };
      }
      return call(...given);
    };
  };
}
