// What an agent of Mastra is for a request's context, by the methods that its releases have.
import { isObject, read } from "../../dispatch/names.js";
import { isStandIn } from "../../load/standins.js";
import { sdkHooks } from "../ai-sdk/hooks.js";
import { contextOf, mastraTools } from "./calls.js";

// Those of current releases come first.
const DEFAULT_OPTIONS = [
  "getDefaultOptions",
  "getDefaultVNextStreamOptions",
  "getDefaultStreamOptions",
  "getDefaultGenerateOptions",
  "getDefaultStreamOptionsLegacy",
  "getDefaultGenerateOptionsLegacy",
];

// A stand-in has any method, but none of them is in it: making one costs more than to look.
function isOwnMethod(agent, name) {
  if (!(name in agent)) return false;
  const method = read(agent, name);
  return typeof method === "function" && !isStandIn(method);
}

/** The default options of an agent's runs: objects of which the first that has a setting counts. */
export async function settingsFor(agent, asked) {
  const found = [];
  for (const name of DEFAULT_OPTIONS) {
    if (!isOwnMethod(agent, name)) continue;
    const options = await agent[name](asked);
    if (isObject(options)) found.push(...[read(options, "modelSettings"), options].filter(isObject));
  }
  return found;
}

async function modelsFor(agent, asked) {
  const list = isOwnMethod(agent, "getModelList") ? await agent.getModelList(asked.requestContext) : undefined;
  return Array.isArray(list) ? list : agent.getModel(asked);
}

/** What an agent's methods are given of a request. */
export const asked = ({ context }) => {
  const given = contextOf(context);
  return { requestContext: given, runtimeContext: given };
};

/** The hooks of an agent: those of the default options of its runs. */
export function mastraHooks(agent) {
  return sdkHooks(async (call) => {
    const all = await settingsFor(agent, asked(call));
    const settings = all.find((options) => options.stopWhen !== undefined) ?? {};
    return { settings, tools: await mastraTools(agent)(call.request) };
  }, ["stopWhen"]);
}

export function mastraParts(agent) {
  return {
    instructions: (given) => agent.getInstructions(asked(given)),
    description: () => (isOwnMethod(agent, "getDescription") ? agent.getDescription() : ""),
    model: (given) => modelsFor(agent, asked(given)),
    settings: (given) => settingsFor(agent, asked(given)),
    // What the default options of a run say of instructions goes over the agent's own.
    apart: new Set(),
  };
}
