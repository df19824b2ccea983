// node:worker_threads in the main thread, which is the only one.
const EventEmitter = require("events");
const { as, inert, inertAll, refusal, LockManager, NO_PROCESSES } = require("sandbox");

const noThreads = (what, code = "ERR_WORKER_INIT_FAILED") => refusal(what, NO_PROCESSES, { code });

class Worker extends EventEmitter {
  constructor(file, options = {}) {
    super();
    if (typeof file !== "string" && !(file instanceof URL)) {
      const message = 'The "filename" argument must be of type string or an instance of URL.';
      throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
    }
    const { Readable, Writable } = require("stream");
    const empty = () => new Readable({ read() {} });
    this.stdin = options.stdin ? new Writable({ write: (chunk, encoding, done) => done() }) : null;
    this.stdout = empty();
    this.stderr = empty();
    this.threadId = 1;
    this.threadName = options.name ?? "";
    this.resourceLimits = {};
    this.performance = { eventLoopUtilization: () => ({ idle: 0, active: 0, utilization: 0 }) };
    // Whatever file it names is not there.
    const error = noThreads("worker_threads.Worker", options.eval ? undefined : "MODULE_NOT_FOUND");
    process.nextTick(() => {
      this.threadId = -1;
      this.stdout.push(null);
      this.stderr.push(null);
      this.emit("error", error);
      this.emit("exit", 1);
    });
  }
  postMessage() {}
  async terminate() {
    return 1;
  }
  ref() {}
  unref() {}
  async getHeapSnapshot() {
    throw noThreads("worker_threads.Worker.getHeapSnapshot");
  }
  async getHeapStatistics() {
    throw noThreads("worker_threads.Worker.getHeapStatistics");
  }
  async cpuUsage() {
    throw noThreads("worker_threads.Worker.cpuUsage");
  }
  async startCpuProfile() {
    throw noThreads("worker_threads.Worker.startCpuProfile");
  }
  async startHeapProfile() {
    throw noThreads("worker_threads.Worker.startHeapProfile");
  }
}

const data = new Map();
const untransferable = new WeakSet();
const { takeMessage, MessagePort, MessageChannel, BroadcastChannel } = require("sandbox");

module.exports = {
  isInternalThread: false,
  isMainThread: true,
  MessagePort,
  MessageChannel,
  BroadcastChannel,
  Worker: as("refused", Worker),
  ...inertAll({ markAsUncloneable: undefined }),
  markAsUntransferable: (value) => void untransferable.add(value),
  isMarkedAsUntransferable: (value) => untransferable.has(value),
  moveMessagePortToContext: as("inert", (port) => port),
  receiveMessageOnPort: (port) => takeMessage(port),
  postMessageToThread: as("refused", async () => {
    throw noThreads("worker_threads.postMessageToThread");
  }),
  resourceLimits: {},
  threadId: 0,
  threadName: "",
  SHARE_ENV: Symbol.for("nodejs.worker_threads.SHARE_ENV"),
  parentPort: null,
  workerData: null,
  setEnvironmentData(key, value) {
    if (value === undefined) data.delete(key);
    else data.set(key, value);
  },
  getEnvironmentData: (key) => data.get(key),
  locks: new LockManager(),
};
