// What the AI SDK's own examples are like: a provider with its key, tools, a tool of another agent.
import { createOpenAI } from "@ai-sdk/openai";
import { ToolLoopAgent, generateId, jsonSchema, stepCountIs, tool } from "ai";
import { z } from "zod";

const openai = createOpenAI({ apiKey: process.env.OPENAI_API_KEY, baseURL: `${process.env.API_URL}/sdk_starter` });
const ids = new Set<string>();

const convert = tool({
  description: "Converts a temperature",
  inputSchema: z.object({ temperature: z.number(), to: z.enum(["celsius", "fahrenheit"]).default("celsius") }),
  execute: async ({ temperature, to }) => ({
    to,
    value: Math.round(to === "celsius" ? (temperature - 32) * (5 / 9) : temperature * 1.8 + 32),
  }),
});
const shape = tool({
  description: "Measures a shape",
  inputSchema: jsonSchema<{ sides: number[] }>({
    type: "object",
    properties: { sides: { type: "array", items: { type: "number" } } },
    required: ["sides"],
  }),
  execute: async ({ sides }) => ({ length: sides.reduce((sum, side) => sum + side, 0), sides: sides.length }),
});
const streamed = tool({
  description: "Reports its progress",
  inputSchema: z.object({ steps: z.number() }),
  async *execute({ steps }) {
    for (let step = 1; step <= steps; step += 1) {
      ids.add(generateId());
      yield { step, of: steps, ids: ids.size };
    }
  },
});

export const assistant = new ToolLoopAgent({
  model: openai("gpt-5-mini"),
  instructions: "You are a helpful assistant.",
  tools: { convert, shape, streamed },
  stopWhen: stepCountIs(10),
});
