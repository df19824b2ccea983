// Mastra's processors: functions of an agent that see, change or refuse what goes to a model and comes from it.
import { Dishonoured, plainOf } from "../../dispatch/hook-values.js";
import { askUnchanged } from "../../dispatch/in-place.js";
import { isHolder, isMethod, isObject, keysOf, own, read } from "../../dispatch/names.js";
import { isStandIn } from "../../load/standins.js";
import { isMastraAgent } from "./calls.js";
import { asked, settingsFor } from "./parts.js";

const MAX_TEXT = 2000;
const MAX_PROCESSORS = 100;
// What Caisson does not run of a processor: it would let through what this refuses.
const NOT_RUN = [
  "processLLMRequest", "processLLMResponse", "processToolResult", "processAPIError", "computeStateSignal",
  "getLoadedToolsForRequestContext",
];

const RUN = ["processInput", "processInputStep", "processOutputStream", "processOutputStep", "processOutputResult"];
const KNOWN = new Map([...RUN, ...NOT_RUN].map((name) => [name, name.toLowerCase()]));
const MAX_NAME = 40;
const MAX_WRONG = 2;
const SHORTEST = "process".length + 1;

/** What a processor's `abort()` throws. */
export class TripWire extends Error {
  constructor(reason, options = {}, processorId) {
    super(reason);
    this.options = options;
    this.processorId = processorId;
  }
}

const isTripWire = (error) => error instanceof TripWire || (error instanceof Error && "processorId" in error && "options" in error);

const nameOf = (processor) => `${read(processor, "id") ?? read(processor, "name") ?? "without an id"}`.slice(0, 100);

// The names of an object's own members, and of its classes.
function namesIn(processor) {
  const found = new Set();
  for (let at = processor; isObject(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) if (typeof key === "string") found.add(key.slice(0, MAX_NAME));
  }
  return found;
}

/** How many letters must be put in, left out or changed to make one text of another. */
function distance(left, right) {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (left[i - 1] === right[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row.at(-1);
}

const isNear = (left, right) => Math.abs(left.length - right.length) <= MAX_WRONG && distance(left, right) <= MAX_WRONG;

// Mastra passes over a method that is nearly called as one of its own.
function isMisspelt(name) {
  if (name.length < SHORTEST || KNOWN.has(name)) return false;
  const lower = name.toLowerCase();
  const isBegun = lower.startsWith("process");
  for (const known of KNOWN.values()) if ((isBegun && known.startsWith(lower)) || isNear(lower, known)) return true;
  return false;
}

function check(processor) {
  const name = nameOf(processor);
  if (isStandIn(processor)) throw new Dishonoured(`its processor \`${name}\` is made by a package that is not in the bundle`);
  if (!isObject(processor)) throw new Dishonoured("one of its processors is no object");
  if (isMethod(processor, "createRun")) throw new Dishonoured(`its processor \`${name}\` is a workflow, which Caisson does not run`);
  if (keysOf(processor).some((key) => isMastraAgent(own(processor, key)) || isMethod(own(processor, key), "doGenerate"))) {
    throw new Dishonoured(`its processor \`${name}\` asks a model of its own, which the sandbox does not do`);
  }
  const method = NOT_RUN.find((each) => isMethod(processor, each));
  if (method !== undefined) throw new Dishonoured(`its processor \`${name}\` has a \`${method}\`, which Caisson does not run`);
  if (!RUN.some((each) => isMethod(processor, each))) {
    throw new Dishonoured(`its processor \`${name}\` has none of the methods that Caisson runs: ${RUN.join(", ")}`);
  }
  const misspelt = [...namesIn(processor)].find((each) => isMisspelt(each));
  if (misspelt !== undefined) {
    throw new Dishonoured(`its processor \`${name}\` has a \`${misspelt}\`, which is no method of a processor; those that Caisson runs are ${RUN.join(", ")}`);
  }
}

// Those of the default options stand in for the agent's own.
async function listOf(agent, setting, method, requestContext, options) {
  const given = options.find((each) => read(each, setting) !== undefined);
  const found = given?.[setting] ?? (isMethod(agent, method) ? await agent[method](requestContext) : []);
  if (!Array.isArray(found)) throw new Dishonoured(`its \`${setting}\` are no list`);
  if (found.length > MAX_PROCESSORS) throw new Dishonoured(`its \`${setting}\` are more than ${MAX_PROCESSORS}`);
  found.forEach(check);
  return found;
}

// As Mastra calls the `prepareStep` of a run: as the last processor of steps.
function preparing(options) {
  const prepareStep = options.map((each) => read(each, "prepareStep")).find((each) => each !== undefined);
  return prepareStep === undefined || prepareStep === null ? [] : [{ id: "prepare-step", processInputStep: (given) => prepareStep(given) }];
}

/** The processors of an agent for a context: `{input, output, requestContext}`. */
export async function processorsOf(agent, call) {
  const given = asked(call);
  const { requestContext } = given;
  const options = await settingsFor(agent, given);
  return {
    requestContext,
    input: [...(await listOf(agent, "inputProcessors", "listConfiguredInputProcessors", requestContext, options)), ...preparing(options)],
    output: await listOf(agent, "outputProcessors", "listConfiguredOutputProcessors", requestContext, options),
  };
}

const writer = { custom: async () => {} };

async function tellViolation(processor, { message, processorId, options }) {
  try {
    await processor.onViolation?.({ processorId, message, detail: options?.metadata });
  } catch {
    // Mastra goes on, too.
  }
}

function abortOf({ message, options, processorId }, processor) {
  const text = (value) => `${value ?? ""}`.slice(0, MAX_TEXT);
  return { reason: text(message), retry: options?.retry === true, processor: text(processorId ?? nameOf(processor)) };
}

/**
 * Run `method` of each processor that has it: `ask(processor, context)` calls it and takes what it returns.
 * Returns what a processor aborted with, undefined if none did. `states` are the processors' own, by their ids.
 */
export async function runProcessors(processors, method, { agent, requestContext, states, retryCount, abortSignal }, ask) {
  for (const processor of processors) {
    if (!isMethod(processor, method)) continue;
    const id = nameOf(processor);
    const state = (states[id] ??= {});
    // One that is caught, or thrown where nobody waits for it, counts as well.
    let aborted;
    const abort = (reason, options) => {
      aborted = new TripWire(reason || `Tripwire triggered by ${id}`, options, id);
      throw aborted;
    };
    try {
      const shared = { abort, agent, requestContext, state, retryCount, abortSignal, writer };
      await askUnchanged({ requestContext: [requestContext] }, () => ask(processor, shared));
      if (aborted !== undefined) throw aborted;
    } catch (error) {
      if (!isTripWire(error)) throw error;
      await tellViolation(processor, error);
      return abortOf(error, processor);
    }
  }
  return undefined;
}

/** The states of processors as plain data, for their next call. */
export function statesTold(states) {
  const found = {};
  for (const id of keysOf(states)) found[id] = plainOf(own(states, id), `the \`state\` of its processor \`${id}\``);
  return found;
}

/** The states of processors that an earlier call told. */
export const statesIn = (given) => (isHolder(given) ? { ...given } : {});
