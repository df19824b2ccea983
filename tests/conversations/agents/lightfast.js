// Agents of Lightfast. Each asks a model of its own, which names its script.
import { gateway } from "@ai-sdk/gateway";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";

const search = createTool({
  description: "Searches.",
  inputSchema: z.object({ text: z.string().trim(), limit: z.number().int().default(3) }),
  execute: async ({ text, limit }, context) => `${limit} of ${text} for ${context.team ?? context.user}`,
});

export const keeper = createAgent({
  name: "keeper", system: "You keep notes.", model: gateway("openai/gpt-keeper"), temperature: 0.3, seed: 7,
});
export const searcher = createAgent({
  name: "searcher", system: "You search.", model: gateway("openai/gpt-searcher"), tools: { search }, maxOutputTokens: 90,
});
export const scoped = createAgent({
  name: "scoped",
  system: ({ sessionId, team, user }) => `${sessionId} ${team} ${user}`,
  createRuntimeContext: ({ resourceId }) => ({ team: `team ${resourceId}` }),
  model: gateway("openai/gpt-scoped"),
  tools: (context) => ({ search, ...(context.tier === "pro" ? { more: search } : {}) }),
});
export const required = createAgent({
  name: "required", system: "You must.", model: gateway("openai/gpt-required"), tools: { search },
  toolChoice: "required", maxSteps: 2,
});
export const steered = createAgent({
  name: "steered",
  system: ({ user }) => `You serve ${user}.`,
  model: gateway("openai/gpt-steered"),
  tools: (context) => ({ search, ...(context.tier === "pro" ? { more: search } : {}) }),
  prepareStep: ({ steps, instructions }) => ({ activeTools: ["more"], system: `${instructions} ${steps.length} done.` }),
  stopWhen: ({ steps }) => steps.length === 2 && steps[1].toolResults[0].output.startsWith("3 of d"),
  maxSteps: 7,
});
