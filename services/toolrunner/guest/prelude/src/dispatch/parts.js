// What an agent is for one context, as plain data: the parts that only running its code tells.
//
// Each framework's `partsOf(agent)` gives functions of `given` (see `callArguments`), which ask the
// agent as its framework does; here their answers are brought into one form. A part that fails does
// not keep the others from being told.
import { notAvailable } from "../core/errors.js";
import { question } from "../frameworks/index.js";
import { isStandIn } from "../load/standins.js";
import { partsOf, toolsOf } from "./agents.js";
import { kindOf, modelOf, textsOf } from "./agent-values.js";
import { isOn } from "./approval.js";
import { describeTool } from "./describe.js";
import { isHolder, isObject, keysOf, own, read } from "./names.js";
import { plain } from "./plain.js";
import { keyIn, nameOf } from "./tool-names.js";
import { toolMakerOf } from "./tools.js";

const MAX_TOOLS = 500;
const MAX_MODELS = 20;
// Members of an agent's settings that are parts of their own, or no settings of a query.
const NO_SETTINGS = new Set(["model", "tools", "instructions", "system", "messages", "prompt"]);

const isEnabledOf = question("isEnabledOf");

const called = (value, agent, { context }) => (typeof value === "function" ? value.call(agent, context) : value);

// An agent of no known class: a plain object, whose functions take the runtime context.
const ofAny = (agent) => ({
  instructions: (given) => called(read(agent, "system") ?? read(agent, "instructions"), agent, given),
  description: () => read(agent, "description"),
  model: (given) => called(read(agent, "model"), agent, given),
  settings: () => [agent],
});

function textOf(value) {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new TypeError(`it is no text, but ${kindOf(value)}`);
  return value;
}

function modelsOf(value) {
  if (value === undefined || value === null || value === "") return [];
  const all = Array.isArray(value) ? value : [value];
  const used = all.filter((each) => read(each, "enabled") !== false);
  if (used.length > MAX_MODELS) throw new RangeError(`they are more than ${MAX_MODELS}`);
  return used.map(modelOf);
}

// Whether a member is there, and is not undefined; what throws when it is looked at is.
function isGiven(whole, key) {
  const member = Object.getOwnPropertyDescriptor(whole, key);
  return member === undefined || !("value" in member) || member.value !== undefined;
}

// The first object that has a setting wins, as for the framework. What JSON cannot express of them is
// told by its names: it must not be taken for absent.
function settingsOf(objects, apart = NO_SETTINGS) {
  const value = Object.create(null);
  const code = new Set();
  for (const whole of objects) {
    for (const key of keysOf(whole)) {
      if (Object.hasOwn(value, key) || code.has(key) || apart.has(key)) continue;
      const [copy, isWhole] = plain(own(whole, key));
      if (copy !== undefined) value[key] = copy;
      if (!isWhole || (copy === undefined && isGiven(whole, key))) code.add(key);
    }
  }
  return code.size === 0 ? { value } : { value, code: [...code] };
}

// A setting that lets a person approve calls. One that looks at the input may ask for any of them;
// what takes no argument gives the same answer for each.
async function asksApproval(tool) {
  for (const name of ["needsApproval", "requireApproval"]) {
    const setting = read(tool, name);
    const answer = typeof setting === "function" && setting.length === 0 ? await setting.call(tool) : setting;
    if (answer) return true;
  }
  return false;
}

async function describedTool(key, declared, agent, given) {
  const make = toolMakerOf(declared);
  const tool = make === undefined ? declared : await make(given.context);
  const found = { key, name: nameOf(tool) ?? nameOf(declared), description: read(tool, "description") };
  found.hasExecute = ["execute", "invoke"].some((name) => typeof read(tool, name) === "function");
  found.needsApproval = await asksApproval(tool);
  found.isEnabled = isOn(await isEnabledOf(tool, agent, given));
  found.strict = read(tool, "strict") === true;
  const type = read(tool, "type");
  if (typeof type === "string") found.type = type;
  try {
    found.inputSchema = await describeTool(tool);
  } catch (error) {
    found.problem = `${read(error, "message")}`;
  }
  return found;
}

// What an agent has at a key: `{tool}`, or `{fault}` where there is none, which is told.
function toolAt(tools, key) {
  try {
    const tool = tools[key];
    return isHolder(tool) ? { tool } : { fault: `it is ${tool === null ? "null" : kindOf(tool)}, and no tool` };
  } catch (error) {
    return { fault: `it cannot be looked at: ${read(error, "message")}` };
  }
}

async function toolsFor(agent, given) {
  const declared = toolsOf(agent);
  const tools = typeof declared === "function" ? await declared.call(agent, given.context) : declared;
  if (tools !== undefined && tools !== null && !isObject(tools)) throw new TypeError(`they are ${kindOf(tools)}`);
  if (isStandIn(tools)) throw notAvailable("they are made by a package that is not in the bundle");
  const keys = keysOf(tools);
  if (keys.length > MAX_TOOLS) throw new RangeError(`they are more than ${MAX_TOOLS}`);
  const found = [];
  for (const key of keys) {
    const { tool, fault } = toolAt(tools, key);
    if (fault === undefined) found.push(await describedTool(keyIn(tools, key), tool, agent, given));
    else found.push({ key, fault });
  }
  return found;
}

const READERS = {
  instructions: async (parts, given) => ({ value: textsOf(await parts.instructions(given)) }),
  description: async (parts, given) => ({ value: textOf(await parts.description(given)) }),
  model: async (parts, given) => ({ value: modelsOf(await parts.model(given)) }),
  settings: async (parts, given) => settingsOf(await parts.settings(given), parts.apart),
  tools: async (parts, given, agent) => ({ value: await toolsFor(agent, given) }),
};

// The parts that an agent can be asked for.
const PARTS = Object.keys(READERS);

/**
 * The named parts of an agent for one context: `{name: {value} | {error}}`; `explain(error)` gives
 * the text of what was thrown.
 */
export async function describeAgent(agent, names, given, explain) {
  const parts = partsOf(agent) ?? ofAny(agent);
  const told = Object.create(null);
  for (const name of names) {
    try {
      if (!Object.hasOwn(READERS, name)) throw notAvailable(`it is not known: ${PARTS.join(", ")} are`);
      told[name] = await READERS[name](parts, given, agent);
    } catch (error) {
      told[name] = { error: explain(error) };
    }
  }
  return told;
}
