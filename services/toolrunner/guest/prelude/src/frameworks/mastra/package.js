// Stand-ins for Mastra's packages: agents and tools as declared. Running them, and storage, is up
// to Caisson.
import { notAvailable } from "../../core/errors.js";
import { inertUntilCalled, isCalling, standInOf } from "../../load/standins.js";
import { RequestContext } from "./calls.js";
import { generate, stream } from "./generate.js";
import { TripWire } from "./processors.js";
import { UnicodeNormalizer } from "./unicode-normalizer.js";

// Why what a program asks of a stand-in is not there, by its path.
const REASONS = [
  [/^Workflow\b/, "Caisson does not run workflows yet"],
  [/\.(?:network|resumeNetwork|approveNetworkToolCall|declineNetworkToolCall)$/, "Caisson runs no networks of agents yet"],
];

function refuse(path) {
  const found = REASONS.find(([pattern]) => pattern.test(path));
  const reason = found === undefined ? "running agents belongs to Caisson" : found[1];
  return notAvailable(`"${path}" of Mastra is not available in the sandbox: ${reason}`);
}

const nature = inertUntilCalled(refuse);

const open = (name) => standInOf(name, nature);

const VERB =
  /^_{0,2}(?:get|set|list|add|remove|has|create|update|register|resolve|fetch|start|stop|run|on|to|resume|send|watch|close|connect|init|shutdown|generate|stream|network|observe|fill|execute|step)(?:[A-Z_]|$)/;
// What tells an agent from other values must not be there by itself.
const TELLING = new Set(["getInstructions", "listTools", "getTools", "getAgent", "getAgents", "listAgents", "execute", "createRuntimeContext", "lightfastConfig"]);

// A class whose objects have any method: those that are not declared do nothing while the bundle
// loads, and fail when a tool needs them.
function Open(name) {
  const members = open(name);
  const methods = new Proxy({}, {
    get: (object, key, receiver) =>
      typeof key === "string" && !TELLING.has(key) && VERB.test(key) ? members[key] : Reflect.get(object, key, receiver),
  });
  class Made {}
  Object.setPrototypeOf(Made.prototype, methods);
  return Made;
}

const made = (value, context) => (typeof value === "function" ? value(context) : value);

function filled(instructions) {
  if (instructions) return instructions;
  throw new Error("Instructions are required to use an Agent. The function-based instructions returned an empty value.");
}

class Agent extends Open("Agent") {
  #config;
  #mastra;
  constructor(config) {
    super();
    this.#config = config;
    this.id = config.id ?? config.name;
    this.name = config.name ?? config.id;
  }
  getDescription() {
    return this.#config.description ?? "";
  }
  getInstructions(context = {}) {
    const { instructions } = this.#config;
    if (typeof instructions !== "function") return instructions;
    const found = instructions(context);
    return typeof found?.then === "function" ? found.then(filled) : filled(found);
  }
  getModel(context = {}) {
    return made(this.#config.model, context);
  }
  listTools(context = {}) {
    return made(this.#config.tools, context) ?? {};
  }
  getTools(context = {}) {
    return this.listTools(context);
  }
  listAgents(context = {}) {
    return made(this.#config.agents, context) ?? {};
  }
  getDefaultOptions(context = {}) {
    const { defaultOptions, defaultVNextStreamOptions, defaultStreamOptions, defaultGenerateOptions } = this.#config;
    const declared = [defaultOptions, defaultVNextStreamOptions, defaultStreamOptions, defaultGenerateOptions];
    return made(declared.find((options) => options !== undefined), context) ?? {};
  }
  async listConfiguredInputProcessors(requestContext) {
    return made(this.#config.inputProcessors, { requestContext }) ?? [];
  }
  async listConfiguredOutputProcessors(requestContext) {
    return made(this.#config.outputProcessors, { requestContext }) ?? [];
  }
  generate(messages, options) {
    return isCalling() ? generate(this, messages, options) : open("Agent.generate")();
  }
  stream(messages, options) {
    return isCalling() ? stream(this, messages, options) : open("Agent.stream")();
  }
  getMastraInstance() {
    return this.#mastra;
  }
  __registerMastra(mastra) {
    this.#mastra = mastra;
  }
}

class Mastra extends Open("Mastra") {
  #config;
  constructor(config = {}) {
    super();
    this.#config = config;
    for (const agent of Object.values(this.getAgents())) agent?.__registerMastra?.(this);
  }
  getAgents() {
    return this.#config.agents ?? {};
  }
  listAgents() {
    return this.getAgents();
  }
  getAgent(key) {
    return this.getAgents()[key];
  }
  getAgentById(id) {
    return Object.values(this.getAgents()).find((agent) => agent.id === id);
  }
  getLogger() {
    return console;
  }
}

const CHAINED = [
  "branch", "parallel", "dowhile", "dountil", "foreach", "map", "sleep", "sleepUntil", "waitForEvent", "sendEvent", "commit", "onFinish", "onError",
];

// A workflow as it is declared. It has a `then` that is not a promise's, as Mastra's own.
class Workflow extends Open("Workflow") {
  constructor(config = {}) {
    super();
    Object.assign(this, config);
  }
  then(step) {
    if (typeof step === "function") step(open("Workflow()"));
    return this;
  }
}
for (const name of CHAINED) {
  Workflow.prototype[name] = function () {
    return this;
  };
}

const createWorkflow = (config) => new Workflow(config);

// A step is an object, or made of an agent or a tool; a scorer is scored by its own methods.
const createStep = (step) => step;

class Scorer extends Open("Scorer") {
  constructor(config = {}) {
    super();
    Object.assign(this, config);
  }
}
for (const name of ["preprocess", "analyze", "generateScore", "generateReason"]) {
  Scorer.prototype[name] = function () {
    return this;
  };
}
const createScorer = (config) => new Scorer(config);

export const mastraCore = {
  Agent,
  Mastra,
  RequestContext,
  RuntimeContext: RequestContext,
  Workflow,
  createTool: (config) => config,
  createStep,
  createWorkflow,
  cloneStep: (step) => step,
  cloneWorkflow: (workflow) => workflow,
  createScorer,
  TripWire,
  UnicodeNormalizer,
  // What it joins is joined already: an answer is processed whole.
  BatchPartsProcessor: class BatchPartsProcessor {
    id = "batch-parts";
    processOutputStream = ({ part }) => part;
  },
  Tool: function Tool(config) {
    return config;
  },
};

export { refuse as mastraRefused };
