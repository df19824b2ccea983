// Finds an agent in a bundle's exports, by its key in `agents`, by the name of its export, or by its
// path from one: `team[0]`, `byName.faq`, `Team.lead`, `createHelper()`.
import { toolNotFound } from "../core/errors.js";
import { ofEach, question } from "../frameworks/index.js";
import { isStandIn } from "../load/standins.js";
import { isHolder, isObject, keysOf, listed, own, read } from "./names.js";
import { keyIn } from "./tool-names.js";

const MAX_DEPTH = 4;
const NESTED = ["default", ...ofEach("holders").flat()];
const agentsOf = question("agentsOf");
const agentNameOf = question("agentNameOf");
const ownToolsOf = question("toolsOf");
/** How an agent of a framework is asked for its parts; undefined for any other value. */
export const partsOf = question("partsOf");

/** The tools of an agent as it declares them (an object, an array or a function of the context). */
export function toolsOf(agent) {
  const found = ownToolsOf(agent);
  if (found !== undefined) return found;
  for (const holder of [agent, read(agent, "config")]) {
    const tools = read(holder, "tools");
    if (isHolder(tools)) return tools;
  }
  return undefined;
}

const nameOf = (agent) => agentNameOf(agent) ?? read(agent, "name") ?? read(agent, "id");

// Objects that may hold `agents`: the root, its default export, a config inside either.
function* holders(value, depth = 0) {
  if (!isHolder(value) || depth > MAX_DEPTH || isStandIn(value)) return;
  yield value;
  for (const key of NESTED) {
    const inner = read(value, key);
    if (inner !== value) yield* holders(inner, depth + 1);
  }
}

// Maps of agents by key in these values, the most specific first.
function* agentMaps(values, depth = 0) {
  for (const value of values) {
    for (const holder of holders(value, depth)) {
      const agents = agentsOf(holder) ?? read(holder, "agents");
      if (isObject(agents)) yield agents;
    }
  }
}

function* exportedValues(roots) {
  for (const root of roots) for (const key of keysOf(root)) yield own(root, key);
}

// An agent with this key, or in a group of agents: "research.web".
function inMap(agents, key) {
  const agent = own(agents, key);
  const dot = key.indexOf(".");
  if (isHolder(agent) || dot < 0) return agent;
  return own(own(agents, key.slice(0, dot)), key.slice(dot + 1));
}

function inMaps(maps, key) {
  for (const agents of maps) {
    const agent = inMap(agents, key);
    if (isHolder(agent)) return agent;
  }
  return undefined;
}

const declaresAgent = (value) =>
  read(value, "model") !== undefined && (read(value, "instructions") ?? read(value, "system")) !== undefined;

/** Whether a value is an agent. A stand-in has any member, so also what makes one. */
export const isAgent = (value) =>
  isHolder(value) && !isStandIn(value) &&
  (toolsOf(value) !== undefined || partsOf(value) !== undefined || declaresAgent(value));

// Where an export of this name may be; a named export wins over `default`.
function* exportsNamed(roots, name) {
  for (const root of roots) {
    yield own(root, name);
    yield own(own(root, "default"), name);
    if (name === "default") yield root;
  }
}

function* exportNames(roots) {
  for (const root of roots) {
    yield* keysOf(root);
    for (const key of keysOf(own(root, "default"))) yield key;
    if (isAgent(root)) yield "default";
  }
}

function exportNamed(roots, key) {
  for (const agent of exportsNamed(roots, key)) if (isAgent(agent)) return agent;
  return undefined;
}

// First the maps of a root, then an export of that name, then maps within exports.
function byKey(roots, key) {
  return (
    inMaps(agentMaps(roots), key) ??
    exportNamed(roots, key) ??
    inMaps(agentMaps(exportedValues(roots), 2), key)
  );
}

const STEP = /^\[(\d+)\]|^\.?([^.[\]]+)/;
const MAX_STEPS = 8;

// What a path leads to, from an export by the members of what it holds.
function atPath(roots, path) {
  let values = [];
  let rest = path;
  for (let count = 0; rest !== "" && count < MAX_STEPS; count++) {
    const found = STEP.exec(rest);
    if (found === null) return undefined;
    const key = found[1] ?? found[2];
    values = count === 0 ? [...exportsNamed(roots, key)] : values.map((value) => read(value, key));
    rest = rest.slice(found[0].length);
  }
  return values.find((value) => isHolder(value) && !isStandIn(value));
}

// The function, in an export whose key ends like this, that makes an agent of the arguments in it.
function makerAt(roots, key) {
  const at = key.indexOf("(");
  if (at < 0 || !key.endsWith(")")) {
    for (const make of exportsNamed(roots, `${key}()`)) if (typeof make === "function") return { make, given: [] };
    return undefined;
  }
  const make = atPath(roots, key.slice(0, at));
  return typeof make === "function" ? { make, given: JSON.parse(`[${key.slice(at + 1, -1)}]`) } : undefined;
}

// A function that a request addresses makes the agent of this call.
async function madeBy({ make, given }, key) {
  const agent = await make(...given);
  if (isHolder(agent) && !isStandIn(agent)) return { agent };
  throw toolNotFound(`"${key}" of the bundle returned no agent`);
}

// Every agent by its key; built only when the requested one was not found.
function allAgents(roots) {
  const agents = new Map();
  const add = (key, agent) => {
    if (!agents.has(key) && isHolder(agent) && !isStandIn(agent)) agents.set(key, agent);
  };
  for (const values of [roots, exportedValues(roots)]) {
    for (const map of agentMaps(values)) for (const key of keysOf(map)) add(key, own(map, key));
  }
  for (const name of exportNames(roots)) {
    for (const agent of exportsNamed(roots, name)) if (isAgent(agent)) add(name, agent);
  }
  return agents;
}

function toolKeys(agent) {
  const tools = toolsOf(agent);
  if (typeof tools === "function") return undefined;
  const isMade = (key) => isHolder(own(tools, key)) && !isStandIn(own(tools, key));
  return keysOf(tools).filter(isMade).map((key) => keyIn(tools, key));
}

// A bundle that is a function's result has its exports in one variable.
const everywhere = (roots, more) => [...roots, ...more, ...exportedValues(more)].filter((root) => !isStandIn(root));

/**
 * Every agent that there is: `{key, agent, tools}`, the keys of its tools where no call is needed; `roots` and
 * `more` as of `findAgent`.
 */
export function madeAgents(roots, more) {
  return Array.from(allAgents(everywhere(roots, more)), ([key, agent]) => ({ key, agent, tools: toolKeys(agent) }));
}

/**
 * The agent of this key as `{agent}`, or a promise of it where a function makes it; throws
 * TOOL_NOT_FOUND with the known keys, and with `why()`, a sentence or nothing. `moreRoots()`
 * returns further values to search when `roots` hold no such agent.
 */
export function findAgent(roots, moreRoots, key, why) {
  const direct = byKey(roots, key);
  if (direct !== undefined) return { agent: direct };
  const all = everywhere(roots, moreRoots());
  const maker = makerAt(all, key);
  if (maker !== undefined) return madeBy(maker, key);
  const agents = allAgents(all);
  for (const [name, agent] of agents) if (name === key || nameOf(agent) === key) return { agent };
  const held = atPath(all, key);
  if (held !== undefined) return { agent: held };
  const cause = why();
  const known = `the bundle exports no agent "${key}"; it has: ${listed([...agents.keys()])}`;
  throw toolNotFound(cause === "" ? known : `${known}. ${cause}`);
}
