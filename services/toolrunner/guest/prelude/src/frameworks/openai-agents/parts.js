// What an agent of the OpenAI Agents SDK is for a run's context.
import { isMethod, read } from "../../dispatch/names.js";
import { RunContext } from "./calls.js";

export function partsOf(agent) {
  if (!isMethod(agent, "asTool") || !isMethod(agent, "getSystemPrompt")) return undefined;
  return {
    instructions: ({ context }) => agent.getSystemPrompt(new RunContext(context)),
    description: () => read(agent, "handoffDescription"),
    model: () => read(agent, "model"),
    settings: () => [read(agent, "modelSettings"), { resetToolChoice: read(agent, "resetToolChoice") }],
  };
}

/** A made tool takes run and agent; what `tool()` is given takes both in one object. */
export function isEnabledOf(tool, agent, { context }) {
  const setting = read(tool, "isEnabled");
  if (typeof setting !== "function") return setting;
  const runContext = new RunContext(context);
  return setting.length > 1 ? setting.call(tool, runContext, agent) : setting.call(tool, { runContext, agent });
}
