// Agents of the OpenAI Agents SDK that hand over to each other and serve each other as tools.
import { Agent, handoff, tool, webSearchTool } from "@openai/agents";
import { z } from "zod";

const add = tool({
  name: "add numbers",
  description: "Adds two numbers",
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }, run) => ({ sum: a + b, session: run?.context?.sessionId ?? null }),
});
const fail = tool({
  name: "fail",
  description: "Fails",
  parameters: z.object({}),
  errorFunction: null,
  execute: async () => {
    throw new RangeError("no");
  },
});

export const billing = new Agent({
  name: "Billing desk",
  instructions: "You bill.",
  handoffDescription: "Knows money",
  model: "gpt-5-mini",
  tools: [add],
});
const translator = new Agent({ name: "Translator", instructions: "You translate." });
export const refunds = new Agent({
  name: "Refunds",
  instructions: () => "You refund.",
  model: "gpt-5-mini",
  outputType: z.object({ ok: z.boolean() }),
});
export const triage = Agent.create({
  name: "Triage",
  instructions: "You pass on.",
  model: "gpt-5",
  modelSettings: { temperature: 0.1, maxTokens: 500, toolChoice: "required" },
  toolUseBehavior: { stopAtToolNames: ["fail"] },
  tools: [
    add,
    fail,
    webSearchTool(),
    translator.asTool({ toolName: "translate", toolDescription: "Translates" }),
  ],
  handoffs: [billing, handoff(refunds, { toolNameOverride: "to_refunds" })],
});
export default triage;
