import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";

const of = (id, more) =>
  createTool({ id, description: "d", inputSchema: z.object({ n: z.coerce.number() }), execute: async ({ n }) => ({ n, extra: "private" }), ...more });

const tools = {
  free: of("free"),
  always: of("always", { requireApproval: true }),
  some: of("some", { requireApproval: async ({ n }, { requestContext }) => Number(n) > 5 || requestContext.strict === true }),
  stripped: of("stripped", { outputSchema: z.object({ n: z.number() }) }),
  unfit: of("unfit", { outputSchema: z.object({ n: z.string() }) }),
  shown: of("shown", { toModelOutput: (output) => ({ type: "text", value: `n is ${output.n}` }) }),
  contextual: of("contextual", {
    requestContextSchema: z.object({ tenant: z.string() }),
    execute: async (input, { requestContext }) => requestContext.get("tenant"),
  }),
  held: of("held", { execute: async (input, { mastra }) => typeof mastra?.getAgent }),
  suspending: of("suspending", { execute: async (input, { agent }) => agent.suspend({ reason: "?" }) }),
};
export const mastra = new Mastra({ agents: { main: new Agent({ id: "main", name: "Main", instructions: "i", model: "openai/m", tools }) } });
