// performance: the host's clock, frozen between host calls as Date is.
import { DOMException } from "./dom-exception.js";
import { structuredClone } from "./clone.js";

const KEY = Symbol("construct");
const MAX_ENTRIES = 1000;

export class PerformanceEntry {
  #own;
  constructor(key, own) {
    if (key !== KEY) throw Object.assign(new TypeError("Illegal constructor"), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
    this.#own = own;
  }
  get name() {
    return this.#own.name;
  }
  get entryType() {
    return this.#own.entryType;
  }
  get startTime() {
    return this.#own.startTime;
  }
  get duration() {
    return this.#own.duration;
  }
  get detail() {
    return this.#own.detail;
  }
  toJSON() {
    return { ...this.#own };
  }
}

export class PerformanceMark extends PerformanceEntry {
  constructor(name, options = {}) {
    if (arguments.length === 0) throw new TypeError('The "name" argument must be specified');
    const { startTime = performance.now(), detail = null } = options ?? {};
    if (startTime < 0) throw Object.assign(new TypeError("startTime cannot be negative"), { code: "ERR_PERFORMANCE_INVALID_TIMESTAMP" });
    super(KEY, { name: `${name}`, entryType: "mark", startTime, duration: 0, detail: detail === null ? null : structuredClone(detail) });
  }
}

export class PerformanceMeasure extends PerformanceEntry {}

const observers = new Set();

/** Calls back with each new entry, until the returned function is called. */
export function observeEntries(callback) {
  observers.add(callback);
  return () => observers.delete(callback);
}

/** Makes `{performance, begin}`; `begin()` starts its time with each load and call. */
export function createPerformance() {
  let origin = 0;
  let entries = [];
  const now = () => Date.now() - origin;

  function keep(entry) {
    for (const observer of observers) observer(entry);
    if (entries.length < MAX_ENTRIES) entries.push(entry);
    return entry;
  }
  function timeOf(mark) {
    if (typeof mark === "number") return mark;
    const found = entries.findLast((entry) => entry.name === `${mark}` && entry.entryType === "mark");
    if (found === undefined) throw new DOMException(`The "${mark}" performance mark has not been set`, "SyntaxError");
    return found.startTime;
  }
  function measured(from, to) {
    const { start, end, duration, detail = null } =
      typeof from === "object" && from !== null ? from : { start: from, end: to };
    const last = end !== undefined ? timeOf(end) : start !== undefined && duration !== undefined ? timeOf(start) + duration : now();
    const first = start !== undefined ? timeOf(start) : duration !== undefined ? last - duration : 0;
    return { startTime: first, duration: last - first, detail };
  }
  const cleared = (type, name) => entries.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== `${name}`));
  const inOrder = (list) => [...list].sort((one, two) => one.startTime - two.startTime);

  class Performance extends EventTarget {
    now() {
      return now();
    }
    get timeOrigin() {
      return origin;
    }
    mark(name, options) {
      return keep(new PerformanceMark(...(arguments.length === 0 ? [] : [name, options])));
    }
    measure(name, from, to) {
      return keep(new PerformanceMeasure(KEY, { name: `${name}`, entryType: "measure", ...measured(from, to) }));
    }
    getEntries() {
      return inOrder(entries);
    }
    getEntriesByName(name, type) {
      return inOrder(entries.filter((entry) => entry.name === `${name}` && (type === undefined || entry.entryType === type)));
    }
    getEntriesByType(type) {
      return inOrder(entries.filter((entry) => entry.entryType === type));
    }
    clearMarks(name) {
      entries = cleared("mark", name);
    }
    clearMeasures(name) {
      entries = cleared("measure", name);
    }
    clearResourceTimings() {}
    setResourceTimingBufferSize() {}
    timerify(callback) {
      return callback;
    }
    eventLoopUtilization() {
      return { idle: 0, active: 0, utilization: 0 };
    }
    toJSON() {
      return { timeOrigin: origin };
    }
    get nodeTiming() {
      const times = { startTime: 0, duration: now(), nodeStart: 0, v8Start: 0, bootstrapComplete: 0, environment: 0 };
      return { name: "node", entryType: "node", ...times, loopStart: 0, loopExit: -1, idleTime: 0 };
    }
    markResourceTiming() {}
    get onresourcetimingbufferfull() {
      return null;
    }
    get [Symbol.toStringTag]() {
      return "Performance";
    }
  }
  const begin = () => {
    origin = Date.now();
  };
  return { performance: new Performance(), begin };
}
