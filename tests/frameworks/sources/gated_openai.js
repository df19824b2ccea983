import { Agent, tool, ToolGuardrailFunctionOutputFactory as answer } from "@openai/agents";
import { z } from "zod";

const of = (name, more) =>
  tool({
    name, description: "d", parameters: z.object({ n: z.coerce.number() }), execute: async ({ n }) => `ran ${n}`, ...more,
  });
const guard = (run) => [{ name: "g", run }];

export const main = new Agent({
  name: "Main", instructions: "i", model: "m",
  tools: [
    of("free"),
    of("always", { needsApproval: true }),
    of("some", { needsApproval: async (run, { n }, id) => Number(n) > 5 && id === "call-1" }),
    of("broken_policy", { needsApproval: async () => { throw new Error("no idea"); } }),
    of("off", { isEnabled: ({ runContext, agent }) => runContext.context.paid === true && agent.name === "Main" }),
    of("refused", { inputGuardrails: guard(async ({ toolCall }) => answer.rejectContent(`no ${toolCall.arguments}`)) }),
    of("hidden", { outputGuardrails: guard(async ({ output }) => answer.rejectContent(`hid ${output}`)) }),
    of("stopped", { inputGuardrails: guard(async () => answer.throwException()) }),
    of("slow", { execute: () => new Promise((done) => setTimeout(done, 60_000)), timeoutMs: 20 }),
    of("late", {
      execute: () => new Promise((done) => setTimeout(done, 60_000)), timeoutMs: 20,
      timeoutErrorFunction: (run, error) => `late after ${error.timeoutMs}`,
    }),
    of("failing", { execute: async () => { throw new Error("odd"); }, errorFunction: (run, error) => `failed: ${error.message}` }),
  ],
});
