const { echo, weather } = require("./tools.js");
const { createAgent, createLightfast } = require("./framework.js");
const prompts = require("./prompts.js");
const { version } = require("./version.cjs");
module.exports = createLightfast({
  agents: {
    forecaster: createAgent({
      name: "Forecaster",
      system: prompts.system("weather"),
      model: "openai/gpt-5",
      tools: { weather, echo },
    }),
  },
  metadata: { version, greeting: prompts.default },
});
