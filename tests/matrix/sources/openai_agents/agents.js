import { Agent, handoff } from "@openai/agents";
import { RULES, TEAM } from "../shared/constants.js";
import { report } from "./schemas.js";
import * as tools from "./tools.js";

const clerk = new Agent({
  name: "Clerk",
  handoffDescription: "Keeps the books.",
  instructions: `You keep the books of ${TEAM.name} in ${TEAM.city}.\n${RULES.join("\n")}`,
  model: "gpt-5-mini",
  modelSettings: {
    temperature: 0,
    topP: 0.9,
    maxTokens: 900,
    toolChoice: "required",
    parallelToolCalls: !1,
    providerData: { store: false },
  },
  tools: [tools.schedule, tools.invoice, tools.sort, tools.checksum],
});

const surveyor = new Agent({
  name: "Field Surveyor",
  instructions: "You measure things.\n\n" + RULES[1],
  model: "gpt-5",
  tools: [tools.measure, tools.polygon, tools.withdraw, tools.excused, tools.relay],
  outputType: report,
});

const writer = new Agent({ name: "Writer", instructions: "You write letters.", model: "gpt-5-nano" });

export const triage = Agent.create({
  name: "Triage",
  instructions: "You hand questions to whom they belong to.",
  model: "gpt-5",
  modelSettings: { temperature: 0.2, toolChoice: "auto" },
  handoffs: [
    clerk,
    handoff(surveyor, {
      toolNameOverride: "ask_the_surveyor",
      toolDescriptionOverride: "Hands over what is about measures.",
    }),
  ],
  tools: [
    tools.checksum,
    writer.asTool({ toolName: "write_letter", toolDescription: "Writes a letter." }),
  ],
});

export { clerk, surveyor };
