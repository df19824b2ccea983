import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const nothing = z.object({});
const rows = tool({
  description: "Counts rows.",
  inputSchema: z.object({ n: z.coerce.number().default(2), tag: z.string().trim().toUpperCase() }),
  execute: async ({ n, tag }, { messages }) => ({
    count: n, tag, secret: "private-field", roles: messages.map((each) => each.role),
  }),
  toModelOutput: ({ output }) => ({ type: "text", value: `${output.count} rows of ${output.tag}` }),
});
const broken = tool({
  description: "Shows nothing of use.",
  inputSchema: nothing,
  execute: async () => ({ secret: "private-field" }),
  toModelOutput: () => ({ rows: "private" }),
});
const wipe = tool({
  description: "Wipes.",
  inputSchema: z.object({ all: z.boolean() }),
  needsApproval: ({ all }) => all,
  execute: async ({ all }) => `wiped ${all}`,
});
const pay = tool({ description: "Pays.", inputSchema: nothing, execute: async () => "paid" });

export const clerk = new ToolLoopAgent({
  model: "openai/gpt-x",
  instructions: "Be brief.",
  tools: { rows, broken, wipe, pay },
  toolApproval: { pay: { type: "denied", reason: "no money" } },
});
