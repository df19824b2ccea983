// A Lightfast bundle of two agents; `lightfast` itself stays an import that the runner answers.
import { gateway } from "@ai-sdk/gateway";
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";

const MODEL = "anthropic/claude-sonnet-4";
const series = z.array(z.number()).min(1).max(1000).describe("The numbers");

interface Context {
  resourceId: string;
  region: string;
}

const summarize = createTool<Context>({
  description: "Summarises a series of numbers.",
  inputSchema: z.object({ series, digits: z.number().int().min(0).max(12).optional() }),
  execute: async ({ series, digits }, context) => {
    const sorted = [...series].sort((a, b) => a - b);
    const mean = sorted.reduce((sum, n) => sum + n, 0) / sorted.length;
    const middle = sorted.length >> 1;
    const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    const round = (n: number) => (digits === undefined ? n : Number(n.toFixed(digits)));
    return {
      mean: round(mean),
      median: round(median),
      minimum: sorted[0],
      maximum: sorted[sorted.length - 1],
      region: context.region,
      resourceId: context.resourceId,
    };
  },
});

const whoami = createTool<Context>({
  description: "Returns the runtime context that the tool was handed.",
  inputSchema: z.object({}),
  execute: async (_input, context) => ({ context }),
});

const statistician = createAgent({
  name: "statistician",
  system: `You are a statistician.
You answer in one sentence.`,
  model: gateway(MODEL),
  tools: { summarize, whoami },
  createRuntimeContext: ({ resourceId }: { sessionId: string; resourceId: string }) => ({
    region: "north",
    owner: resourceId,
  }),
  temperature: 0,
  maxOutputTokens: 800,
});

const greeter = createAgent({
  name: "greeter",
  system: "You greet people.",
  model: gateway(MODEL),
  tools: {},
});

export default createLightfast({
  agents: { statistician, greeter },
  metadata: { name: "statistics", version: "1.0.0" },
});
