// Agents that only running the bundle tells.
import { Agent, tool } from "@openai/agents";
import { Agent as MastraAgent } from "@mastra/core/agent";
import { ToolLoopAgent } from "ai";
import { z } from "zod";

const add = tool({
  name: "add", description: "Adds", parameters: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => a + b,
});
const model = "openai/gpt-x";

export const dated = new ToolLoopAgent({
  model, instructions: `Never give refunds. It is ${new Date().toISOString().slice(0, 16)}.`,
});
export const greeter = new Agent({
  name: "G", model, instructions: (run, agent) => `${agent.name} serves ${run.context.user} in ${run.context.sessionId}.`,
});
export const shop = new ToolLoopAgent({ model, instructions: `You sell for ${process.env.SHOP ?? "nobody"}.` });
export const called = new Agent({ name: "C", model, instructions: () => `Key ${process.env.SHOP}.` });
export const chosen = new MastraAgent({
  id: "chosen", name: "Chosen",
  instructions: ({ requestContext }) => [{ role: "system", content: `For ${requestContext.get("user")}.` }],
  model: ({ requestContext }) => (requestContext.get("user") === "Ada" ? "openai/gpt-pro" : "openai/gpt-x"),
  tools: ({ requestContext }) => (requestContext.get("user") === "Ada" ? { add } : {}),
});
export const thrower = new Agent({ name: "T", model, instructions: () => { throw new RangeError("no user"); } });
export const endless = new Agent({ name: "E", model, instructions: () => { for (;;); } });
export const waiting = new Agent({ name: "W", model, instructions: () => new Promise(() => {}) });
export const huge = new Agent({ name: "H", model, instructions: () => "x".repeat(10_000_000) });
export const odd = new Agent({ name: "O", model, instructions: () => ({ a: 1 }) });
export const plain = new ToolLoopAgent({ model, instructions: "Plain." });
const words = [];
for (const word of ["Once", "a", "program."]) words.push(word);
export const once = new ToolLoopAgent({ model, instructions: words.join(" ") });
