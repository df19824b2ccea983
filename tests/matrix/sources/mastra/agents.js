import { openai } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { PROVIDER, RULES, TEAM } from "../shared/constants.js";
import { MASTRA_DEFAULTS } from "../version.js";
import { accounting, change, field, mixed, note, schedule, versioned } from "./tools.js";

export const clerk = new Agent({
  id: "clerk",
  name: "Clerk",
  description: "Keeps the books.",
  instructions: `You keep the books of ${TEAM.name} in ${TEAM.city}.\n${RULES.join("\n")}`,
  model: openai("gpt-5"),
  tools: { schedule, ...accounting },
  [MASTRA_DEFAULTS]: {
    maxSteps: 4,
    toolChoice: "required",
    modelSettings: { temperature: 0, maxOutputTokens: 900, topP: 0.9, seed: 7 },
    providerOptions: { openai: { reasoningEffort: "low", store: !1 } },
  },
});

const surveyor = new Agent({
  id: "surveyor",
  name: "Surveyor",
  instructions: { role: "system", content: "You measure things.\n\n" + RULES[1] },
  model: `${PROVIDER}/claude-opus-4-1`,
  tools: { ...field, note, change },
  maxRetries: 2,
});

export { surveyor as fieldSurveyor };

export const keeper = new Agent({
  id: "keeper",
  name: "Keeper",
  instructions: ["You keep notes.", "You never lose one."],
  model: [
    { model: "openai/gpt-5-mini", maxRetries: 2 },
    { model: "anthropic/claude-haiku-4-5", maxRetries: 1 },
  ],
  tools: { mixed, versioned, note },
});
