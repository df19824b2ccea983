// The loop of a call of the AI SDK: asks the model, makes its calls, and asks again, until it stops.
import { isDenied } from "../../core/errors.js";
import { answerTo, readBy, refuseOptions } from "../../core/models.js";
import { modelOf, textsOf } from "../../dispatch/agent-values.js";
import { schemaOf } from "../../dispatch/declared-schema.js";
import { isObject, own } from "../../dispatch/names.js";
import { InvalidToolInputError, NoSuchToolError } from "./errors.js";
import { CONTEXTS } from "./hooks.js";
import { activeTools, madeOf, promptOf, queryOf, settingsOf } from "./queries.js";
import { Step, usageOf } from "./steps.js";

const isOneStep = ({ steps }) => steps.length === 1;
const asList = (value) => (Array.isArray(value) ? value : [value]);
const textOfError = (error) =>
  error === undefined || error === null ? "unknown error" : typeof error === "string" ? error : error instanceof Error ? `${error}` : JSON.stringify(error);
const plainJson = (value) => {
  const text = value === undefined ? undefined : JSON.stringify(value);
  return text === undefined ? null : JSON.parse(text);
};

// A call as a tool's schema reads it: one that cannot be made is invalid, and has its error.
async function callOf({ id, tool: name, input: text }, tools) {
  const tool = own(tools, name);
  const call = { type: "tool-call", toolCallId: id, toolName: name };
  const invalid = (input, error) => ({ ...call, input, dynamic: true, invalid: true, error });
  let input;
  try {
    input = text.trim() === "" ? {} : JSON.parse(text);
  } catch (cause) {
    return invalid(text, tool === undefined ? noTool(name, tools) : new InvalidToolInputError({ toolName: name, toolInput: text, cause }));
  }
  if (!isObject(tool)) return invalid(input, noTool(name, tools));
  try {
    const { value } = await readBy(schemaOf(tool), input);
    return tool.type === "dynamic" ? { ...call, input: value, dynamic: true } : { ...call, input: value };
  } catch (cause) {
    return invalid(input, new InvalidToolInputError({ toolName: name, toolInput: text, cause }));
  }
}

const noTool = (toolName, tools) => new NoSuchToolError({ toolName, availableTools: Object.keys(tools) });

// The last of the outputs that a tool gives; those before it are shown.
async function outputOfTool(tool, input, options, show) {
  const output = tool.execute(input, options);
  if (typeof output?.[Symbol.asyncIterator] !== "function") return output;
  let last;
  for await (const each of output) {
    last = each;
    show(each);
  }
  return last;
}

async function made(call, tools, messages, given, show) {
  const { toolCallId, toolName, input, dynamic } = call;
  const of = { toolCallId, toolName, input, ...(dynamic ? { dynamic } : {}) };
  if (call.invalid) return { type: "tool-error", ...of, error: textOfError(call.error) };
  const { abortSignal, toolsContext, experimental_context } = given;
  const options = { toolCallId, messages, abortSignal, context: own(toolsContext, toolName) ?? experimental_context, experimental_context };
  try {
    const output = await outputOfTool(tools[toolName], input, options, (each) => show({ type: "tool-result", ...of, output: each, preliminary: true }));
    return { type: "tool-result", ...of, output };
  } catch (error) {
    if (isDenied(error)) throw error;
    return { type: "tool-error", ...of, error };
  }
}

async function shownTo(part, tools) {
  const { type, toolCallId, toolName, input, output, error } = part;
  if (type === "tool-error") return { type: "error-text", value: textOfError(error) };
  const { toModelOutput } = own(tools, toolName) ?? {};
  if (toModelOutput) return toModelOutput({ toolCallId, input, output });
  return typeof output === "string" ? { type: "text", value: output } : { type: "json", value: plainJson(output) };
}

async function responseMessages(content, tools, ref) {
  const said = content.flatMap((part) => {
    if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }];
    if (part.type === "reasoning") return [{ type: "reasoning", text: part.text }];
    if (part.type !== "tool-call") return [];
    const { toolCallId, toolName, input, invalid } = part;
    return [{ type: "tool-call", toolCallId, toolName, input: invalid && !isObject(input) ? {} : input }];
  });
  const results = [];
  const order = content.filter(({ type }) => type === "tool-call").map(({ toolCallId }) => toolCallId);
  for (const part of content.filter(({ type }) => type === "tool-result" || type === "tool-error")) {
    const { toolCallId, toolName } = part;
    results.push({ type: "tool-result", toolCallId, toolName, output: await shownTo(part, tools) });
  }
  results.sort((left, right) => order.indexOf(left.toolCallId) - order.indexOf(right.toolCallId));
  const found = said.length > 0 ? [madeOf({ role: "assistant", content: said }, ref)] : [];
  return results.length > 0 ? [...found, { role: "tool", content: results }] : found;
}

const WORDS = new Set(["text", "reasoning"]);

// The answer's parts as the SDK's stream has them; returns the content, without the calls, and the finish.
async function* streamed(query, what, signal, startStep) {
  const content = [];
  let open;
  let finish;
  yield startStep;
  const inputs = new Set();
  const end = () => (open === undefined ? [] : [{ type: `${open.type}-end`, id: open.id }]);
  for await (const part of answerTo(query, what, signal)) {
    if (part.type === "finish") finish = part;
    else if (WORDS.has(part.type)) {
      if (open?.type !== part.type) {
        yield* end();
        open = { type: part.type, id: `${content.length}`, text: "" };
        content.push(open);
        yield { type: `${open.type}-start`, id: open.id };
      }
      open.text += part.text;
      yield { type: `${open.type}-delta`, id: open.id, text: part.text };
    } else {
      yield* end();
      open = undefined;
      if (part.type === "call") {
        inputs.add(part.id);
        yield { type: "tool-input-start", id: part.id, toolName: part.tool };
      } else yield { type: "tool-input-delta", id: part.id, delta: part.text };
    }
  }
  yield* end();
  for (const id of inputs) yield { type: "tool-input-end", id };
  return { content: content.map(({ type, text }) => ({ type, text })), finish };
}

const added = (left, right) => {
  const sum = {};
  for (const key of Object.keys(right)) {
    sum[key] = isObject(right[key]) ? added(left?.[key] ?? {}, right[key]) : (left?.[key] ?? 0) + right[key];
  }
  return sum;
};

/** The sum of the token counts of steps. */
export const totalOf = (steps) => steps.reduce((sum, { usage }) => added(sum, usage), {});

// What `prepareStep` changes of a step.
async function prepared(options, shown) {
  const ask = options.prepareStep ?? options.experimental_prepareStep;
  const change = (ask === undefined ? undefined : await ask(shown)) ?? {};
  refuseOptions(change, ["toolOrder", "experimental_sandbox"], "prepareStep");
  return change;
}

const contextsOf = (of, before) => Object.fromEntries(CONTEXTS.map((name) => [name, of[name] ?? before[name]]));

const stops = async (conditions, steps) => (await Promise.all(conditions.map((each) => each({ steps })))).some(Boolean);

// Yields what is shown of calls while they run, and returns their outcomes in their order.
async function* outcomesOf(calls, tools, messages, given) {
  const ready = [];
  let wake = () => {};
  const show = (part) => {
    ready.push(part);
    wake();
  };
  const work = Promise.all(calls.map(async (call) => {
    const part = await made(call, tools, messages, given, show);
    show(part);
    return part;
  }));
  let isOver = false;
  const over = work.then(() => { isOver = true; wake(); }, () => { isOver = true; wake(); });
  while (!isOver || ready.length > 0) {
    if (ready.length > 0) yield ready.shift();
    else await new Promise((resolve) => { wake = resolve; });
  }
  await over;
  return work;
}

/**
 * The steps of a call: yields the parts of the SDK's stream, returns the steps.
 *
 * `what` is the function that was called, `output` as `outputOf` gives it.
 */
export async function* stepsOf(options, { what, framework, output }) {
  const { abortSignal } = options;
  const conditions = asList(options.stopWhen ?? isOneStep);
  const { instructions, messages: initial } = promptOf(options);
  const told = output === undefined ? undefined : await output.told();
  const steps = [];
  let said = [];
  let before = { instructions, messages: initial };
  let contexts = contextsOf(options, { runtimeContext: {}, toolsContext: {} });
  yield { type: "start" };
  for (;;) {
    const messages = [...before.messages, ...said];
    const change = await prepared(options, {
      model: options.model, steps, stepNumber: steps.length, messages, instructions: before.instructions.join("\n\n"),
      initialInstructions: options.instructions ?? options.system, initialMessages: initial, responseMessages: said, ...contexts,
    });
    contexts = contextsOf(change, contexts);
    const model = change.model ?? options.model;
    const tools = activeTools(options.tools, change.activeTools ?? options.activeTools ?? options.experimental_activeTools);
    const others = change.instructions ?? change.system;
    if (others !== undefined) before = { ...before, instructions: textsOf(others) };
    if (change.messages !== undefined) {
      before = { ...before, messages: change.messages };
      said = [];
    }
    const shown = change.messages ?? messages;
    const query = await queryOf({
      framework, model, instructions: before.instructions, messages: shown, tools, output: told,
      toolChoice: change.toolChoice ?? options.toolChoice, settings: settingsOf(options, change),
    });
    const { content, finish } = yield* streamed(query, what, abortSignal, { type: "start-step", request: {}, warnings: [] });
    const calls = await Promise.all(finish.calls.map((call) => callOf(call, tools)));
    for (const call of calls) yield call;
    const outcomes = calls.filter((call) => call.invalid || typeof tools[call.toolName].execute === "function");
    const results = yield* outcomesOf(outcomes, tools, shown, { abortSignal, ...contexts });
    const whole = [...content, ...calls, ...results];
    const response = await responseMessages(whole, tools, finish.ref);
    said = [...said, ...response];
    const { id: modelId, provider = "" } = modelOf(model);
    const step = new Step({
      stepNumber: steps.length, model: { provider, modelId }, ...contexts, content: whole, finishReason: finish.reason, rawFinishReason: finish.reason,
      usage: usageOf({ ...finish.usage, cacheWrite: finish.usage.cacheWritten }), warnings: [], request: {}, providerMetadata: undefined,
      response: { id: "", timestamp: new Date(), modelId, messages: response },
    });
    steps.push(step);
    await (options.onStepEnd ?? options.onStepFinish)?.(step);
    yield { type: "finish-step", finishReason: step.finishReason, rawFinishReason: step.rawFinishReason, usage: step.usage, response: step.response, providerMetadata: undefined };
    if (calls.length === 0 || results.length < calls.length || await stops(conditions, steps)) break;
  }
  yield { type: "finish", finishReason: steps.at(-1).finishReason, rawFinishReason: steps.at(-1).rawFinishReason, totalUsage: totalOf(steps) };
  return steps;
}
