// node:cluster in a primary whose workers never start.
const EventEmitter = require("events");
const { as, inert, refusal, NO_PROCESSES } = require("sandbox");

class Worker extends EventEmitter {
  constructor(options = {}) {
    super();
    this.exitedAfterDisconnect = undefined;
    this.state = options.state ?? "none";
    this.id = options.id ?? 0;
    this.process = options.process;
  }
  kill() {}
  destroy() {}
  send() {
    return false;
  }
  disconnect() {
    return this;
  }
  isDead() {
    return true;
  }
  isConnected() {
    return false;
  }
}

const cluster = new EventEmitter();
let count = 0;

function fork() {
  const worker = new Worker({ id: ++count, process: new (require("child_process").ChildProcess)() });
  const error = refusal("cluster.fork", NO_PROCESSES, { errno: -2, code: "ENOENT", syscall: "spawn /node", path: "/node", spawnargs: [] });
  process.nextTick(() => worker.emit("error", error));
  return worker;
}

function setupPrimary(settings) {
  Object.assign(cluster.settings, settings);
  cluster.emit("setup", cluster.settings);
}

module.exports = Object.assign(cluster, {
  isWorker: false,
  isMaster: true,
  isPrimary: true,
  Worker: as("refused", Worker),
  workers: {},
  settings: {},
  SCHED_NONE: 1,
  SCHED_RR: 2,
  schedulingPolicy: 2,
  setupPrimary: as("inert", setupPrimary),
  setupMaster: as("inert", setupPrimary),
  fork: as("refused", fork),
  disconnect: inert("disconnect", (callback) => {
    if (typeof callback === "function") process.nextTick(callback);
  }),
});
