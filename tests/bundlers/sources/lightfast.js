import { createAgent, createLightfast } from "./framework.js";
import greeting, { system, TONE } from "./prompts.js";
import { modelOf } from "./shared.cjs";
import release from "./version.cjs";
import * as limits from "./limits.js";
import * as tools from "./tools.js";

const shared = { temperature: limits.TEMPERATURE, maxSteps: limits.MAX_STEPS };
const forecaster = createAgent({
  name: "Forecaster",
  system: system("weather"),
  model: modelOf("openai", `gpt-${5}`),
  tools,
  ...shared,
});
const greeter = createAgent({
  name: "Greeter",
  system: system("greetings", { tone: TONE.replace("brief", "warm") }),
  model: process.env.GREETER_MODEL ?? "openai/gpt-5-mini",
  tools: { echo: tools.echo },
  ...(limits.KIB === 1024 ? { maxOutputTokens: limits.KIB / 2 } : {}),
});
export { greeting };
export default createLightfast({
  agents: { forecaster, greeter },
  metadata: { version: release.version, tags: release.tags },
});
