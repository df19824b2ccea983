// node:assert.
import { inspect } from "../console/inspect.js";
import { isDeepEqual } from "./deep-equal.js";

function messageOf(message, actual, expected, operator) {
  const [left, right] = [inspect(actual), inspect(expected)];
  if (operator !== "strictEqual") return message ?? `${left} ${operator} ${right}`;
  return `${message ?? "Expected values to be strictly equal:"}\n\n${left} !== ${right}\n`;
}

export class AssertionError extends Error {
  constructor({ message, actual, expected, operator } = {}) {
    super(messageOf(message, actual, expected, operator));
    this.name = "AssertionError";
    this.code = "ERR_ASSERTION";
    this.generatedMessage = message === undefined;
    Object.assign(this, { actual, expected, operator });
  }
}

// A message of ours counts as generated, though it is given.
const generated = (error) => Object.assign(error, { generatedMessage: true });

function fail(message) {
  if (message === undefined) throw generated(new AssertionError({ message: "Failed", operator: "fail" }));
  throw message instanceof Error ? message : new AssertionError({ message, operator: "fail" });
}

function check(holds, actual, expected, operator, message) {
  if (holds) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, actual, expected, operator });
}

const comparison = (operator, test) => (actual, expected, message) =>
  check(test(actual, expected), actual, expected, operator, message);

function matches(error, expected) {
  if (expected === undefined || typeof expected === "string") return true;
  if (expected instanceof RegExp) return expected.test(`${error}`);
  if (typeof expected === "function") {
    if (expected.prototype !== undefined && error instanceof expected) return true;
    return !(expected.prototype instanceof Error) && expected !== Error && expected(error) === true;
  }
  return Object.keys(expected).every((key) =>
    expected[key] instanceof RegExp ? expected[key].test(error[key]) : isDeepEqual(error[key], expected[key]),
  );
}

function judge(threw, error, expected, message) {
  if (!threw) fail(message ?? "Missing expected exception.");
  if (matches(error, expected)) return;
  throw new AssertionError({ message: message ?? "The error does not match what was expected", actual: error, expected, operator: "throws" });
}

function throws(block, expected, message) {
  let threw = false;
  let caught;
  try {
    block();
  } catch (error) {
    threw = true;
    caught = error;
  }
  judge(threw, caught, expected, message);
}

async function rejects(block, expected, message) {
  let threw = false;
  let caught;
  try {
    await (typeof block === "function" ? block() : block);
  } catch (error) {
    threw = true;
    caught = error;
  }
  judge(threw, caught, expected, message);
}

function ok(value, message) {
  if (value || message !== undefined) return check(value, value, true, "==", message);
  const text = "The expression evaluated to a falsy value";
  throw generated(new AssertionError({ message: text, actual: value, expected: true, operator: "==" }));
}

const strictChecks = {
  ok,
  fail,
  throws,
  rejects,
  AssertionError,
  doesNotThrow: (block) => void block(),
  doesNotReject: async (block) => void (await (typeof block === "function" ? block() : block)),
  strictEqual: comparison("strictEqual", Object.is),
  notStrictEqual: comparison("notStrictEqual", (a, b) => !Object.is(a, b)),
  deepStrictEqual: comparison("deepStrictEqual", (a, b) => isDeepEqual(a, b)),
  notDeepStrictEqual: comparison("notDeepStrictEqual", (a, b) => !isDeepEqual(a, b)),
  match: comparison("match", (text, pattern) => pattern.test(text)),
  doesNotMatch: comparison("doesNotMatch", (text, pattern) => !pattern.test(text)),
  ifError(value) {
    if (value === null || value === undefined) return;
    const message = `ifError got unwanted exception: ${value?.message ?? inspect(value)}`;
    throw new AssertionError({ message, actual: value, expected: null, operator: "ifError" });
  },
};

const looseChecks = {
  equal: comparison("==", (a, b) => a == b || Object.is(a, b)), // eslint-disable-line eqeqeq
  notEqual: comparison("!=", (a, b) => a != b), // eslint-disable-line eqeqeq
  deepEqual: comparison("deepEqual", (a, b) => isDeepEqual(a, b, false)),
  notDeepEqual: comparison("notDeepEqual", (a, b) => !isDeepEqual(a, b, false)),
};

// Whether `expected` is contained in `actual`, at every level.
function contains(actual, expected) {
  if (typeof expected !== "object" || expected === null) return Object.is(actual, expected);
  if (typeof actual !== "object" || actual === null) return false;
  if (expected instanceof Map) return actual instanceof Map && [...expected].every(([key, value]) => actual.has(key) && contains(actual.get(key), value));
  if (expected instanceof Set) return actual instanceof Set && [...expected].every((value) => [...actual].some((other) => contains(other, value)));
  if (Array.isArray(expected)) {
    let from = 0;
    return Array.isArray(actual) && expected.every((value) => {
      while (from < actual.length && !contains(actual[from], value)) from++;
      return from++ < actual.length;
    });
  }
  if (expected instanceof Date || expected instanceof RegExp || ArrayBuffer.isView(expected)) return isDeepEqual(actual, expected);
  return Object.keys(expected).every((key) => Object.hasOwn(actual, key) && contains(actual[key], expected[key]));
}
strictChecks.partialDeepStrictEqual = comparison("partialDeepStrictEqual", contains);

class CallTracker {
  #tracked = new Map();
  calls(callback = () => {}, exact = 1) {
    const [own, count] = typeof callback === "number" ? [() => {}, callback] : [callback, exact];
    const record = { expected: count, calls: [], name: own.name || "calls" };
    const tracked = (...args) => {
      record.calls.push({ arguments: args, thisArg: undefined });
      return own(...args);
    };
    this.#tracked.set(tracked, record);
    return tracked;
  }
  getCalls(tracked) {
    return [...this.#tracked.get(tracked).calls];
  }
  reset(tracked) {
    for (const [each, record] of this.#tracked) if (tracked === undefined || each === tracked) record.calls = [];
  }
  report() {
    return [...this.#tracked.values()]
      .filter(({ expected, calls }) => calls.length !== expected)
      .map(({ expected, calls, name }) => ({ message: `Expected the ${name} function to be executed ${expected} time(s) but was executed ${calls.length} time(s).`, actual: calls.length, expected, operator: name }));
  }
  verify() {
    const [first] = this.report();
    if (first !== undefined) throw new AssertionError(first);
  }
}

class Assert {
  constructor({ strict = true } = {}) {
    if (!strict) Object.assign(this, looseChecks);
  }
}
const STRICT = { equal: "strictEqual", notEqual: "notStrictEqual", deepEqual: "deepStrictEqual", notDeepEqual: "notDeepStrictEqual" };
for (const [name, value] of Object.entries(strictChecks)) Object.defineProperty(Assert.prototype, name, { value, writable: true, configurable: true });
for (const [name, same] of Object.entries(STRICT)) Object.defineProperty(Assert.prototype, name, { value: strictChecks[same], writable: true, configurable: true });
Object.assign(strictChecks, { CallTracker, Assert });

const assert = Object.assign((value, message) => ok(value, message), strictChecks, looseChecks);
assert.strict = Object.assign((value, message) => ok(value, message), strictChecks, {
  equal: strictChecks.strictEqual,
  notEqual: strictChecks.notStrictEqual,
  deepEqual: strictChecks.deepStrictEqual,
  notDeepEqual: strictChecks.notDeepStrictEqual,
});
assert.strict.strict = assert.strict;

export default assert;
