export { createAgent } from "./agent.js";
export { createTool } from "./tool.js";

class Lightfast {
  constructor(config) {
    for (const [key, agent] of Object.entries(config.agents)) {
      if (!agent.lightfastConfig) throw new TypeError(`${key} is no agent`);
    }
    this.config = config;
  }
  getAgents() {
    return this.config.agents;
  }
}

export const createLightfast = (config) => new Lightfast(config);
