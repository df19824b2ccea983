// node:perf_hooks: the sandbox's performance, observers of its marks and measures, histograms.
const { as, inert, performanceClasses, facts, observeEntries } = require("sandbox");
const { Histogram, RecordableHistogram } = require("./histogram.cjs");

const TYPES = ["dns", "function", "gc", "http", "http2", "mark", "measure", "net", "resource"];
const inOrder = (entries) => entries.sort((one, two) => one.startTime - two.startTime);

class PerformanceObserverEntryList {
  #entries;
  constructor(entries) {
    this.#entries = inOrder(entries);
  }
  getEntries() {
    return [...this.#entries];
  }
  getEntriesByType(type) {
    return this.#entries.filter((entry) => entry.entryType === `${type}`);
  }
  getEntriesByName(name, type) {
    return this.#entries.filter((entry) => entry.name === `${name}` && (type === undefined || entry.entryType === type));
  }
}

class PerformanceObserver {
  static supportedEntryTypes = Object.freeze(TYPES);
  #callback;
  #buffer = [];
  #stop = () => {};
  #types = new Set();
  constructor(callback) {
    if (typeof callback !== "function") throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: "ERR_INVALID_ARG_TYPE" });
    this.#callback = callback;
  }
  observe({ entryTypes, type, buffered } = {}) {
    if (entryTypes === undefined && type === undefined) throw Object.assign(new TypeError('The "options.entryTypes" or "options.type" argument must be specified'), { code: "ERR_MISSING_ARGS" });
    if (entryTypes !== undefined) this.#types = new Set(entryTypes);
    else this.#types.add(type);
    this.#stop();
    this.#stop = observeEntries((entry) => this.#take(entry));
    if (buffered && type !== undefined) for (const entry of performance.getEntriesByType(type)) this.#take(entry);
  }
  #take(entry) {
    if (!this.#types.has(entry.entryType)) return;
    if (this.#buffer.push(entry) > 1) return;
    setImmediate(() => {
      const entries = this.takeRecords();
      if (entries.length > 0) this.#callback(new PerformanceObserverEntryList(entries), this);
    });
  }
  takeRecords() {
    return this.#buffer.splice(0);
  }
  disconnect() {
    this.#stop();
    this.#buffer = [];
    this.#types.clear();
  }
}

class PerformanceResourceTiming extends performanceClasses.PerformanceEntry {}
for (const name of "initiatorType workerStart redirectStart redirectEnd fetchStart domainLookupStart domainLookupEnd connectStart connectEnd secureConnectionStart nextHopProtocol requestStart responseStart responseEnd encodedBodySize decodedBodySize transferSize deliveryType responseStatus".split(" ")) {
  Object.defineProperty(PerformanceResourceTiming.prototype, name, { configurable: true, enumerable: true, get: () => 0 });
}

class IntervalHistogram extends Histogram {
  enable() {
    return true;
  }
  disable() {
    return true;
  }
}

module.exports = {
  Performance: performance.constructor,
  ...performanceClasses,
  PerformanceObserver,
  PerformanceObserverEntryList,
  PerformanceResourceTiming: as("inert", PerformanceResourceTiming),
  monitorEventLoopDelay: inert("monitorEventLoopDelay", () => new IntervalHistogram()),
  eventLoopUtilization: inert("eventLoopUtilization", () => ({ idle: 0, active: 0, utilization: 0 })),
  timerify: (callback) => performance.timerify(callback),
  createHistogram: () => new RecordableHistogram(),
  performance,
  constants: Object.freeze({ ...facts().perf_hooks }),
};
