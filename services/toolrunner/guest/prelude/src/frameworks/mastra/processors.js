// Mastra's processors: functions of an agent that see, change or refuse what goes to a model and comes from it.
import { Dishonoured, plainOf } from "../../dispatch/hook-values.js";
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
  const isRun = RUN.some((each) => isMethod(processor, each));
  if (!isRun && (Array.isArray(processor) || keysOf(processor).some((key) => key.startsWith("process")))) {
    throw new Dishonoured(`its processor \`${name}\` has none of the methods that Caisson runs: ${RUN.join(", ")}`);
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

/** The processors of an agent for a context: `{input, output, requestContext}`. */
export async function processorsOf(agent, call) {
  const given = asked(call);
  const { requestContext } = given;
  const options = await settingsFor(agent, given);
  return {
    requestContext,
    input: await listOf(agent, "inputProcessors", "listConfiguredInputProcessors", requestContext, options),
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
    const abort = (reason, options) => {
      throw new TripWire(reason || `Tripwire triggered by ${id}`, options, id);
    };
    try {
      await ask(processor, { abort, agent, requestContext, state, retryCount, abortSignal, writer });
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
