// Timers on the host's clock. The host drives them: `nextDelay` returns when, `tick` runs one.
import { currentContext, inContext } from "./async-context.js";
import { limitExceeded } from "./errors.js";
import { bareArray, ceil, dateNow, NativeTypeError, splice } from "./primordials.js";

const MAX_DELAY = 2 ** 31 - 1;

// What Node's timers return. There is no process to keep alive: `unref` is only recorded.
class Timeout {
  #cancel;
  #restart;
  #id;
  #isReferenced = true;
  constructor(id, cancel, restart) {
    this.#id = id;
    this.#cancel = cancel;
    this.#restart = restart;
  }
  ref() {
    this.#isReferenced = true;
    return this;
  }
  unref() {
    this.#isReferenced = false;
    return this;
  }
  hasRef() {
    return this.#isReferenced;
  }
  refresh() {
    this.#restart();
    return this;
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

function idOf(handle) {
  if (typeof handle === "number" || typeof handle === "string") return +handle;
  try {
    return handle instanceof Timeout ? +handle : NaN;
  } catch {
    return NaN;
  }
}

function delayOf(value) {
  const delay = +value;
  return delay >= 1 && delay <= MAX_DELAY ? delay : 1;
}

/** Timers ordered by due time, then by age. */
export function createTimers() {
  const queue = bareArray();
  let nextId = 1;
  let most = 0;
  // Callbacks of process.nextTick, run when no microtask is left, before any timer.
  let ticks = bareArray();
  let ticksDone = 0;

  function nextTick(callback, ...args) {
    if (typeof callback !== "function") throw new NativeTypeError("nextTick needs a function to call");
    ticks[ticks.length] = { __proto__: null, callback, args, context: currentContext() };
  }

  function runTick() {
    const { callback, args, context } = ticks[ticksDone++];
    if (ticksDone === ticks.length) {
      ticks = bareArray();
      ticksDone = 0;
    }
    inContext(context, callback, undefined, args);
  }

  /** Set the limit of pending timers. */
  function limit(count) {
    most = count;
  }

  function insert(timer) {
    if (queue.length >= most) {
      throw limitExceeded("more than " + most + " timers are pending, the limit (`timers`, at most CAISSON_TOOLRUNNER_CALL_TIMERS, or LOAD_TIMERS at load); clear some or wait for them");
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
    const context = currentContext();
    const start = () => insert({ id, callback, args, context, due: dateNow() + delay, repeat });
    const restart = () => {
      cancel(id);
      start();
    };
    start();
    return new Timeout(id, cancel, restart);
  }

  function cancel(handle) {
    const id = idOf(handle);
    for (let i = 0; i < queue.length; i++) {
      if (queue[i].id === id) {
        splice(queue, i, 1);
        return;
      }
    }
  }

  /** Run a nextTick callback, or the first due timer, if any; its exception goes to the caller. */
  function tick() {
    if (ticks.length > 0) {
      runTick();
      return;
    }
    if (queue.length === 0 || queue[0].due > dateNow()) return;
    const timer = splice(queue, 0, 1)[0];
    if (timer.repeat > 0) {
      timer.due = dateNow() + timer.repeat;
      insert(timer);
    }
    inContext(timer.context, timer.callback, undefined, timer.args);
  }

  /** Milliseconds until the next timer is due, 0 if one is due now, -1 if there is none. */
  function nextDelay() {
    if (ticks.length > 0) return 0;
    if (queue.length === 0) return -1;
    const wait = queue[0].due - dateNow();
    return wait > 0 ? ceil(wait) : 0;
  }

  /** Whether only intervals are pending, at least one. */
  function onlyRepeats() {
    if (ticks.length > 0) return false;
    for (let i = 0; i < queue.length; i++) if (queue[i].repeat === 0) return false;
    return queue.length > 0;
  }

  const api = {
    setTimeout: (callback, delay, ...args) => add(callback, args, delayOf(delay), 0),
    setInterval: (callback, delay, ...args) => add(callback, args, delayOf(delay), delayOf(delay)),
    setImmediate: (callback, ...args) => add(callback, args, 0, 0),
    clearTimeout: cancel,
    clearInterval: cancel,
    clearImmediate: cancel,
  };
  return { api, limit, tick, nextDelay, nextTick, onlyRepeats };
}
