// What a tool and its agent say about a call besides `execute`, by the names of their settings: what
// refines the input, who is told of it, and whether a person must agree. What fails to answer holds the
// call back.
import { notApproved } from "../core/errors.js";
import { question } from "../frameworks/index.js";
import { runtimeContextOf } from "./agent-values.js";
import { checkEnabled, checkPolicy, MAX_REASON, needsPerson, reasonOf } from "./approval.js";
import { parsed } from "./input.js";
import { refuseContext } from "./issues.js";
import { isObject, own, read } from "./names.js";

const NOTHING = {};
const HELD = new Set(["user-approval", "denied"]);

const keptSettings = question("settingsOf");
const settingsOf = (agent) => keptSettings(agent) ?? agent;

/**
 * Whether anything but `execute` has a say in a call, of the agent too unless it `isSilent`. Every call asks,
 * so it loops over nothing.
 */
export function isGated(tool, agent, isSilent) {
  const settings = isSilent ? NOTHING : settingsOf(agent);
  return (
    tool.isEnabled !== undefined || Boolean(tool.needsApproval || tool.requireApproval) ||
    tool.needsApprovalFn !== undefined || tool.contextSchema !== undefined || tool.onInputAvailable !== undefined ||
    settings.toolApproval !== undefined || settings.toolsContext !== undefined ||
    settings.experimental_refineToolInput !== undefined || settings.experimental_context !== undefined
  );
}

// Statuses are texts, or objects with a type and a reason. What a person has approved may still be denied.
function checkStatus(key, status, approved) {
  const type = isObject(status) ? status.type : status;
  if (type === undefined || type === "not-applicable" || type === "approved") return;
  const reason = read(status, "reason");
  const why = typeof reason === "string" ? reason.slice(0, MAX_REASON) : "";
  if (type === "denied") throw notApproved(`a call of "${key}" is denied by the agent's \`toolApproval\`${why && `: ${why}`}`);
  if (approved) return;
  throw needsPerson(key, HELD.has(type) ? why : "its `toolApproval` is of no kind that is known");
}

// An agent's `toolApproval` is one function for all tools, or a map of statuses and functions.
async function agentSaysOf(input, given, settings, forTool) {
  const { toolApproval, toolsContext } = settings;
  const { key, options: { toolCallId, messages } } = given;
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

async function checkAgentApproval(input, given, settings, forTool) {
  let said;
  try {
    said = await agentSaysOf(input, given, settings, forTool);
  } catch (error) {
    if (given.approved) return true;
    throw needsPerson(given.key, `the agent's \`toolApproval\` failed: ${reasonOf(error)}`);
  }
  if (said !== undefined) checkStatus(given.key, said.status, given.approved);
  return said !== undefined;
}

// The agent's word on a tool goes before the tool's own.
async function checkApproval(tool, input, given, settings, forTool) {
  const agentSays = settings.toolApproval !== undefined && settings.toolApproval !== null;
  if (agentSays && (await checkAgentApproval(input, given, settings, forTool))) return;
  if (given.approved) return;
  if (tool.needsApproval) await checkPolicy(given.key, tool.needsApproval, input, given.options);
  const policy = typeof tool.needsApprovalFn === "function" ? tool.needsApprovalFn : tool.requireApproval;
  if (policy) await checkPolicy(given.key, policy, input, { requestContext: { ...given.request } });
}

// The context that is given to a tool: its own entry of `toolsContext`, as `contextSchema` reads it.
async function contextFor({ contextSchema }, { key, request }, settings) {
  const entry = own(settings.toolsContext, key);
  if (contextSchema === undefined || contextSchema === null) return entry;
  const refuse = (issues) => refuseContext(key, issues);
  return (await parsed(contextSchema, entry === undefined ? { ...request } : entry, refuse)).value;
}

/**
 * The input for `execute`, once everything has agreed to the call; `given.options` then has the
 * context that the tool declares.
 */
export async function admitted(tool, parsedInput, given, isSilent) {
  const { agent, key, options, request } = given;
  const settings = isSilent ? NOTHING : settingsOf(agent);
  const shared = settings.experimental_context;
  if (shared !== undefined) options.experimental_context = isObject(shared) ? { ...shared, ...request } : shared;
  const refine = own(settings.experimental_refineToolInput, key);
  const input = typeof refine === "function" ? await refine(parsedInput) : parsedInput;
  await checkEnabled(key, tool.isEnabled, { runContext: { context: request }, agent });
  const context = await contextFor(tool, given, settings);
  if (context !== undefined) options.context = context;
  if (typeof tool.onInputAvailable === "function") await tool.onInputAvailable({ ...options, input });
  await checkApproval(tool, input, given, settings, context);
  return input;
}
