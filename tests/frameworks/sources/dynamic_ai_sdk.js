// Agents of the AI SDK with parts that only the loaded bundle tells.
import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const lines = [];
for (const line of ["You are a clerk.", "Never give refunds."]) lines.push(line);
const dedent = (parts, ...values) => String.raw({ raw: parts }, ...values).replace(/^ +/gm, "");
const tools = Object.fromEntries(
  ["add", "drop"].map((name) => [
    name,
    tool({ description: `Does ${name}`, inputSchema: z.object({ a: z.number() }), execute: async () => name }),
  ]),
);

export const looped = new ToolLoopAgent({
  model: openai(["gpt-5", "mini"].join("-")),
  instructions: lines.join("\n"),
  tools,
  temperature: Math.min(0.4, 0.9),
  activeTools: Object.keys(tools).slice(0, 1),
  toolChoice: { type: "tool", toolName: Object.keys(tools)[0] },
});
export const tagged = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  instructions: { role: "system", content: dedent`  You are ${"short"}.
    Stay so.`, providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } },
});
class Named extends ToolLoopAgent {
  constructor(name) {
    super({ model: "openai/gpt-5-mini", instructions: `You are ${[...name].reverse().join("")}.` });
  }
}
export const subclass = new Named("adA");
