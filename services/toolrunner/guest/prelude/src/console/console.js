// The console object: every line goes to the host with its level.
import { Emit } from "../core/kinds.js";
import { isStackOverflow } from "../core/errors.js";
import { slice } from "../core/primordials.js";
import { framesBelow } from "../core/stack.js";
import { format, MAX_LINE } from "./format.js";
import { inspect } from "./inspect.js";
import { plainLine } from "./plain.js";
import { table } from "./table.js";

/** Makes a console that emits lines; `cleanStack` trims the stacks of errors it shows. */
export function createConsole(emit, cleanStack) {
  const options = { __proto__: null, cleanStack };
  const counts = new Map();
  const starts = new Map();
  let indent = "";

  function write(kind, text) {
    emit(kind, indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`));
  }

  // A line must be written even if the bundle replaced what the formatter is made of.
  const at = (kind) => (...args) => {
    try {
      write(kind, format(args, options));
    } catch (error) {
      if (isStackOverflow(error)) throw error;
      emit(kind, slice(plainLine(args), 0, MAX_LINE));
    }
  };
  const log = at(Emit.LOG);
  const warn = at(Emit.WARN);

  function elapsed(label) {
    return `${label}: ${Date.now() - starts.get(label)}ms`;
  }

  function timing(label, rest, isLast) {
    if (!starts.has(label)) return warn(`No such label '${label}'`);
    log(elapsed(label), ...rest);
    if (isLast) starts.delete(label);
  }

  function trace(...args) {
    const text = format(args, options);
    const frames = cleanStack(framesBelow("Error", new Error().stack));
    write(Emit.ERROR, `Trace${text === "" ? "" : `: ${text}`}${frames === "" ? "" : `\n${frames}`}`);
  }

  function group(...args) {
    if (args.length > 0) log(...args);
    if (indent.length < 64) indent += "  ";
  }

  function count(label = "default") {
    const next = (counts.get(`${label}`) ?? 0) + 1;
    counts.set(`${label}`, next);
    log(`${label}: ${next}`);
  }

  const nothing = () => {};
  return {
    debug: at(Emit.DEBUG),
    log,
    info: at(Emit.INFO),
    warn,
    error: at(Emit.ERROR),
    dir: (value, given) => write(Emit.LOG, format([inspect(value, { ...given, ...options })], options)),
    dirxml: log,
    table: (data, columns) => write(Emit.LOG, table(data, columns) ?? format([data], options)),
    trace,
    assert(condition, ...args) {
      if (condition) return;
      if (typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
      else args.unshift("Assertion failed");
      write(Emit.ERROR, format(args, options));
    },
    group,
    groupCollapsed: group,
    groupEnd() {
      indent = indent.slice(2);
    },
    count,
    countReset: (label = "default") => void counts.delete(`${label}`),
    time: (label = "default") => void starts.set(`${label}`, Date.now()),
    timeLog: (label = "default", ...rest) => timing(`${label}`, rest, false),
    timeEnd: (label = "default") => timing(`${label}`, [], true),
    clear: nothing,
    profile: nothing,
    profileEnd: nothing,
    timeStamp: nothing,
  };
}
