export const createTool = (definition) => definition;
export const createAgent = ({ name, system, tools, ...rest }) => ({
  lightfastConfig: { name, system, tools },
  vercelConfig: { ...rest },
});
export function createLightfast(config) {
  if (!config.agents) throw new Error("no agents");
  const built = { config, agents: config.agents, metadata: config.metadata };
  return Object.freeze(built);
}
export class ToolLoopAgent {
  constructor(settings) {
    this.settings = settings;
  }
  get id() {
    return this.settings.id;
  }
}
