// What Node's modules refuse: the error keeps the mark of a refusal, for the report of a failed
// call, and carries what a Node program looks at: `code`, `errno`, `syscall` and so on.
import { deniedError } from "../core/errors.js";

/** Key of a function's `"inert"` or `"refused"`; functions without it are real. */
export const LEVEL = Symbol.for("caisson.level");

const mark = (value, level) => Object.defineProperty(value, LEVEL, { value: level });

export const NO_NETWORK =
  "the sandbox has no sockets; use fetch, which the caller of the agent may grant for a host";
export const NO_PROCESSES = "the sandbox runs no other programs and no threads";

/** The error for using `what` ("dns.lookup"); `details` are its members in Node's terms. */
export const refusal = (what, reason, details = {}) =>
  Object.assign(deniedError(`this tool called ${what}: ${reason}`), details);

/** A function that does nothing here, as it would in a Node that has nothing to do; it returns `answer()`. */
export function inert(name, answer = () => undefined) {
  const result = (...args) => answer(...args);
  Object.defineProperty(result, "name", { value: name, configurable: true });
  return mark(result, "inert");
}

/** Several inert functions at once: `{name: answer}`, or names in a text. */
export function inertAll(answers) {
  const pairs = typeof answers === "string" ? answers.split(" ").map((name) => [name]) : Object.entries(answers);
  return Object.fromEntries(pairs.map(([name, answer]) => [name, inert(name, answer)]));
}

/** A function that throws what `makeError` returns; a constructor as well. */
export function refused(name, makeError) {
  const result = function () {
    throw makeError();
  };
  Object.defineProperty(result, "name", { value: name, configurable: true });
  return mark(result, "refused");
}

/** Marks a function as "inert" or "refused" whose own code makes it so. */
export const as = (level, value) => mark(value, level);
