// A factory of tools: called with the runtime context, it gives what the model loop runs.
export function createTool(config) {
  return (context) => ({
    description: config.description,
    inputSchema: config.inputSchema,
    outputSchema: config.outputSchema,
    execute: async (input) => config.execute(input, context),
  });
}
