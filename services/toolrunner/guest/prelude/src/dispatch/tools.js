// Finds a tool among an agent's tools and converts it to one callable form.
import { toolNotFound } from "../core/errors.js";
import { question } from "../frameworks/index.js";
import { toolsOf } from "./agents.js";
import { isHolder, keysOf, listed, own, read } from "./names.js";
import { nameOf, toolKeysOf } from "./tool-names.js";

/** The function of the context that makes a tool of what is declared, or undefined. */
export const toolMakerOf = question("toolMakerOf");
const callerOf = question("callerOf");

// Of those with the same name in a list the last one counts, as for the OpenAI Agents SDK.
function toolNamed(tools, wanted) {
  const isList = Array.isArray(tools);
  const keys = keysOf(tools);
  for (const key of isList ? keys.reverse() : keys) {
    const tool = own(tools, key);
    // A lone surrogate comes from the caller as U+FFFD: UTF-8 has no form for it.
    if (nameOf(tool) === wanted || (!isList && key.toWellFormed() === wanted)) return tool;
  }
  return undefined;
}

function callable(tool, declared, key, agentKey, given, isDescribed) {
  const caller = callerOf(tool, given.agent, tool !== declared);
  if (isDescribed || typeof read(tool, caller?.method ?? "execute") === "function") {
    return { __proto__: null, declared, tool, caller };
  }
  throw toolNotFound(
    `tool "${key}" of agent "${agentKey}" has no execute function: it is declared for the client ` +
      "or for the model's provider, and cannot run in the sandbox",
  );
}

function toolIn(tools, agentKey, given, isDescribed) {
  const { key } = given;
  const declared = (Array.isArray(tools) ? undefined : own(tools, key)) ?? toolNamed(tools, key);
  if (!isHolder(declared)) {
    throw toolNotFound(`agent "${agentKey}" has no tool "${key}"; it has: ${listed(toolKeysOf(tools))}`);
  }
  const make = toolMakerOf(declared);
  if (make === undefined) return callable(declared, declared, key, agentKey, given, isDescribed);
  return toolMadeBy(make, declared, agentKey, given, isDescribed);
}

async function toolMadeBy(make, declared, agentKey, given, isDescribed) {
  return callable(await make(given.context), declared, given.key, agentKey, given, isDescribed);
}

async function toolOfMade(makeTools, agentKey, given, isDescribed) {
  const made = await makeTools(given.context);
  return toolIn(isHolder(made) ? made : {}, agentKey, given, isDescribed);
}

/**
 * The tool of a call, built for its context: `{declared, tool, caller}`, where `caller` is how its
 * framework calls it, undefined for `execute`; a promise where something is built. Throws, or rejects with,
 * TOOL_NOT_FOUND with the known keys, or says that it cannot be called, unless it only `isDescribed`.
 */
export function findTool(given, agentKey, isDescribed) {
  const tools = toolsOf(given.agent);
  // Not awaited when it is an object: a tool called `then` would make it a thenable.
  return typeof tools === "function" ? toolOfMade(tools, agentKey, given, isDescribed) : toolIn(tools, agentKey, given, isDescribed);
}
