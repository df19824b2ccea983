// `tool()` of the OpenAI Agents SDK: reads the input, turns failures into text, keeps to a time limit.
import { isDenied, kindOf } from "../../core/errors.js";
import { Kind } from "../../core/kinds.js";
import { refuseOutput } from "../../dispatch/issues.js";
import { read } from "../../dispatch/names.js";
import { keepReader } from "./calls.js";

const EXCUSE = "An error occurred while running the tool. Please try again.";
const AS_RESULT = "error_as_result";

/** The name that the SDK makes of a text. */
export const functionName = (name) => name.replace(/[^a-zA-Z0-9]/g, "_");

/** What a call ends with that takes longer than its `timeoutMs`. */
export class ToolTimeoutError extends Error {
  constructor(toolName, timeoutMs) {
    super(`Function tool '${toolName}' timed out after ${timeoutMs}ms.`);
    Object.assign(this, { name: "ToolTimeoutError", toolName, timeoutMs });
  }
}

// A failure of the sandbox itself must not be turned into text; a refused input may, by a function of
// the bundle's own.
function isOurs(error, hasOwnText) {
  const kind = kindOf(error);
  return (kind !== undefined && !(hasOwnText && kind === Kind.INVALID_INPUT)) || isDenied(error);
}

function timed(name, invoke, { timeoutMs, timeoutBehavior = AS_RESULT, timeoutErrorFunction }) {
  if (timeoutMs === undefined) return invoke;
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) throw new Error(`Function tool '${name}' timeoutMs must be greater than 0.`);
  return async function invokeInTime(runContext, json, details) {
    const late = new ToolTimeoutError(name, timeoutMs);
    const ended = new AbortController();
    const signal = details?.signal ? AbortSignal.any([details.signal, ended.signal]) : ended.signal;
    let timer;
    const limit = new Promise((_, reject) => {
      timer = setTimeout(() => {
        reject(late);
        ended.abort(late);
      }, timeoutMs);
    });
    try {
      return await Promise.race([invoke(runContext, json, { ...details, signal }), limit]);
    } catch (error) {
      if (error !== late || timeoutBehavior !== AS_RESULT) throw error;
      return timeoutErrorFunction ? timeoutErrorFunction(runContext, late, details) : `Tool '${name}' timed out after ${timeoutMs}ms.`;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** A tool's `isEnabled` as a made tool has it. */
export const enabling = (isEnabled) =>
  typeof isEnabled === "function" ? (runContext, agent) => isEnabled({ runContext, agent }) : isEnabled;

/** Makes `tool(options)`; `parsed(schema, value, refuse)` is `{value}` as a schema of any kind reads it. */
export const toolWith = (parsed) =>
  function tool(options) {
    const name = functionName(options.name ?? options.execute?.name ?? "");
    if (name === "") throw new Error("Tool name cannot be empty");
    const { execute, errorFunction, outputSchema, needsApproval, isEnabled, ...rest } = options;
    const readInput = async (input) => (await parsed(options.parameters, input)).value;
    const refuse = (issues) => refuseOutput(name, issues);
    const checked = async (output) => (await parsed(outputSchema, output, refuse)).value;
    const turn = errorFunction === undefined && outputSchema === undefined ? () => EXCUSE : errorFunction;
    async function run(runContext, json, details) {
      try {
        const output = await execute(await readInput(JSON.parse(json)), runContext, details);
        return outputSchema === undefined ? output : await checked(output);
      } catch (error) {
        const stopped = read(details, "signal")?.aborted && error === details.signal.reason;
        if (stopped || !turn || isOurs(error, turn === errorFunction)) throw error;
        const text = await turn(runContext, error, details);
        return outputSchema === undefined ? text : checked(text);
      }
    }
    const invoke = timed(name, run, options);
    keepReader(invoke, readInput);
    return { strict: true, ...rest, outputSchema, type: "function", name, invoke, needsApproval, isEnabled: enabling(isEnabled) };
  };
