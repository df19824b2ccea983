// Agents of the AI SDK: one made directly, one of a class that extends the agent's.
import { openai } from "@ai-sdk/openai";
import { hasToolCall, Output, stepCountIs, tool, ToolLoopAgent } from "ai";
import { z } from "zod";

const add = tool({
  description: "Adds",
  inputSchema: z.object({ a: z.number(), b: z.number().default(2) }),
  execute: async ({ a, b }) => ({ sum: a + b }),
});
const risky = tool({
  description: "Risky",
  inputSchema: z.object({}),
  needsApproval: true,
  execute: async () => "done",
});

class Support extends ToolLoopAgent {
  constructor(product) {
    super({
      id: "support",
      model: openai("gpt-5"),
      instructions: `You know ${product}.`,
      tools: { add },
      stopWhen: stepCountIs(7),
    });
  }
}

export const support = new Support("pumps");
export const main = new ToolLoopAgent({
  id: "main-agent",
  model: openai("gpt-5"),
  instructions: [
    { role: "system", content: "One." },
    { role: "system", content: "Two." },
  ],
  tools: { add, risky },
  toolChoice: { type: "tool", toolName: "add" },
  activeTools: ["add"],
  stopWhen: [stepCountIs(5), hasToolCall("risky")],
  temperature: 0.3,
  output: Output.object({ schema: z.object({ answer: z.string() }) }),
  prepareStep: async () => ({}),
});
export default main;
