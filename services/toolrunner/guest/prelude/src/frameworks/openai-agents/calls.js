// Tools of the OpenAI Agents SDK: `invoke(runContext, json, details)`, and what the SDK asks around it.
import { checkEnabled, checkPolicy } from "../../dispatch/approval.js";
import { isObject, read } from "../../dispatch/names.js";

const inputs = new WeakMap();

/** What tools read from a run; approvals are up to the executor. */
export class RunContext {
  constructor(context = {}) {
    this.context = context;
    this.usage = { requests: 0, inputTokens: 0, outputTokens: 0, totalTokens: 0 };
  }
  isToolApproved() {
    return true;
  }
  approveTool() {}
  rejectTool() {}
  toJSON() {
    return { context: this.context, usage: this.usage, approvals: {} };
  }
}

/** Whether a tool is a function tool of the SDK. */
export const isInvoked = (tool) =>
  typeof read(tool, "execute") !== "function" && typeof read(tool, "invoke") === "function";

/** Remember how a tool reads its input, for its approval policy: `read(input)` as its schema does. */
export function keepReader(invoke, reader) {
  inputs.set(invoke, reader);
}

// A tool that the SDK's own code made keeps its schema to itself: of it there are the defaults.
function withDefaults(parameters, input) {
  const properties = read(parameters, "properties");
  if (!isObject(properties) || !isObject(input)) return input;
  const filled = { ...input };
  for (const key of Object.keys(properties)) {
    const value = read(properties[key], "default");
    if (value !== undefined && !Object.hasOwn(filled, key)) filled[key] = value;
  }
  return filled;
}

async function inputForPolicy(tool, input) {
  const reader = inputs.get(tool.invoke);
  return reader === undefined ? withDefaults(tool.parameters, input) : reader(input);
}

/** What a call ends with that a guardrail of the tool stops before it is made. */
export class ToolInputGuardrailTripwireTriggered extends Error {
  name = "ToolInputGuardrailTripwireTriggered";
}

/** What a call ends with whose output a guardrail of the tool stops. */
export class ToolOutputGuardrailTripwireTriggered extends Error {
  name = "ToolOutputGuardrailTripwireTriggered";
}

// The first guardrail that does not allow the call decides; one without a behaviour allows it.
async function guarded(kind, guardrails, given, Triggered) {
  for (const guardrail of guardrails ?? []) {
    const behavior = (await guardrail.run(given))?.behavior ?? { type: "allow" };
    if (behavior.type === "allow") continue;
    if (behavior.type === "rejectContent") return { message: behavior.message };
    throw new Triggered(`Tool ${kind} guardrail triggered: ${guardrail.name}`);
  }
  return undefined;
}

const has = (list) => Array.isArray(list) ? list.length > 0 : list !== undefined && list !== null;

const isHeld = (tool) =>
  tool.isEnabled !== undefined || tool.needsApproval !== undefined || has(tool.inputGuardrails) || has(tool.outputGuardrails);

/** Calls a tool with all that may hold the call back: it is offered, approved, and its guardrails allow it. */
export async function invokeHeld(tool, input, json, runContext, details, { agent, key, approved }) {
  await checkEnabled(key, tool.isEnabled, runContext, agent);
  const { toolCall } = details;
  if (!approved && tool.needsApproval) {
    const policy = tool.needsApproval;
    const given = typeof policy === "function" ? await inputForPolicy(tool, input) : input;
    await checkPolicy(key, policy, runContext, given, toolCall.callId);
  }
  const refused = await guarded("input", tool.inputGuardrails, { context: runContext, agent, toolCall }, ToolInputGuardrailTripwireTriggered);
  if (refused !== undefined) return refused.message;
  const output = await tool.invoke(runContext, json, details);
  const replaced = await guarded("output", tool.outputGuardrails, { context: runContext, agent, toolCall, output }, ToolOutputGuardrailTripwireTriggered);
  return replaced === undefined ? output : replaced.message;
}

// What is no JSON is shown as the text that JavaScript makes of it.
const shown = (output) =>
  output === undefined || typeof output === "function" || typeof output === "symbol" ? { type: "text", value: String(output) } : undefined;

/** What the model is shown of the output of any tool. */
export const showOf = () => shown;

/** Calls a tool; the SDK's own code reads the input and turns failures into text. */
export function invokeTool(tool, input, given) {
  const { context, options: { toolCallId, abortSignal } } = given;
  const json = JSON.stringify(input ?? {});
  const toolCall = {
    type: "function_call",
    name: `${read(tool, "name")}`,
    callId: toolCallId,
    status: "completed",
    arguments: json,
  };
  const runContext = new RunContext(context);
  const details = { toolCall, signal: abortSignal };
  if (isHeld(tool)) return invokeHeld(tool, input ?? {}, json, runContext, details, given);
  return tool.invoke(runContext, json, details);
}
