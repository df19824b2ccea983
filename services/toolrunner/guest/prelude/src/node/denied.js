// Node modules that reach outside the sandbox. Importing them works; using them is refused.

const NO_NETWORK =
  "the sandbox has no sockets; use fetch, which the caller of the agent may grant for a host";
const NO_PROCESSES = "the sandbox runs no other programs and no threads";

/** Why each module is denied. */
export const denied = {
  dns: NO_NETWORK,
  "dns/promises": NO_NETWORK,
  dgram: NO_NETWORK,
  child_process: NO_PROCESSES,
  cluster: NO_PROCESSES,
  worker_threads: NO_PROCESSES,
  vm: "the sandbox has no other realms",
  inspector: "the sandbox cannot be inspected from inside",
  v8: "the sandbox does not run on V8",
  wasi: "the sandbox does not run WebAssembly of a bundle",
  repl: "the sandbox has no terminal",
  readline: "the sandbox has no terminal",
  "readline/promises": "the sandbox has no terminal",
};

/** Modules that the sandbox lacks, though they are not capabilities. */
export const lacking = new Set([
  "sqlite", "test", "trace_events", "punycode", "domain", "constants", "sys", "test/reporters",
]);
