// Stand-ins for Mastra's packages: agents and tools as declared. Running them, and storage, is up
// to Caisson.
import { notAvailable } from "../../core/errors.js";
import { RequestContext } from "./calls.js";

const refuse = (path) =>
  notAvailable(`"${path}" of Mastra is not available in the sandbox: running agents belongs to Caisson`);

const made = (value, context) => (typeof value === "function" ? value(context) : value);

class Agent {
  #config;
  constructor(config) {
    this.#config = config;
    this.id = config.id ?? config.name;
    this.name = config.name ?? config.id;
  }
  getDescription() {
    return this.#config.description ?? "";
  }
  getInstructions(context = {}) {
    return made(this.#config.instructions, context);
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
  __registerMastra() {}
  generate() {
    throw refuse("Agent.generate");
  }
  stream() {
    throw refuse("Agent.stream");
  }
}

class Mastra {
  #config;
  constructor(config = {}) {
    this.#config = config;
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

// Storage, voice and tracing are inert: they can be created and passed on.
const inert = (name) =>
  ({
    [name]: class {
      constructor(...given) {
        this.given = given;
      }
    },
  })[name];

export const mastraCore = {
  Agent,
  Mastra,
  RequestContext,
  RuntimeContext: RequestContext,
  createTool: (config) => config,
  Tool: function Tool(config) {
    return config;
  },
};

/** The members of a package `@mastra/*` other than its core: classes that can be instantiated. */
export function inertModule() {
  const known = new Map();
  return new Proxy(Object.create(null), {
    get(object, key) {
      if (typeof key === "symbol" || key === "then" || key === "__esModule") return undefined;
      if (!known.has(key)) known.set(key, inert(key));
      return known.get(key);
    },
    has: (object, key) => typeof key === "string" && key !== "then",
  });
}

export { refuse as mastraRefused };
