// Numbers and names of the guest ABI; see also shim/abi.h and services/toolrunner/sandbox/abi.py.

export const Emit = Object.freeze({
  RESULT: 1,
  FAILURE: 2,
  HOST_CALL: 3,
  LOADED: 4,
  FAILURE_DRAFT: 7,
  MODEL_OUTPUT: 8,
  LOAD_READS: 9,
  DEBUG: 11,
  LOG: 12,
  INFO: 13,
  WARN: 14,
  ERROR: 15,
});

export const Kind = Object.freeze({
  INVALID_INPUT: "INVALID_INPUT",
  THROWN: "THROWN",
  STACK_OVERFLOW: "STACK_OVERFLOW",
  CAPABILITY_DENIED: "CAPABILITY_DENIED",
  NEVER_SETTLED: "NEVER_SETTLED",
  TOOL_NOT_FOUND: "TOOL_NOT_FOUND",
  LOAD_FAILED: "LOAD_FAILED",
  LIMIT_EXCEEDED: "LIMIT_EXCEEDED",
  NOT_APPROVED: "NOT_APPROVED",
  NEEDS_APPROVAL: "NEEDS_APPROVAL",
});

/** What `wake` returns instead of a number of milliseconds. */
export const FINISHED = -1;
export const WAITS_FOR_HOST = -2;

export const PROGRAM_FILE = "bundle.js";
/** The main program as Node sees it, which imports the bundle. */
export const MAIN_FILE = "/main.js";
export const PRELUDE_FILE = "caisson:prelude";
