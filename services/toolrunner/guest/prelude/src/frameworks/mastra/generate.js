// `agent.generate()` and `agent.stream()` of Mastra, in a tool: the executor asks the model, the agent's tools
// run here.
import { checkMayAsk, refused, refuseOptions } from "../../core/models.js";
import { textsOf } from "../../dispatch/agent-values.js";
import { schemaOf } from "../../dispatch/declared-schema.js";
import { isObject, keysOf } from "../../dispatch/names.js";
import { streamed } from "../ai-sdk/generate.js";
import { callAnyTool, contextOf, showOf } from "./calls.js";

const STEPS = 5;
// What the loop takes as it is.
const PASSED = [
  "toolChoice", "activeTools", "providerOptions", "prepareStep", "abortSignal", "onStepFinish", "onFinish", "onError", "onChunk", "onAbort",
];
const HONOURED = new Set([
  ...PASSED, "instructions", "maxSteps", "stopWhen", "modelSettings", "structuredOutput", "output", "requestContext", "runtimeContext", "model",
]);
// What changes no query and no result.
const WITHOUT_EFFECT = new Set([
  "runId", "tracingContext", "tracingOptions", "telemetry", "includeRawChunks", "returnScorerData", "scorers", "savePerStep", "maxRetries",
]);

const messagesOf = (given) => {
  if (typeof given === "string") return [{ role: "user", content: given }];
  return (Array.isArray(given) ? given : [given]).map((each) => (typeof each === "string" ? { role: "user", content: each } : each));
};

// A tool of Mastra as the loop of the AI SDK calls it.
function toolFor(key, tool, agent, request) {
  const shown = showOf(tool);
  return {
    description: tool.description,
    inputSchema: schemaOf(tool) ?? { type: "object", properties: {} },
    strict: tool.strict,
    needsApproval: tool.requireApproval,
    execute: typeof tool.execute === "function"
      ? (input, { toolCallId, messages, abortSignal }) => callAnyTool(tool, input, { agent, key, request, options: { toolCallId, messages, abortSignal } })
      : undefined,
    toModelOutput: shown === undefined ? undefined : async ({ output }) => (await shown(output)) ?? { type: "json", value: output ?? null },
  };
}

function outputFor({ structuredOutput, output }, what) {
  const { schema = output, ...rest } = structuredOutput ?? {};
  refuseOptions(rest, ["model", "instructions", "jsonPromptInjection", "errorStrategy"], `the structuredOutput of ${what}`);
  return schema === undefined ? undefined : { type: "object", schema };
}

const modelFrom = (model) => {
  if (Array.isArray(model)) return modelFrom(model[0]);
  return isObject(model) && isObject(model.model) ? model.model : model;
};

async function callOf(agent, given, options, what) {
  checkMayAsk(what);
  const requestContext = options.requestContext ?? options.runtimeContext ?? contextOf({});
  const asked = { requestContext, runtimeContext: requestContext };
  const request = Object.fromEntries(requestContext.entries());
  const defaults = await agent.getDefaultOptions(asked);
  const all = { ...defaults, ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) };
  refuseOptions(all, keysOf(all).filter((name) => !HONOURED.has(name) && !WITHOUT_EFFECT.has(name)), what);
  for (const list of ["listConfiguredInputProcessors", "listConfiguredOutputProcessors"]) {
    if ((await agent[list](requestContext)).length > 0) throw refused(`${what} of an agent with processors`);
  }
  if (keysOf(await agent.listAgents(asked)).length > 0) throw refused(`${what} of an agent with agents of its own`);
  const instructions = all.instructions ?? (await agent.getInstructions(asked));
  const tools = await agent.listTools(asked);
  const { modelSettings = {}, maxSteps = STEPS, stopWhen } = all;
  return {
    ...modelSettings,
    ...Object.fromEntries(PASSED.map((name) => [name, all[name]])),
    model: modelFrom(all.model ?? (await agent.getModel(asked))),
    instructions: instructions === undefined || instructions === null ? undefined : textsOf(instructions),
    messages: messagesOf(given),
    tools: Object.fromEntries(keysOf(tools).map((key) => [key, toolFor(key, tools[key], agent, request)])),
    output: outputFor(all, what),
    stopWhen: stopWhen ?? (({ steps }) => steps.length >= maxSteps),
  };
}

const from = "AGENT";
const callChunk = ({ toolCallId, toolName, input }) => ({ type: "tool-call", from, payload: { toolCallId, toolName, args: input } });
const resultChunk = ({ toolCallId, toolName, input, output }) =>
  ({ type: "tool-result", from, payload: { toolCallId, toolName, args: input, result: output } });

// What Mastra gives of a run: the text is that of all its steps.
function fullOf(result, hasObject) {
  const text = result.steps.map((step) => step.text).join("");
  return {
    text,
    usage: result.totalUsage,
    totalUsage: result.totalUsage,
    steps: result.steps,
    finishReason: result.finishReason,
    warnings: result.warnings,
    providerMetadata: undefined,
    request: result.request,
    reasoning: result.reasoning,
    reasoningText: result.reasoningText,
    toolCalls: result.toolCalls.map(callChunk),
    toolResults: result.toolResults.map(resultChunk),
    sources: [],
    files: [],
    response: result.response,
    object: hasObject ? result.output : undefined,
    error: undefined,
    tripwire: undefined,
    runId: undefined,
  };
}

const CHUNKS = {
  start: () => ({ type: "start", payload: {} }),
  "start-step": () => ({ type: "step-start", payload: {} }),
  "text-start": ({ id }) => ({ type: "text-start", payload: { id } }),
  "text-delta": ({ id, text }) => ({ type: "text-delta", payload: { id, text } }),
  "text-end": ({ id }) => ({ type: "text-end", payload: { id } }),
  "reasoning-start": ({ id }) => ({ type: "reasoning-start", payload: { id } }),
  "reasoning-delta": ({ id, text }) => ({ type: "reasoning-delta", payload: { id, text } }),
  "reasoning-end": ({ id }) => ({ type: "reasoning-end", payload: { id } }),
  "tool-call": callChunk,
  "tool-result": resultChunk,
  "tool-error": ({ toolCallId, toolName, input, error }) => ({ type: "tool-error", payload: { toolCallId, toolName, args: input, error } }),
  "finish-step": ({ finishReason, usage }) => ({ type: "step-finish", payload: { stepResult: { reason: finishReason }, output: { usage } } }),
  finish: ({ finishReason, totalUsage }) => ({ type: "finish", payload: { stepResult: { reason: finishReason }, output: { usage: totalUsage } } }),
  error: ({ error }) => ({ type: "error", payload: { error } }),
  abort: () => ({ type: "abort", payload: {} }),
};

// Those that `onChunk` is told.
const TOLD = new Set(["text-delta", "reasoning-delta", "tool-call", "tool-result", "tool-error"]);

function chunkOf(part) {
  const chunk = CHUNKS[part.type]?.(part);
  return chunk && { from, ...chunk };
}

const asChunks = () => new TransformStream({
  transform(part, controller) {
    const chunk = chunkOf(part);
    if (chunk !== undefined) controller.enqueue(chunk);
  },
});

const PROMISED = [
  "text", "usage", "totalUsage", "steps", "finishReason", "warnings", "providerMetadata", "request", "reasoning", "reasoningText", "toolCalls",
  "toolResults", "sources", "files", "response", "object",
];

const NAMES = ["steps", "totalUsage", "finishReason", "warnings", "request", "reasoning", "reasoningText", "toolCalls", "toolResults", "response"];

async function begun(agent, messages, options, what) {
  const { onFinish, onError, onChunk, ...call } = await callOf(agent, messages, options, what);
  const hasObject = call.output !== undefined;
  let failure;
  const result = streamed({
    ...call,
    async onError(event) {
      failure = event.error;
      await onError?.(event);
    },
    onChunk: onChunk && (({ chunk }) => (TOLD.has(chunk.type) ? onChunk(chunkOf(chunk)) : undefined)),
  }, what, "mastra");
  async function full() {
    const values = await Promise.all(NAMES.map((name) => result[name])).catch((error) => { throw failure ?? error; });
    const found = Object.fromEntries(NAMES.map((name, at) => [name, values[at]]));
    const whole = fullOf({ ...found, output: hasObject ? await result.output : undefined }, hasObject);
    await onFinish?.(whole);
    return whole;
  }
  let whole;
  const ended = () => {
    whole ??= full();
    whole.catch(() => {}); // whoever reads it learns of it
    return whole;
  };
  if (onFinish) ended();
  const made = { runId: undefined, getFullOutput: ended, consumeStream: () => ended().then(() => {}, () => {}) };
  const define = (name, get) => Object.defineProperty(made, name, { get, enumerable: true });
  define("textStream", () => result.textStream);
  define("fullStream", () => result.fullStream.pipeThrough(asChunks()));
  define("objectStream", () => result.partialOutputStream);
  define("error", () => failure);
  define("tripwire", () => undefined);
  for (const name of PROMISED) {
    define(name, () => {
      const value = ended().then((found) => found[name]);
      value.catch(() => {});
      return value;
    });
  }
  return made;
}

/** `agent.stream(messages, options)`. */
export const stream = (agent, messages, options = {}) => begun(agent, messages, options, "agent.stream");

/** `agent.generate(messages, options)`: the stream, read to its end. */
export async function generate(agent, messages, options = {}) {
  const { getFullOutput } = await begun(agent, messages, options, "agent.generate");
  return getFullOutput();
}
