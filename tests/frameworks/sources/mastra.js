// A Mastra instance whose agents offer each other; `execute` takes its input in either form.
import { openai } from "@ai-sdk/openai";
import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";

const forecast = createTool({
  id: "get-forecast",
  description: "Says the weather of a city",
  inputSchema: z.object({ city: z.string(), days: z.number().default(1) }),
  outputSchema: z.object({ text: z.string(), session: z.string().optional() }),
  execute: async (given, options) => {
    const { city, days } = given.context ?? given;
    const context = options?.requestContext ?? given.runtimeContext;
    return { text: `${city} ${days}`, session: context?.get("sessionId") };
  },
});
const sum = createTool({
  id: "sum",
  description: "Adds",
  inputSchema: z.object({ values: z.array(z.number()) }),
  execute: async (given) => (given.context ?? given).values.reduce((a, b) => a + b, 0),
});

const billing = new Agent({
  id: "billing",
  name: "Billing",
  description: "Knows money",
  instructions: ["You bill.", "Be exact."],
  model: [{ model: openai("gpt-5"), maxRetries: 2 }, { model: "anthropic/claude-sonnet-4" }],
  tools: { sum },
});
const weather = new Agent({
  id: "weather",
  name: "Weather",
  instructions: { role: "system", content: "You know the weather." },
  model: openai("gpt-5-mini"),
  tools: ({ requestContext, runtimeContext }) => ({ forecast, sum }),
  agents: { billing },
});
export const mastra = new Mastra({ agents: { weather, "bill-desk": billing }, logger: false });
