import { openai } from "@ai-sdk/openai";
import { stepCountIs, ToolLoopAgent } from "ai";
import { RULES, STEPS, TEAM } from "../shared/constants.js";
import { accounting, schedule } from "./tools.js";

const base = { temperature: 0.3, maxOutputTokens: 900, topP: 0.9, seed: 7 };

export const clerk = new ToolLoopAgent({
  ...base,
  id: "clerk",
  model: openai("gpt-5"),
  instructions: `You keep the books of ${TEAM.name} in ${TEAM.city}.\n${RULES.join("\n")}`,
  tools: { schedule, ...accounting },
  stopWhen: stepCountIs(STEPS),
  temperature: 0,
  toolChoice: "required",
  activeTools: ["schedule", "invoice", "sort"],
  providerOptions: { openai: { reasoningEffort: "low", store: !1 } },
});
