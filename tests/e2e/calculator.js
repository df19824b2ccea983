import { createAgent } from "lightfast/agent";
import { createLightfast } from "lightfast/client";
import { createTool } from "lightfast/tool";
import { gateway } from "@ai-sdk/gateway";
import { z } from "zod";

const add = createTool({
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }, context) => {
    console.log("adding", a, b);
    return { sum: a + b, session: context.sessionId, tenant: context.tenant, plan: context.plan };
  },
});

const divide = createTool({
  description: "Divides a number by another.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => {
    if (b === 0) throw new RangeError("cannot divide by zero");
    return a / b;
  },
});

const wait = createTool({
  description: "Waits for some seconds.",
  inputSchema: z.object({ seconds: z.number() }),
  execute: async ({ seconds }) => {
    console.log("waiting");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return "waited";
  },
});

export default createLightfast({
  agents: {
    calculator: createAgent({
      name: "calculator",
      system: "You calculate.",
      model: gateway("openai/gpt-x"),
      tools: { add, divide, wait },
      createRuntimeContext: ({ sessionId }) => ({ plan: `plan of ${sessionId}` }),
    }),
    talker: createAgent({ name: "talker", system: "You talk.", model: gateway("openai/gpt-x"), tools: {} }),
  },
});
