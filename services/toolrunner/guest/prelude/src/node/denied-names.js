// Names that programs take from denied modules through `await import(...)`, where the text does not
// always show the names.

const names = (text) => text.split(" ");

/** Names by module. */
export const deniedNames = {
  child_process: names("exec execFile execFileSync execSync fork spawn spawnSync"),
  dns: names("lookup resolve resolve4 resolve6 promises setServers"),
  "dns/promises": names("lookup resolve resolve4 resolve6"),
  dgram: names("createSocket Socket"),
  worker_threads: names("Worker MessageChannel MessagePort"),
  cluster: names("fork setupPrimary"),
  vm: names("Script createContext runInContext runInNewContext runInThisContext"),
  v8: names("serialize deserialize getHeapStatistics"),
  readline: names("createInterface Interface promises"),
};
