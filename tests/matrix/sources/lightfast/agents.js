import { anthropic } from "@ai-sdk/anthropic";
import { gateway } from "@ai-sdk/gateway";
import { createAgent } from "lightfast/agent";
import { PROVIDER, RULES, TEAM } from "../shared/constants.js";
import { accounting, change, field, mixed, note, schedule, versioned } from "./tools.js";

const base = { temperature: 0.3, maxOutputTokens: 900, topP: 0.9, seed: 7 };

export const clerk = createAgent({
  ...base,
  name: "clerk",
  system: `You keep the books of ${TEAM.name} in ${TEAM.city}.\n${RULES.join("\n")}`,
  model: gateway(`${PROVIDER}/claude-sonnet-4`),
  tools: { schedule, ...accounting },
  createRuntimeContext: ({ sessionId, resourceId }) => ({ zone: "UTC", sessionId, resourceId }),
  temperature: 0,
  maxSteps: 5,
  providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } },
});

const surveyor = createAgent({
  name: "surveyor",
  system: "You measure things.\n\n" + RULES[1],
  model: anthropic("claude-opus-4-1"),
  tools: { ...field, note, change },
  stopSequences: ["END", "STOP"],
  toolChoice: "auto",
  maxRetries: 2,
  presencePenalty: 0.5,
});

export { surveyor };
export default createAgent({
  name: "keeper",
  system: "You keep notes.",
  model: "openai/gpt-5-mini",
  tools: { mixed, versioned, note },
});
