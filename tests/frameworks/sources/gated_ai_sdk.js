import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const of = (more) =>
  tool({ description: "d", inputSchema: z.object({ n: z.coerce.number() }), execute: async ({ n }) => ({ n, extra: "private" }), ...more });

const tools = {
  free: of({}),
  always: of({ needsApproval: true }),
  some: of({ needsApproval: ({ n }, { toolCallId }) => n > 5 && toolCallId === "call-1" }),
  denied: of({}),
  approved: of({ needsApproval: true }),
  shown: of({ toModelOutput: ({ output, input, toolCallId }) => ({ type: "text", value: `${output.n} ${input.n} ${toolCallId}` }) }),
  contextual: of({
    contextSchema: z.object({ base: z.string(), size: z.coerce.number() }),
    execute: async ({ n }, { context }) => ({ n, ...context }),
  }),
};
export const main = new ToolLoopAgent({
  model: "openai/m",
  tools,
  toolApproval: { denied: { type: "denied", reason: "policy" }, approved: "approved" },
  toolsContext: { contextual: { base: "b", size: "2" } },
  experimental_refineToolInput: { free: ({ n }) => ({ n: n + 1 }) },
});
