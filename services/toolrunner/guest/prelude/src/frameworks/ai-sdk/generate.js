// `generateText`, `streamText` and their kin of the AI SDK, in a tool: the executor asks the model.
import { isDenied } from "../../core/errors.js";
import { checkMayAsk, refused, refuseOptions } from "../../core/models.js";
import { isObject, keysOf } from "../../dispatch/names.js";
import { NoOutputGeneratedError } from "./errors.js";
import { isCallback } from "./hooks.js";
import { stepsOf, totalOf } from "./loop.js";
import { outputOf, partialJson } from "./outputs.js";

const UNSUPPORTED = [
  "experimental_repairToolCall", "repairToolCall", "experimental_download", "toolApproval", "experimental_refineToolInput", "toolOrder",
  "experimental_sandbox", "experimental_steering", "experimental_toolCallers", "headers", "toolCallConcurrency",
];
const CALLED = new Set(["onStepFinish", "onStepEnd", "onFinish", "onEnd", "onError", "onChunk", "onAbort"]);
const LAST_STEP = ["text", "reasoning", "reasoningText", "finishReason", "rawFinishReason", "response", "request", "providerMetadata"];
const ALL_STEPS = [
  "content", "files", "sources", "toolCalls", "staticToolCalls", "dynamicToolCalls", "toolResults", "staticToolResults",
  "dynamicToolResults", "warnings",
];

function outputAsked(options, what) {
  checkMayAsk(what);
  refuseOptions(options, [...UNSUPPORTED, ...keysOf(options).filter((name) => isCallback(name) && !CALLED.has(name))], what);
  const { timeout, experimental_transform: transform } = options;
  if (isObject(timeout)) refuseOptions(timeout, keysOf(timeout).filter((name) => name !== "totalMs"), `the timeout of ${what}`);
  // One that only smooths the words, by the stand-in, is no function.
  if ([].concat(transform).some((each) => typeof each === "function")) throw refused(`"experimental_transform" of ${what}`);
  return outputOf(options.output ?? options.experimental_output, what);
}

const signalOf = ({ abortSignal, timeout }) => {
  const limit = typeof timeout === "number" ? timeout : timeout?.totalMs;
  if (limit === undefined) return abortSignal;
  const late = AbortSignal.timeout(limit);
  return abortSignal === undefined ? late : AbortSignal.any([abortSignal, late]);
};

// What a call gives, of its steps and its output.
function resultOf(steps, output, error) {
  const last = steps.at(-1);
  const usage = totalOf(steps);
  const result = { steps, finalStep: last, usage, totalUsage: usage };
  for (const name of LAST_STEP) result[name] = last[name];
  for (const name of ALL_STEPS) result[name] = steps.flatMap((step) => step[name] ?? []);
  result.responseMessages = steps.flatMap(({ response }) => response.messages);
  for (const name of ["output", "experimental_output"]) {
    Object.defineProperty(result, name, {
      get() {
        if (error !== undefined) throw error;
        if (output === undefined) throw new NoOutputGeneratedError();
        return output;
      },
    });
  }
  return result;
}

async function outputIn(steps, output) {
  const last = steps.at(-1);
  if (output === undefined) return last.text;
  if (last.finishReason !== "stop") return undefined;
  return output.parse(last.text, { response: last.response, usage: last.usage, finishReason: last.finishReason });
}

async function drained(parts) {
  for (;;) {
    const { value, done } = await parts.next();
    if (done) return value;
  }
}

const endOf = ({ onEnd, onFinish }) => onEnd ?? onFinish;

/** Makes `generateText`, for the loops of several classes. */
export async function generated(options, what) {
  const output = outputAsked(options, what);
  const given = { ...options, abortSignal: signalOf(options) };
  const steps = await drained(stepsOf(given, { what, output }));
  const result = resultOf(steps, await outputIn(steps, output));
  await endOf(options)?.(result);
  return result;
}

export const generateText = (options) => generated(options, "generateText");

// Parts as they come, for any number of readers.
class Log {
  #parts = [];
  #isOver = false;
  #waiting = [];
  add(part) {
    this.#parts.push(part);
    this.#wake();
  }
  end() {
    this.#isOver = true;
    this.#wake();
  }
  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }
  /** A stream of what `pick(part)` gives, as far as it is something. */
  stream(pick) {
    let at = 0;
    const stream = new ReadableStream({
      pull: async (controller) => {
        for (;;) {
          if (at < this.#parts.length) {
            const picked = pick(this.#parts[at++]);
            if (picked === undefined) continue;
            controller.enqueue(picked);
            return;
          }
          if (this.#isOver) {
            controller.close();
            return;
          }
          await new Promise((resolve) => this.#waiting.push(resolve));
        }
      },
    }, { highWaterMark: 0 });
    return stream;
  }
}

const NAMES = [...LAST_STEP, ...ALL_STEPS, "steps", "finalStep", "usage", "totalUsage", "responseMessages", "output", "experimental_output"];
const OF_SERVERS = [
  "toUIMessageStream", "toUIMessageStreamResponse", "pipeUIMessageStreamToResponse", "pipeTextStreamToResponse", "toDataStreamResponse",
];

function promised(value) {
  value.catch(() => {}); // whoever reads it learns of it
  return value;
}

/** Makes `streamText`: the stream begins at once. */
export function streamed(options, what, framework) {
  const output = outputAsked(options, what);
  const log = new Log();
  const { onError = ({ error }) => console.error(error) } = options;
  const made = [];
  async function onStepEnd(step) {
    made.push(step);
    await (options.onStepEnd ?? options.onStepFinish)?.(step);
  }
  async function run() {
    const given = { ...options, abortSignal: signalOf(options), onStepEnd };
    const parts = stepsOf(given, { what, framework, output });
    for (;;) {
      const { value, done } = await parts.next();
      if (done) return value;
      await options.onChunk?.({ chunk: value });
      log.add(value);
    }
  }
  async function whole() {
    try {
      const steps = await run();
      const read = await outputIn(steps, output).then((value) => ({ value }), (error) => ({ error }));
      const result = resultOf(steps, read.value, read.error);
      await endOf(options)?.(result);
      return result;
    } catch (error) {
      if (options.abortSignal?.aborted) {
        log.add({ type: "abort", reason: `${options.abortSignal.reason}` });
        await options.onAbort?.({ steps: made });
        throw error;
      }
      log.add({ type: "error", error });
      await onError({ error });
      throw isDenied(error) ? error : new NoOutputGeneratedError({ message: "No output generated. Check the stream for errors.", cause: error });
    } finally {
      log.end();
    }
  }
  const ended = promised(whole());
  const textIn = ({ type, text }) => (type === "text-delta" ? text : undefined);
  const result = {
    consumeStream: () => ended.then(() => {}, () => {}),
    toTextStreamResponse: (init) => new Response(log.stream(textIn).pipeThrough(new TextEncoderStream()), {
      ...init, headers: { "content-type": "text/plain; charset=utf-8", ...init?.headers },
    }),
  };
  const define = (name, get) => Object.defineProperty(result, name, { get, enumerable: true });
  define("textStream", () => log.stream(textIn));
  define("fullStream", () => log.stream((part) => part));
  define("stream", () => log.stream((part) => part));
  define("partialOutputStream", () => log.stream(partialsOf(output)));
  define("experimental_partialOutputStream", () => log.stream(partialsOf(output)));
  for (const name of NAMES) define(name, () => promised(ended.then((found) => found[name])));
  for (const name of OF_SERVERS) {
    result[name] = () => {
      throw refused(`"${name}" of ${what}`);
    };
  }
  return result;
}

// Picks what the parts of an answer say of its output so far, where that is new.
function partialsOf(output) {
  let text = "";
  let last;
  return (part) => {
    if (part.type === "start-step") text = "";
    if (part.type !== "text-delta") return undefined;
    text += part.text;
    const found = output === undefined ? { value: text } : partialJson(text);
    const value = found === undefined ? undefined : output === undefined ? found.value : output.partial(found.value, found.isWhole);
    const said = JSON.stringify(value);
    if (value === undefined || said === last) return undefined;
    last = said;
    return value;
  };
}

export const streamText = (options) => streamed(options, "streamText");

function objectOutput({ output = "object", schema, schemaDescription: description, enum: options }, what) {
  if (output === "object") return { type: "object", schema, description };
  if (output === "array") return { type: "array", element: schema, description };
  if (output === "enum") return { type: "choice", options };
  throw refused(`the output "${output}" of ${what}`);
}

const NOT_OF_OBJECTS = ["tools", "experimental_repairText", "repairText"];

function forObject(options, what) {
  refuseOptions(options, NOT_OF_OBJECTS, what);
  return { ...options, output: objectOutput(options, what), onFinish: undefined };
}

const asJson = (object) => (init) => Response.json(object, init);

export async function generateObject(options) {
  const what = "generateObject";
  const { steps, output: object } = await generatedObject(forObject(options, what), what);
  const [{ finishReason, usage, warnings, request, response, providerMetadata, reasoningText }] = steps;
  const result = { object, reasoning: reasoningText, finishReason, usage, warnings, request, response, providerMetadata, toJsonResponse: asJson(object) };
  await options.onFinish?.(result);
  return result;
}

async function generatedObject(options, what) {
  const result = await generated(options, what);
  const { text, response, usage, finishReason } = result;
  if (finishReason === "stop") return result;
  const output = outputOf(options.output, what);
  return { steps: result.steps, output: await output.parse(text, { response, usage, finishReason }) };
}

export function streamObject(options) {
  const what = "streamObject";
  const given = forObject(options, what);
  const result = streamed(given, what);
  const object = promised(result.output);
  if (options.onFinish) promised(Promise.all([object.catch(() => undefined), result.usage]).then(([value, usage]) => options.onFinish({ object: value, usage })));
  const made = { object };
  const define = (name, get) => Object.defineProperty(made, name, { get, enumerable: true });
  define("partialObjectStream", () => result.partialOutputStream);
  define("textStream", () => result.textStream);
  define("fullStream", () => result.fullStream);
  for (const name of ["usage", "finishReason", "warnings", "request", "response", "providerMetadata"]) define(name, () => result[name]);
  return made;
}

/** The arguments of a call of a `ToolLoopAgent`, of its settings and those of the call. */
export async function agentOptions(settings, call) {
  const { options, prompt, messages, abortSignal, timeout, ...rest } = call;
  const own = { stopWhen: ({ steps }) => steps.length === 20, ...settings };
  const before = { ...own, prompt, messages, options };
  const made = settings.prepareCall === undefined ? before : await settings.prepareCall(before);
  const { prepareCall, ...found } = made;
  return { ...found, abortSignal, timeout, ...rest };
}
