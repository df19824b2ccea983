// Mastra: agents and tools keep their settings in private fields and expose methods.
import { callAnyTool, callMastraTool, isMastraAgent, isMastraTool, mastraAgentsOf, mastraTools } from "./calls.js";
import { mastraCore, mastraRefused } from "./package.js";

const NO_AGENTS = {};
const own = { checksInput: true, call: callMastraTool };
const any = { call: callAnyTool };

function entryOf(specifier) {
  if (specifier === "@mastra/core" || specifier.startsWith("@mastra/core/")) {
    return { exports: mastraCore, refuse: mastraRefused, known: true, open: true };
  }
  if (!specifier.startsWith("@mastra/")) return undefined;
  return { exports: {}, refuse: mastraRefused, known: true, open: true };
}

// Sub-agents that an agent may call are not agents of the bundle.
const agentsOf = (value) => (isMastraAgent(value) ? NO_AGENTS : mastraAgentsOf(value));

function callerOf(tool, agent) {
  if (isMastraTool(tool)) return own;
  return isMastraAgent(agent) ? any : undefined;
}

export const mastra = {
  entryOf,
  agentsOf,
  toolsOf: (agent) => (isMastraAgent(agent) ? mastraTools(agent) : undefined),
  callerOf,
};
