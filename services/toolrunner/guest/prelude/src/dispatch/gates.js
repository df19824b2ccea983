// What a tool and its agent say about a call besides `execute`, in the AI SDK's and Mastra's terms: what
// refines the input, who is told of it, and whether a person must agree. What fails to answer holds the
// call back.
import { notApproved } from "../core/errors.js";
import { question } from "../frameworks/index.js";
import { checkEnabled, checkPolicy, MAX_REASON, needsPerson, reasonOf } from "./approval.js";
import { parsed } from "./input.js";
import { refuseContext } from "./issues.js";
import { isHolder, isObject, own, read } from "./names.js";

const OF_TOOLS = ["needsApproval", "requireApproval", "needsApprovalFn", "contextSchema", "onInputAvailable", "isEnabled"];
const OF_AGENTS = ["toolApproval", "toolsContext", "experimental_refineToolInput", "experimental_context"];
const HELD = new Set(["user-approval", "denied"]);

const settingsOf = question("settingsOf");

function saysMore(value, names) {
  for (let i = 0; i < names.length; i++) {
    const said = value[names[i]];
    if (said !== undefined && said !== false && said !== null) return true;
  }
  return false;
}

/** The settings of an agent that its framework looks at in each call of a tool. */
export const callSettingsOf = (agent) => settingsOf(agent) ?? agent;

/** Whether anything but `execute` has a say in a call. */
export const isGated = (tool, settings) =>
  tool.isEnabled === false || saysMore(tool, OF_TOOLS) || (isHolder(settings) && saysMore(settings, OF_AGENTS));

// The AI SDK's statuses are texts, or objects with a type and a reason.
function checkStatus(key, status) {
  const type = isObject(status) ? status.type : status;
  if (type === undefined || type === "not-applicable" || type === "approved") return;
  const reason = read(status, "reason");
  const why = typeof reason === "string" ? reason.slice(0, MAX_REASON) : "";
  if (type === "denied") throw notApproved(`a call of "${key}" is denied by the agent's \`toolApproval\`${why && `: ${why}`}`);
  throw needsPerson(key, HELD.has(type) ? why : "its `toolApproval` is of no kind that is known");
}

// An agent's `toolApproval` is one function for all tools, or a map of statuses and functions.
async function agentSaysOf({ key, settings, given, input }, forTool) {
  const { toolApproval, toolsContext } = settings;
  const { toolCallId, messages } = given.options;
  const runtimeContext = runtimeContextOf(settings, given);
  if (typeof toolApproval === "function") {
    const toolCall = { type: "tool-call", toolCallId, toolName: key, input };
    return { status: await toolApproval({ toolCall, tools: settings.tools, toolsContext, messages, runtimeContext }) };
  }
  const said = own(toolApproval, key);
  if (said === undefined || said === null) return undefined;
  if (typeof said !== "function") return { status: said };
  return { status: await said(input, { toolCallId, messages, toolContext: forTool, runtimeContext }) };
}

function runtimeContextOf(settings, given) {
  return isObject(settings.runtimeContext) ? { ...settings.runtimeContext, ...given.request } : given.request;
}

async function checkAgentApproval(call, forTool) {
  let said;
  try {
    said = await agentSaysOf(call, forTool);
  } catch (error) {
    throw needsPerson(call.key, `the agent's \`toolApproval\` failed: ${reasonOf(error)}`);
  }
  if (said !== undefined) checkStatus(call.key, said.status);
  return said !== undefined;
}

async function checkApproval(call, forTool) {
  const { key, tool, input, given, settings } = call;
  const agentSays = isHolder(settings) && settings.toolApproval != null;
  if (agentSays && (await checkAgentApproval(call, forTool))) return;
  if (tool.needsApproval != null) await checkPolicy(key, tool.needsApproval, input, given.options);
  const ofMastra = typeof tool.needsApprovalFn === "function" ? tool.needsApprovalFn : tool.requireApproval;
  if (ofMastra) await checkPolicy(key, ofMastra, input, { requestContext: { ...given.request } });
}

// The context that the AI SDK gives a tool: its own entry of `toolsContext`, as `contextSchema` reads it.
async function contextFor({ key, tool, given, settings }) {
  const entry = own(isHolder(settings) ? settings.toolsContext : undefined, key);
  const { contextSchema } = tool;
  if (contextSchema === undefined || contextSchema === null) return entry;
  return parsed(contextSchema, entry === undefined ? { ...given.request } : entry, (issues) => refuseContext(key, issues));
}

/**
 * The input for `execute`, once everything has agreed to the call; `given.options` then has the
 * context that the tool declares. `call` is `{key, tool, input, given, settings}`.
 */
export async function admitted(call) {
  const { key, tool, given, settings } = call;
  const { options } = given;
  const shared = isHolder(settings) ? settings.experimental_context : undefined;
  if (shared !== undefined) options.experimental_context = isObject(shared) ? { ...shared, ...given.request } : shared;
  const refine = own(isHolder(settings) ? settings.experimental_refineToolInput : undefined, key);
  const input = typeof refine === "function" ? await refine(call.input) : call.input;
  await checkEnabled(key, tool.isEnabled, { runContext: { context: given.request }, agent: given.agent });
  const context = await contextFor(call);
  if (context !== undefined) options.context = context;
  if (typeof tool.onInputAvailable === "function") await tool.onInputAvailable({ ...options, input });
  if (!given.approved) await checkApproval({ ...call, input }, context);
  return input;
}
