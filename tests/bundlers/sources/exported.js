import { ToolLoopAgent } from "./framework.js";
import { system } from "./prompts.js";
import { echo, weather } from "./tools.js";

export const forecaster = new ToolLoopAgent({
  id: "forecaster",
  model: "openai/gpt-5",
  instructions: system("weather"),
  tools: { weather, echo },
  maxOutputTokens: 0x10,
});
const second = new ToolLoopAgent({
  id: "second",
  model: "anthropic/claude",
  instructions: `${[1, 2.5, -0, 1e21, 1e-7].join()} ${null} ${undefined} ${[1, [2, 3]]}`,
  tools: {},
});
export { second as other };
