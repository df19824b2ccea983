// Timers on the host's clock. The host drives them: `nextDelay` says when, `tick` runs one.
import { limitExceeded } from "./errors.js";
import { apply, ceil, dateNow, NativeTypeError, splice } from "./primordials.js";

const MAX_DELAY = 2 ** 31 - 1;

class Timeout {
  #cancel;
  #id;
  constructor(id, cancel) {
    this.#id = id;
    this.#cancel = cancel;
  }
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  hasRef() {
    return true;
  }
  close() {
    this.#cancel(this.#id);
    return this;
  }
  [Symbol.toPrimitive]() {
    return this.#id;
  }
  [Symbol.dispose ?? Symbol.for("dispose")]() {
    this.#cancel(this.#id);
  }
}

function delayOf(value) {
  const delay = +value;
  return delay >= 1 && delay <= MAX_DELAY ? delay : 1;
}

/** A list of timers ordered by due time, then by age. */
export function createTimers() {
  // Without a constructor of its own, splice() would ask Array for the class of what it removes,
  // and so hand our records to a class of the bundle.
  const queue = Object.defineProperty([], "constructor", { value: undefined });
  let nextId = 1;
  let most = 0;

  /** Set how many timers may be pending at once. */
  function limit(count) {
    most = count;
  }

  function insert(timer) {
    if (queue.length >= most) {
      throw limitExceeded("more than " + most + " timers are pending, the most; clear some or wait for them");
    }
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (queue[middle].due <= timer.due) low = middle + 1;
      else high = middle;
    }
    splice(queue, low, 0, timer);
  }

  function add(callback, args, delay, repeat) {
    if (typeof callback !== "function") {
      throw new NativeTypeError("a timer needs a function to call");
    }
    const id = nextId++;
    insert({ id, callback, args, due: dateNow() + delay, repeat });
    return new Timeout(id, cancel);
  }

  function cancel(handle) {
    if (handle === undefined || handle === null) return;
    const id = +handle;
    for (let i = 0; i < queue.length; i++) {
      if (queue[i].id === id) {
        splice(queue, i, 1);
        return;
      }
    }
  }

  /** Run the timer that is due first, if one is; what its callback throws goes to the caller. */
  function tick() {
    if (queue.length === 0 || queue[0].due > dateNow()) return;
    const timer = splice(queue, 0, 1)[0];
    if (timer.repeat > 0) {
      timer.due = dateNow() + timer.repeat;
      insert(timer);
    }
    apply(timer.callback, undefined, timer.args);
  }

  /** Milliseconds until a timer is due, 0 when one is now, -1 when there is none. */
  function nextDelay() {
    if (queue.length === 0) return -1;
    const wait = queue[0].due - dateNow();
    return wait > 0 ? ceil(wait) : 0;
  }

  const api = {
    setTimeout: (callback, delay, ...args) => add(callback, args, delayOf(delay), 0),
    setInterval: (callback, delay, ...args) => add(callback, args, delayOf(delay), delayOf(delay)),
    setImmediate: (callback, ...args) => add(callback, args, 0, 0),
    clearTimeout: cancel,
    clearInterval: cancel,
    clearImmediate: cancel,
  };
  return { api, limit, tick, nextDelay };
}
