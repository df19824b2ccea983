// `agent.generate()` and `agent.stream()` of Mastra, in a tool: the executor asks the model, the agent's tools
// run here.
import { notAvailable } from "../../core/errors.js";
import { checkMayAsk } from "../../core/models.js";
import { textsOf } from "../../dispatch/agent-values.js";
import { schemaOf } from "../../dispatch/declared-schema.js";
import { isObject, keysOf } from "../../dispatch/names.js";
import { generated, streamed } from "../ai-sdk/generate.js";
import { callAnyTool, contextOf, showOf } from "./calls.js";

const STEPS = 5;
const HONOURED = new Set([
  "instructions", "maxSteps", "stopWhen", "modelSettings", "toolChoice", "activeTools", "structuredOutput", "output", "requestContext",
  "runtimeContext", "abortSignal", "providerOptions", "prepareStep", "model", "onStepFinish", "onFinish", "onError", "onChunk", "onAbort",
]);
// What changes no query and no result.
const WITHOUT_EFFECT = new Set([
  "runId", "tracingContext", "tracingOptions", "telemetry", "includeRawChunks", "returnScorerData", "scorers", "savePerStep", "maxRetries",
]);

const refused = (what) => notAvailable(`${what} is not available in the sandbox`);

function checked(options, what) {
  for (const name of keysOf(options)) {
    const isSet = options[name] !== undefined && options[name] !== null;
    if (isSet && !HONOURED.has(name) && !WITHOUT_EFFECT.has(name)) throw refused(`"${name}" of ${what}`);
  }
}

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
  for (const name of ["model", "instructions", "jsonPromptInjection", "errorStrategy"]) {
    if (rest[name] !== undefined) throw refused(`"structuredOutput.${name}" of ${what}`);
  }
  return schema === undefined ? undefined : { type: "object", schema };
}

const modelFrom = (model) => {
  if (Array.isArray(model)) return modelFrom(model[0]);
  return isObject(model) && isObject(model.model) ? model.model : model;
};

async function callOf(agent, given, options, what) {
  checkMayAsk(what);
  checked(options, what);
  const requestContext = options.requestContext ?? options.runtimeContext ?? contextOf({});
  const asked = { requestContext, runtimeContext: requestContext };
  const request = Object.fromEntries(requestContext.entries());
  const defaults = await agent.getDefaultOptions(asked);
  const all = { ...defaults, ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) };
  checked(all, what);
  for (const list of ["listConfiguredInputProcessors", "listConfiguredOutputProcessors"]) {
    if ((await agent[list](requestContext)).length > 0) throw refused(`${what} of an agent with processors`);
  }
  if (keysOf(await agent.listAgents(asked)).length > 0) throw refused(`${what} of an agent with agents of its own`);
  const instructions = all.instructions ?? (await agent.getInstructions(asked));
  const tools = await agent.listTools(asked);
  const { modelSettings = {}, maxSteps = STEPS, stopWhen } = all;
  return {
    ...modelSettings,
    model: modelFrom(all.model ?? (await agent.getModel(asked))),
    instructions: instructions === undefined || instructions === null ? undefined : textsOf(instructions),
    messages: messagesOf(given),
    tools: Object.fromEntries(keysOf(tools).map((key) => [key, toolFor(key, tools[key], agent, request)])),
    toolChoice: all.toolChoice,
    activeTools: all.activeTools,
    providerOptions: all.providerOptions,
    prepareStep: all.prepareStep,
    abortSignal: all.abortSignal,
    output: outputFor(all, what),
    onStepFinish: all.onStepFinish,
    onError: all.onError,
    stopWhen: stopWhen ?? (({ steps }) => steps.length >= maxSteps),
  };
}

const from = "AGENT";
const callChunk = ({ toolCallId, toolName, input }, runId) => ({ type: "tool-call", runId, from, payload: { toolCallId, toolName, args: input } });
const resultChunk = ({ toolCallId, toolName, input, output }, runId) =>
  ({ type: "tool-result", runId, from, payload: { toolCallId, toolName, args: input, result: output } });

// What Mastra gives of a run: the text is that of all its steps.
function fullOf(result, hasObject) {
  const runId = undefined;
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
    toolCalls: result.toolCalls.map((each) => callChunk(each, runId)),
    toolResults: result.toolResults.map((each) => resultChunk(each, runId)),
    sources: [],
    files: [],
    response: result.response,
    object: hasObject ? result.output : undefined,
    error: undefined,
    tripwire: undefined,
    runId,
  };
}

/** `agent.generate(messages, options)`. */
export async function generate(agent, messages, options = {}) {
  const what = "agent.generate";
  const call = await callOf(agent, messages, options, what);
  const result = fullOf(await generated(call, { what, framework: "mastra" }), call.output !== undefined);
  await options.onFinish?.(result);
  return result;
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
  "tool-call": (part) => callChunk(part),
  "tool-result": (part) => resultChunk(part),
  "tool-error": ({ toolCallId, toolName, input, error }) => ({ type: "tool-error", payload: { toolCallId, toolName, args: input, error } }),
  "finish-step": ({ finishReason, usage }) => ({ type: "step-finish", payload: { stepResult: { reason: finishReason }, output: { usage } } }),
  finish: ({ finishReason, totalUsage }) => ({ type: "finish", payload: { stepResult: { reason: finishReason }, output: { usage: totalUsage } } }),
  error: ({ error }) => ({ type: "error", payload: { error } }),
  abort: () => ({ type: "abort", payload: {} }),
};

const asChunks = () => new TransformStream({
  transform(part, controller) {
    const chunk = CHUNKS[part.type]?.(part);
    if (chunk !== undefined) controller.enqueue({ from, ...chunk });
  },
});

const PROMISED = [
  "text", "usage", "totalUsage", "steps", "finishReason", "warnings", "providerMetadata", "request", "reasoning", "reasoningText", "toolCalls",
  "toolResults", "sources", "files", "response", "object",
];

/** `agent.stream(messages, options)`. */
export async function stream(agent, messages, options = {}) {
  const what = "agent.stream";
  const call = await callOf(agent, messages, options, what);
  const hasObject = call.output !== undefined;
  let failure;
  const onError = async (event) => {
    failure = event.error;
    await options.onError?.(event);
  };
  const result = streamed({ ...call, onError }, { what, framework: "mastra" });
  async function full() {
    const names = ["steps", "totalUsage", "finishReason", "warnings", "request", "reasoning", "reasoningText", "toolCalls", "toolResults", "response"];
    const values = await Promise.all(names.map((name) => result[name])).catch((error) => { throw failure ?? error; });
    const found = Object.fromEntries(names.map((name, at) => [name, values[at]]));
    return fullOf({ ...found, output: hasObject ? await result.output : undefined }, hasObject);
  }
  let whole;
  const ended = () => {
    whole ??= full();
    whole.catch(() => {}); // whoever reads it learns of it
    return whole;
  };
  if (options.onFinish) ended().then(options.onFinish, () => {});
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
