// Packages that only watch: logs, traces, metrics. What they would do changes no result, so their
// stand-ins do nothing in a tool's call either, and a log's lines go to the console.
import { inertCall, isCalling } from "./standins.js";

const LOGS = new Set([
  "pino", "pino-pretty", "pino-http", "winston", "winston-daily-rotate-file", "bunyan", "loglevel", "consola", "debug",
  "log4js", "tslog", "signale", "npmlog", "roarr", "loglayer", "@logtape/logtape",
]);
const WATCHES = new Set([
  "dd-trace", "newrelic", "applicationinsights", "langfuse", "langfuse-vercel", "langfuse-langchain", "@vercel/otel",
  "posthog-node", "prom-client", "@traceloop/node-server-sdk",
]);
const WATCHING_SCOPE = /^@(?:opentelemetry|sentry|langfuse|logtape|arizeai|traceloop)\//;
const ENTRY = /^(?:@[^/]+\/)?[^/]+/;

const LEVELS = {
  trace: "debug", debug: "debug", verbose: "debug", silly: "debug", log: "log", info: "info", http: "info", success: "info",
  notice: "info", warn: "warn", warning: "warn", error: "error", fatal: "error", critical: "error",
};
const RUNS = /span|trace|observe|wrap|measure|with|context|run|time|instrument/i;

function watchedBy(specifier) {
  const name = ENTRY.exec(specifier)?.[0];
  if (LOGS.has(name)) return "logs";
  return WATCHES.has(name) || WATCHING_SCOPE.test(specifier) ? "traces" : undefined;
}

// A wrapper gives what it wraps; what runs something under a span runs it.
function watched(args, make, path) {
  const name = path.split(".").at(-1);
  if (!RUNS.test(name)) return inertCall(args, make);
  if (typeof args[0] === "function") return args[0];
  const work = args.at(-1);
  return typeof work === "function" ? work(make()) : inertCall(args, make);
}

function logged(args, make, path) {
  const level = LEVELS[path.split(".").at(-1)];
  if (level === undefined) return watched(args, make, path);
  console[level](...args);
  return undefined;
}

/**
 * The nature of a package's stand-ins if it only watches, otherwise undefined; `watches` is "logs" or
 * "traces" where a framework knows that of a package of its own.
 */
export function quietNature(specifier, refuse, watches = watchedBy(specifier)) {
  if (watches === undefined) return undefined;
  return {
    acts() {},
    uses(path) {
      if (isCalling()) throw refuse(path);
    },
    calls: watches === "logs" ? logged : watched,
  };
}
