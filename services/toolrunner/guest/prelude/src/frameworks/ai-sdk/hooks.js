// The AI SDK's functions around model queries: `prepareCall`, `prepareStep`, `stopWhen` and the repair of
// tool calls, called as release 7 does. They are those of an agent's settings, wherever it keeps them.
import { runtimeContextOf, textsOf } from "../../dispatch/agent-values.js";
import { schemaOf } from "../../dispatch/declared-schema.js";
import { Dishonoured, isAnswer, isSameData, messagesTold, modelTold, plainOf } from "../../dispatch/hook-values.js";
import { askUnchanged, withTools } from "../../dispatch/in-place.js";
import { isHolder, isObject, keysOf, own } from "../../dispatch/names.js";
import { InvalidToolInputError, NoSuchToolError } from "./errors.js";
import { stepsOf } from "./steps.js";

/** The settings of a query that a step may change. */
export const QUERY = [
  "frequencyPenalty", "maxOutputTokens", "presencePenalty", "reasoning", "seed", "stopSequences", "temperature",
  "topK", "topP",
];
/** What tools and later steps see beside the messages. */
export const CONTEXTS = ["runtimeContext", "toolsContext", "experimental_context"];
// What a call that `prepareCall` makes may say of these, Caisson does not use in any run.
const UNUSED = new Set([
  "id", "version", "description", "callOptionsSchema", "options", "prepareCall", "headers", "maxRetries",
  "telemetry", "experimental_telemetry", "include", "allowSystemInMessages", "abortSignal", "_internal",
  "experimental_toolApprovalSecret",
]);
const SEPARATE = new Set([
  ...QUERY, ...CONTEXTS, "providerOptions", "instructions", "system", "prompt", "messages", "model", "tools",
  "activeTools", "experimental_activeTools", "toolChoice",
]);
// What the SDK reads of what `prepareStep` returns; of the others, some are what it was given.
const OF_A_STEP = new Set([...SEPARATE].filter((name) => !["prompt", "experimental_activeTools"].includes(name)).concat("toolOrder", "experimental_sandbox"));
/** Whether a setting is called while a run goes on. */
export const isCallback = (key) => /^(?:experimental_)?on[A-Z]/.test(key);

function instructionsTold(value) {
  try {
    return textsOf(value);
  } catch (error) {
    throw new Dishonoured(`its instructions cannot be used: ${error.message}`);
  }
}

function refuseContexts(result, before) {
  for (const name of CONTEXTS) {
    const context = result[name];
    if (context === undefined || context === null || context === before[name]) continue;
    if (!isSameData(context, before[name])) throw new Dishonoured(`it changes \`${name}\`, which tools and later steps would see`);
  }
}

const MAX_NAME = 100;
const MAX_LOST = 20;

/** What providers are told by an agent, and by a step. */
export const merged = (left, right) => {
  if (!isObject(left) || !isObject(right) || Array.isArray(left) || Array.isArray(right)) return right;
  const both = { ...left };
  for (const key of keysOf(right)) both[key] = key in both ? merged(both[key], right[key]) : right[key];
  return both;
};

// What a hook returned, each member read once: a getter may give something else the next time.
function takenOf(result, names) {
  const taken = {};
  const take = (name) => {
    const value = result[name];
    if (value !== undefined) taken[name] = value;
  };
  names.forEach(take);
  for (const name of keysOf(result)) if (!names.has(name)) take(name);
  return taken;
}

// Names of what nobody does, for the executor to tell; the SDK passes over them, too.
const lostOf = (result, isKnown, before) => keysOf(result)
  .filter((key) => !isKnown(key) && result[key] !== undefined && result[key] !== before[key])
  .map((key) => key.slice(0, MAX_NAME))
  .slice(0, MAX_LOST);

// What a step's settings change of a query.
async function changesOf(returned, given, messagesBefore, before) {
  if (returned === undefined || returned === null) return null;
  if (!isAnswer(returned)) throw new Dishonoured("it returns no object");
  const result = takenOf(returned, OF_A_STEP);
  const found = {};
  const lost = lostOf(result, (key) => OF_A_STEP.has(key), before);
  if (lost.length > 0) found.lost = lost;
  const instructions = result.instructions ?? result.system ?? undefined;
  if (instructions !== undefined) found.instructions = instructionsTold(instructions);
  const { model, messages, activeTools, toolChoice, providerOptions } = result;
  if (model !== undefined && model !== null && model !== before.model) found.model = modelTold(model);
  if (messages !== undefined && messages !== null) {
    const told = messagesTold(messages, given.messages, await messagesBefore());
    if (told !== undefined) found.messages = told;
  }
  if (activeTools !== undefined && activeTools !== null) found.activeTools = plainOf(activeTools, "its `activeTools`");
  if (toolChoice !== undefined && toolChoice !== null) found.toolChoice = plainOf(toolChoice, "its `toolChoice`");
  const settings = {};
  for (const name of QUERY) {
    const value = result[name];
    if (value !== undefined && value !== null) settings[name] = plainOf(value, `its \`${name}\``);
  }
  if (isObject(providerOptions)) {
    settings.providerOptions = plainOf(merged(given.settings.providerOptions, providerOptions), "its `providerOptions`");
  }
  if (keysOf(settings).length > 0) found.settings = settings;
  refuseContexts(result, before);
  for (const name of ["toolOrder", "experimental_sandbox", "tools"]) {
    const value = result[name];
    if (value !== undefined && value !== null) throw new Dishonoured(`it sets \`${name}\`, which Caisson does not change for a step`);
  }
  return found;
}

// Inputs as the SDK shows them: what a tool's schema, and what refines it, made of the model's words.
async function inputsRead({ settings, tools }, given, parsed) {
  // No calls, no inputs.
  if (given.steps.length === 0 && !given.messages.some(({ role }) => role === "assistant")) return given;
  const known = new Map();
  const readOnce = (id, tool, input) => {
    if (!known.has(id)) known.set(id, read(tool, input));
    return known.get(id);
  };
  const read = async (tool, input) => {
    const declared = own(tools, tool);
    const refine = own(settings.experimental_refineToolInput, tool);
    if (!isHolder(declared)) return input;
    try {
      const { value } = await parsed(schemaOf(declared), input);
      return refine === undefined ? value : await refine(value);
    } catch {
      return input; // the call was not made
    }
  };
  const part = async (each) =>
    each.type === "tool-call" ? { ...each, input: await readOnce(each.toolCallId, each.toolName, each.input) } : each;
  const message = async (each) =>
    each.role === "assistant" ? { ...each, content: await Promise.all(each.content.map(part)) } : each;
  const call = async (each) => ({ ...each, input: await readOnce(each.id, each.tool, each.input) });
  const step = async (each) => ({ ...each, calls: await Promise.all(each.calls.map(call)) });
  const [messages, steps] = await Promise.all([
    Promise.all(given.messages.map(message)), Promise.all(given.steps.map(step)),
  ]);
  return { ...given, messages, steps };
}

// The agent's instructions in their own form, unless a hook has put others in their place.
function instructionsOf(given, { instructions }) {
  return given.instructionsAreOwn ? instructions : given.instructions.join("\n\n");
}

function contextsOf(settings, call) {
  return {
    toolsContext: settings.toolsContext ?? {},
    runtimeContext: runtimeContextOf(settings, call),
    experimental_context: settings.experimental_context,
  };
}

// Tools and later steps would see what a hook does to a context.
const askWithContexts = ({ runtimeContext, toolsContext, experimental_context: experimental }, ask) =>
  askUnchanged({ runtimeContext: [runtimeContext], toolsContext: [toolsContext], experimental_context: [experimental] }, ask);

async function prepareStep(agent, given, call, parsed, messagesBefore) {
  const { settings } = agent;
  const ask = settings.prepareStep ?? settings.experimental_prepareStep;
  if (ask === undefined || ask === null) return null;
  const contexts = contextsOf(settings, call);
  const { messages } = given;
  const steps = stepsOf(given, contexts);
  const shown = {
    model: settings.model,
    steps,
    stepNumber: given.step,
    instructions: instructionsOf(given, agent),
    initialInstructions: agent.instructions,
    messages,
    initialMessages: isObject(given.initialMessages) ? given.initialMessages : messages.slice(0, given.initialMessages),
    responseMessages: steps.flatMap((step) => step.response.messages),
    ...contexts,
  };
  const result = await askWithContexts(contexts, () => ask({ ...shown }));
  const changes = await changesOf(result, given, messagesBefore, shown);
  return changes === null || agent.keepsSteps !== false ? changes : { ...changes, isKept: false };
}

async function stopWhen({ settings }, given, call) {
  const conditions = settings.stopWhen;
  if (conditions === undefined || conditions === null) return false;
  const steps = stepsOf(given, contextsOf(settings, call));
  const all = Array.isArray(conditions) ? conditions : [conditions];
  return (await Promise.all(all.map((condition) => condition({ steps })))).some(Boolean);
}

function errorOf({ tool, input_text: toolInput, problem }, tools) {
  const availableTools = keysOf(tools);
  if (!availableTools.includes(tool)) return new NoSuchToolError({ toolName: tool, availableTools });
  return new InvalidToolInputError({ toolName: tool, toolInput, cause: new TypeError(problem) });
}

async function repairToolCall(agent, given) {
  const { settings } = agent;
  const ask = settings.repairToolCall ?? settings.experimental_repairToolCall;
  if (ask === undefined || ask === null) return null;
  const { call } = given;
  const tools = isObject(agent.tools) ? agent.tools : {};
  const active = Object.fromEntries(given.tools.filter((key) => Object.hasOwn(tools, key)).map((key) => [key, tools[key]]));
  const system = instructionsOf(given, agent);
  const result = await ask({
    toolCall: { type: "tool-call", toolCallId: call.id, toolName: call.tool, input: call.input_text },
    tools: active,
    inputSchema: async ({ toolName }) => own(given.schemas, toolName),
    instructions: system,
    system,
    messages: given.messages,
    error: errorOf(call, active),
  });
  if (result === undefined || result === null) return null;
  const { toolName, input } = result;
  if (typeof toolName !== "string" || typeof input !== "string") throw new Dishonoured("it gives no name of a tool and no input as text");
  return { tool: toolName, input_text: input };
}

// The names of tools that a call has of the agent's own.
function toolsTold(tools, before) {
  const keys = keysOf(tools);
  if (!keys.every((key) => own(tools, key) === own(before, key))) throw new Dishonoured("it makes new tools");
  return keys;
}

async function promptTold({ prompt, messages }, before, given, messagesBefore) {
  const told = async (returned) => messagesTold(returned, given.messages, await messagesBefore());
  if (prompt === before.prompt && messages === before.messages) {
    return before.messages === undefined ? undefined : told(messages);
  }
  if (prompt !== undefined && messages !== undefined) throw new Dishonoured("it gives both a `prompt` and `messages`");
  const wanted = prompt ?? messages;
  if (typeof wanted === "string") return [{ role: "user", content: wanted }];
  return told(wanted);
}

function settingsTold(result, before) {
  const settings = {};
  for (const name of [...QUERY, "providerOptions"]) {
    const value = result[name] ?? undefined;
    if (value === (before[name] ?? undefined)) continue;
    settings[name] = value === undefined ? null : plainOf(value, `its \`${name}\``);
  }
  return settings;
}

async function callTold(result, before, given, messagesBefore) {
  const found = {};
  const instructions = result.instructions ?? result.system;
  if (instructions !== (before.instructions ?? before.system)) found.instructions = instructionsTold(instructions);
  if (result.model !== before.model) found.model = modelTold(result.model);
  const messages = await promptTold(result, before, given, messagesBefore);
  if (messages !== undefined) found.messages = messages;
  const active = result.activeTools ?? result.experimental_activeTools ?? undefined;
  const wasActive = before.activeTools ?? before.experimental_activeTools ?? undefined;
  if (result.tools !== before.tools) {
    const keys = toolsTold(result.tools, before.tools);
    found.activeTools = active === undefined ? keys : plainOf(active, "its `activeTools`").filter((key) => keys.includes(key));
  } else if (active !== wasActive) {
    found.activeTools = active === undefined ? keysOf(before.tools) : plainOf(active, "its `activeTools`");
  }
  const choice = result.toolChoice ?? undefined;
  if (choice !== (before.toolChoice ?? undefined)) found.toolChoice = choice === undefined ? null : plainOf(choice, "its `toolChoice`");
  const settings = settingsTold(result, before);
  if (keysOf(settings).length > 0) found.settings = settings;
  refuseContexts(result, before);
  const lost = lostOf(result, (key) => !UNUSED.has(key) && !isCallback(key), before);
  if (lost.length > 0) found.lost = lost;
  for (const key of new Set([...keysOf(before), ...keysOf(result)])) {
    if (SEPARATE.has(key) || UNUSED.has(key) || isCallback(key) || result[key] === before[key]) continue;
    throw new Dishonoured(`it changes \`${key}\`, which Caisson does not change for a call`);
  }
  return found;
}

const isTwentySteps = ({ steps }) => steps.length === 20;

async function prepareCall(agent, given, call, parsed, messagesBefore) {
  const { settings } = agent;
  const ask = settings.prepareCall;
  if (ask === undefined || ask === null) return null;
  const { messages } = given;
  const only = messages.length === 1 && typeof messages[0].content === "string" ? messages[0].content : undefined;
  const { value: options } = await parsed(settings.callOptionsSchema, { ...call.request });
  const kept = keysOf(settings).filter((key) => !isCallback(key));
  const before = {
    ...Object.fromEntries(kept.map((key) => [key, settings[key]])),
    instructions: agent.instructions,
    tools: agent.tools,
    stopWhen: settings.stopWhen ?? isTwentySteps,
    ...(only === undefined ? { messages } : { prompt: only }),
    options,
  };
  const result = (await askWithContexts(before, () => ask({ ...before }))) ?? before;
  if (!isAnswer(result)) throw new Dishonoured("it returns no object");
  return callTold(takenOf(result, SEPARATE), before, given, messagesBefore);
}

const HOOKS = { prepareCall, prepareStep, stopWhen, repairToolCall };

/**
 * How the hooks in an agent's settings are called. `agent` gives, for a call, `{settings, instructions, tools,
 * keepsSteps}` or a promise of it; later steps keep what one changed of instructions and messages,
 * unless `keepsSteps` is false.
 */
export function sdkHooks(agent, names = Object.keys(HOOKS)) {
  const call = (name) => async (given, asked, parsed, again) => {
    const of = await agent(asked);
    const messagesBefore = async () => (await inputsRead(of, again(), parsed)).messages;
    const inputs = await inputsRead(of, given, parsed);
    return askUnchanged({ tools: withTools(of.tools), settings: [of.settings] }, () => HOOKS[name](of, inputs, asked, parsed, messagesBefore));
  };
  return Object.fromEntries(names.map((name) => [name, call(name)]));
}
