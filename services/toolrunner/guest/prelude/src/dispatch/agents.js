// Finds an agent in what a bundle exports, by its key in `agents` or by the name of its export.
import { toolNotFound } from "../core/errors.js";
import { isHolder, keysOf, listed, own, read } from "./names.js";

const MAX_DEPTH = 4;
const NESTED = ["default", "config", "compiledConfig", "lightfast"];

/** The tools of an agent as it declares them (an object or a function of the context). */
export function toolsOf(agent) {
  for (const holder of [read(agent, "lightfastConfig"), agent, read(agent, "settings"), read(agent, "config")]) {
    const tools = read(holder, "tools");
    if (isHolder(tools)) return tools;
  }
  return undefined;
}

/** The agent's own function for its runtime context, if it has one. */
export function contextMakerOf(agent) {
  const own = read(read(agent, "lightfastConfig"), "createRuntimeContext");
  const maker = own ?? read(agent, "createRuntimeContext");
  return typeof maker === "function" ? maker.bind(agent) : undefined;
}

const nameOf = (agent) => read(read(agent, "lightfastConfig"), "name") ?? read(agent, "name") ?? read(agent, "id");

// Maps of agents, the most telling first: of the root, of its default export, of a config in it.
function agentMaps(value, depth, found, seen) {
  if (!isHolder(value) || depth > MAX_DEPTH || seen.has(value)) return;
  seen.add(value);
  const agents = read(value, "agents");
  if (isHolder(agents) && typeof agents !== "function") found.push(agents);
  for (const key of NESTED) agentMaps(own(value, key) ?? read(value, key), depth + 1, found, seen);
}

function exportMaps(roots) {
  const found = [];
  for (const root of roots) agentMaps(root, 0, found, new Set());
  for (const root of roots) {
    for (const key of keysOf(root)) agentMaps(own(root, key), 1, found, new Set());
  }
  return found;
}

// Exports that are agents themselves, by name: named exports go before `default`.
function exportedAgents(roots) {
  const found = new Map();
  const add = (name, value) => {
    if (!found.has(name) && isHolder(value) && toolsOf(value) !== undefined) found.set(name, value);
  };
  for (const root of roots) {
    for (const key of keysOf(root)) if (key !== "default") add(key, own(root, key));
    const fallback = own(root, "default");
    for (const key of keysOf(fallback)) if (key !== "default") add(key, own(fallback, key));
    add("default", fallback);
    add("default", root);
  }
  return found;
}

function allAgents(roots) {
  const agents = new Map();
  for (const map of exportMaps(roots)) {
    for (const key of keysOf(map)) if (!agents.has(key)) agents.set(key, own(map, key));
  }
  for (const [key, agent] of exportedAgents(roots)) if (!agents.has(key)) agents.set(key, agent);
  return agents;
}

function namedAgent(agents, wanted) {
  for (const agent of agents.values()) if (nameOf(agent) === wanted) return agent;
  return undefined;
}

/** The agent of this key; throws TOOL_NOT_FOUND with the keys that there are. */
export function findAgent(roots, key) {
  const agents = allAgents(roots);
  const agent = agents.get(key) ?? namedAgent(agents, key);
  if (isHolder(agent)) return agent;
  throw toolNotFound(`the bundle exports no agent "${key}"; it has: ${listed([...agents.keys()])}`);
}
