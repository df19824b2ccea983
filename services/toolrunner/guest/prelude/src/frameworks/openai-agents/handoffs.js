// Handoffs of the OpenAI Agents SDK: `handoff(agent, {...})`, what the model is offered of it, and what happens
// where one is made.
import { readBy, schemaTold } from "../../core/models.js";
import { Dishonoured, plainOf } from "../../dispatch/hook-values.js";
import { isObject, read } from "../../dispatch/names.js";
import { RunContext } from "./calls.js";
import { runItemsOf, removeAllTools, toldMessages } from "./run-items.js";
import { functionName } from "./tool.js";

const NO_INPUT = { type: "object", properties: {}, required: [], additionalProperties: false };
const inputTypes = new WeakMap();

/** A handoff as the SDK makes one; `invoke(runContext, json)` calls the bundle's own function. */
export class Handoff {
  inputJsonSchema = NO_INPUT;
  strictJsonSchema = true;
  isEnabled = async () => true;
  constructor(agent, onInvokeHandoff) {
    this.agent = agent;
    this.agentName = agent.name;
    this.onInvokeHandoff = onInvokeHandoff;
    this.toolName = `transfer_to_${functionName(agent.name)}`;
    this.toolDescription = `Handoff to the ${agent.name} agent to handle the request. ${agent.handoffDescription ?? ""}`;
  }
  getHandoffAsFunctionTool() {
    const { toolName: name, toolDescription: description, inputJsonSchema: parameters, strictJsonSchema: strict } = this;
    return { type: "function", name, description, parameters, strict };
  }
}

/** The SDK's `handoff(agent, config)`. */
export function handoffTo(agent, config = {}) {
  const { inputType, onHandoff, isEnabled, toolNameOverride, toolDescriptionOverride, inputFilter } = config;
  const takesInput = inputType !== undefined && inputType !== null;
  if (takesInput && !onHandoff) throw new Error("You must provide `onHandoff` when `inputType` is provided.");
  const made = new Handoff(agent, async (runContext, json) => {
    if (!takesInput) {
      await onHandoff?.(runContext);
      return agent;
    }
    if (!json) throw new Error("Handoff function expected non empty input");
    await onHandoff(runContext, (await readBy(inputType, JSON.parse(json))).value);
    return agent;
  });
  if (takesInput) inputTypes.set(made, inputType);
  if (typeof isEnabled === "function") made.isEnabled = async (given) => Boolean(await isEnabled(given));
  else if (typeof isEnabled === "boolean") made.isEnabled = async () => isEnabled;
  if (toolNameOverride) made.toolName = toolNameOverride;
  if (toolDescriptionOverride) made.toolDescription = toolDescriptionOverride;
  if (inputFilter) made.inputFilter = inputFilter;
  return made;
}

const isHandoff = (value) => typeof read(value, "onInvokeHandoff") === "function" && isObject(read(value, "agent"));

function listOf(agent) {
  const { handoffs } = agent;
  if (handoffs === undefined || handoffs === null) return [];
  if (!Array.isArray(handoffs)) throw new Dishonoured("its `handoffs` are no list");
  return handoffs.map((each) => (isHandoff(each) ? each : new Handoff(each, async () => each)));
}

async function isOffered(handoff, agent, runContext) {
  const { isEnabled } = handoff;
  return isEnabled === undefined || Boolean(await isEnabled({ runContext, agent }));
}

async function schemaOf(handoff) {
  const inputType = inputTypes.get(handoff);
  if (inputType !== undefined) return schemaTold(inputType);
  return { jsonSchema: plainOf(handoff.inputJsonSchema ?? NO_INPUT, "the schema of a handoff") };
}

/** What the model is offered of an agent's handoffs, in their order. */
export async function handoffs(agent, _given, { context }) {
  const told = [];
  for (const handoff of listOf(agent)) {
    const enabled = await isOffered(handoff, agent, new RunContext(context));
    const { toolName: tool, toolDescription: description } = handoff;
    const schema = enabled ? JSON.stringify(await schemaOf(handoff)) : "";
    told.push({ agent: `${handoff.agent.name}`, enabled, tool, description, schema });
  }
  return told;
}

// Whether a filter asks for the classes of items, and for nothing else of them, as the SDK's `removeAllTools`
// does: of a bundle that has the SDK inside, nobody here has the classes.
function isRemoveAllTools(filter) {
  let others = 0;
  const probe = () => new Proxy({}, { get: () => void others++, getPrototypeOf: () => null });
  const [said, made] = [probe(), probe()];
  const user = { type: "message", role: "user", content: "?" };
  const call = { type: "function_call", callId: "0", name: "?", arguments: "{}" };
  try {
    const left = filter({ inputHistory: [user, call], preHandoffItems: [said], newItems: [made] });
    const { inputHistory, preHandoffItems, newItems } = left;
    return others === 0 && inputHistory.length === 1 && inputHistory[0] === user && preHandoffItems[0] === said && newItems[0] === made;
  } catch {
    return false;
  }
}

// What a filter leaves of a run, as `{inputHistory, preHandoffItems, newItems}`.
function filtered(filter, data, wereAsked) {
  const left = filter(data);
  if (!wereAsked()) return left;
  if (isRemoveAllTools(filter)) return removeAllTools(data);
  throw new Dishonoured(
    "its `inputFilter` tells items apart by classes of the SDK, of which the bundle has a copy of its own: " +
      "leave @openai/agents as an import, or tell items apart by their `type`",
  );
}

/** What happens where a handoff is made: its function is called, then its filter. */
export async function handoff(agent, given, { context }) {
  const made = listOf(agent)[given.at];
  const runContext = new RunContext(context);
  const next = await made.onInvokeHandoff(runContext, given.input);
  if (next !== made.agent) throw new Dishonoured("its handoff is to another agent than it says");
  const filter = made.inputFilter;
  if (filter === undefined || filter === null) return {};
  if (typeof filter !== "function") throw new Dishonoured("its `inputFilter` is no function");
  const items = runItemsOf(given, agent, made.agent, !(made instanceof Handoff));
  const left = filtered(filter, { ...items.data, runContext }, items.wereAsked);
  return toldMessages(left, given.messages, items);
}
