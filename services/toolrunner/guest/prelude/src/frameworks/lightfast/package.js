// Stand-ins for the Lightfast packages: the objects that its own code builds, without its server.
// The model loop is up to Caisson.

/** A factory that takes the runtime context and returns the tool. */
export function createTool(config) {
  const factory = (context) => ({
    ...config,
    execute: (input) => config.execute(input, context),
  });
  return Object.assign(factory, { config });
}

/** An agent in Lightfast's form: its own settings separate from those of the AI SDK. */
export function createAgent(options) {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("createAgent needs an object with name, system, model and tools");
  }
  const { name, system, tools, createRuntimeContext, cache, ...vercelConfig } = options;
  const lightfastConfig = { name, system, tools, createRuntimeContext, cache };
  return { lightfastConfig, vercelConfig };
}

class Lightfast {
  constructor(config) {
    if (typeof config !== "object" || config === null) {
      throw new TypeError("createLightfast needs an object with agents");
    }
    this.config = config;
  }
  getConfig() {
    return this.config;
  }
  getAgents() {
    return this.config.agents ?? {};
  }
  getAgent(key) {
    return this.getAgents()[key];
  }
}

/** A configuration of agents, kept in `config`. */
export function createLightfast(config) {
  return new Lightfast(config);
}

export { Lightfast };
