// The agent's own settings apart from those that go to the AI SDK.
export function createAgent(options) {
  const { name, system, tools, createRuntimeContext, cache, ...vercelConfig } = options;
  return {
    vercelConfig,
    lightfastConfig: { name, system, tools, createRuntimeContext, cache },
  };
}
