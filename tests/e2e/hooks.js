// Agents whose functions around model queries work, or misbehave.
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const add = tool({ description: "Adds.", inputSchema: z.object({ a: z.number() }), execute: ({ a }) => a + 1 });
const agent = (settings) => new ToolLoopAgent({ model: "openai/gpt-x", instructions: "Hi.", tools: { add }, ...settings });

export const serving = agent({
  prepareStep: ({ runtimeContext, stepNumber }) => ({ system: `Serve ${runtimeContext.user}, ${stepNumber}.` }),
  stopWhen: ({ steps }) => steps.length === 2,
});
export const thrower = agent({
  prepareStep: () => {
    throw new RangeError("no user");
  },
});
export const endless = agent({
  prepareCall: () => {
    for (;;);
  },
});
export const waiting = agent({ stopWhen: () => new Promise(() => {}) });
export const huge = agent({ prepareStep: () => ({ system: "x".repeat(10 * 1024 * 1024) }) });
export const foreign = agent({ prepareStep: () => ({ activeTools: ["wipe"] }) });
export const modelless = agent({ prepareStep: () => ({ model: { doStream() {} } }) });
export const despairing = agent({
  repairToolCall: () => {
    throw new RangeError("no idea");
  },
});
