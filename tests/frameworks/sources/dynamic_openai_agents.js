// Agents of the OpenAI Agents SDK whose parts are made for each run.
import { Agent, tool } from "@openai/agents";
import { promptWithHandoffInstructions, RECOMMENDED_PROMPT_PREFIX } from "@openai/agents-core/extensions";
import { z } from "zod";

const named = (name, more = {}) =>
  tool({
    name,
    description: `Does ${name}`,
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => `${name} ${city}`,
    ...more,
  });
const made = [];
for (const name of ["first", "second"]) made.push(named(name));

export const greeter = new Agent({
  name: "Greeter",
  instructions: (run, agent) => `You are ${agent.name}. You speak with ${run.context.user ?? "nobody"}.`,
  handoffDescription: ["Greets", "people"].map((word) => word.toUpperCase()).join(" "),
  model: ["gpt", "5"].reduce((left, right) => `${left}-${right}`),
  modelSettings: { temperature: Math.max(0.1, 0.2), maxTokens: 100 },
  tools: [...made, named("risky", { needsApproval: true }), named("off", { isEnabled: ({ runContext }) => runContext.context.user === "Ada" })],
});
export const waiting = new Agent({
  name: "Waiting",
  instructions: async (run) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return `Session ${run.context.sessionId}.`;
  },
});
export const prefixed = new Agent({ name: "P", instructions: `${RECOMMENDED_PROMPT_PREFIX} Never give refunds.` });
export const wrapped = new Agent({ name: "W", instructions: promptWithHandoffInstructions("Be short.") });
export const failing = new Agent({
  name: "F",
  instructions: () => {
    throw new RangeError("no user");
  },
});
class Strict extends Agent {
  async getSystemPrompt(run) {
    return `Strict: ${await super.getSystemPrompt(run)}`;
  }
}
export const strict = new Strict({ name: "S", instructions: (run) => `for ${run.context.user}` });
