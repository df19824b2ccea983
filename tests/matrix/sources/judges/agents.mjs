// What each framework says of a project, in one form for all of them.
const readers = {
  lightfast: () => import("./lightfast.mjs"),
  ai_sdk: () => import("./ai_sdk.mjs"),
  mastra: () => import("./mastra.mjs"),
  openai_agents: () => import("./openai_agents.mjs"),
};

export async function agentsOf(framework) {
  const { read } = await readers[framework]();
  return read(() => import(`../${framework}/index.js`));
}
