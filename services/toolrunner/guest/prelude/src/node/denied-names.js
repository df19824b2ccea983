// Names that programs take from denied modules through `await import(...)`, where the text does not
// always show the names.

const names = (text) => text.split(" ");

/** Names by module. */
export const deniedNames = {
  child_process: names("exec execFile execFileSync execSync fork spawn spawnSync"),
  http: names("request get createServer Server ClientRequest IncomingMessage ServerResponse"),
  https: names("request get createServer Server"),
  http2: names("connect createServer createSecureServer constants"),
  net: names("connect createConnection createServer Server Socket"),
  tls: names("connect createServer createSecureContext TLSSocket"),
  dns: names("lookup resolve resolve4 resolve6 promises setServers"),
  "dns/promises": names("lookup resolve resolve4 resolve6"),
  dgram: names("createSocket Socket"),
  worker_threads: names("Worker MessageChannel MessagePort"),
  cluster: names("fork setupPrimary"),
  vm: names("Script createContext runInContext runInNewContext runInThisContext"),
  v8: names("serialize deserialize getHeapStatistics"),
  readline: names("createInterface Interface promises"),
};
