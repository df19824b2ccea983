// Finds a tool among an agent's tools and converts it to one callable form.
import { toolNotFound } from "../core/errors.js";
import { question } from "../frameworks/index.js";
import { toolsOf } from "./agents.js";
import { isHolder, keysOf, listed, own, read } from "./names.js";

const toolNameOf = question("toolNameOf");
const toolMakerOf = question("toolMakerOf");
const callerOf = question("callerOf");

async function toolsMadeBy(makeTools, context) {
  const made = await makeTools(context);
  return isHolder(made) ? made : {};
}

const nameOf = (tool) =>
  read(tool, "id") ?? toolNameOf(tool) ?? (typeof tool === "function" ? undefined : read(tool, "name"));

function toolNamed(tools, wanted) {
  const isList = Array.isArray(tools);
  for (const key of keysOf(tools)) {
    const tool = own(tools, key);
    // A lone surrogate comes from the caller as U+FFFD: UTF-8 has no form for it.
    if (nameOf(tool) === wanted || (!isList && key.toWellFormed() === wanted)) return tool;
  }
  return undefined;
}

const namesOf = (tools) =>
  Array.isArray(tools) ? tools.map((tool) => `${nameOf(tool)}`) : keysOf(tools);

/**
 * The tool of this key, built for this context: `{declared, tool, caller}`, where `caller` is how its
 * framework calls it, undefined for `execute`. Throws TOOL_NOT_FOUND with the known keys, or says
 * that it cannot be called.
 */
export async function findTool(agent, agentKey, key, context) {
  const declaredTools = toolsOf(agent);
  const isMaker = typeof declaredTools === "function";
  // Not awaited when it is an object: a tool called `then` would make it a thenable.
  const tools = isMaker ? await toolsMadeBy(declaredTools, context) : declaredTools;
  const declared = (Array.isArray(tools) ? undefined : own(tools, key)) ?? toolNamed(tools, key);
  if (!isHolder(declared)) {
    throw toolNotFound(`agent "${agentKey}" has no tool "${key}"; it has: ${listed(namesOf(tools))}`);
  }
  const make = toolMakerOf(declared);
  const tool = make === undefined ? declared : await make(context);
  const caller = callerOf(tool, agent, make !== undefined);
  if (typeof read(tool, caller?.method ?? "execute") === "function") return { declared, tool, caller };
  throw toolNotFound(
    `tool "${key}" of agent "${agentKey}" has no execute function: it is declared for the client ` +
      "or for the model's provider, and cannot run in the sandbox",
  );
}
