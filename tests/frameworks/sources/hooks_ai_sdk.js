// Functions around model queries of an agent whose bundle may hold the AI SDK.
import { openai } from "@ai-sdk/openai";
import { NoSuchToolError, InvalidToolInputError, ToolLoopAgent, hasToolCall, tool } from "ai";
import { z } from "zod";

const add = tool({ description: "d", inputSchema: z.object({ a: z.coerce.number() }), execute: () => 1 });

export const main = new ToolLoopAgent({
  model: openai("gpt-x"),
  instructions: "Be brief.",
  tools: { add },
  prepareCall: (call) => ({ ...call, instructions: `${call.instructions} ${call.prompt}` }),
  prepareStep: ({ steps, messages, model }) => ({
    system: JSON.stringify([steps.map((step) => step.toolCalls[0].input), model.modelId]),
    messages: messages.slice(-1),
  }),
  stopWhen: [hasToolCall("add"), ({ steps }) => steps.length === 7],
  experimental_repairToolCall: async ({ toolCall, error, inputSchema, tools }) =>
    NoSuchToolError.isInstance(error)
      ? { ...toolCall, toolName: Object.keys(tools)[0] }
      : { ...toolCall, input: JSON.stringify([InvalidToolInputError.isInstance(error), (await inputSchema(toolCall)).type]) },
});
