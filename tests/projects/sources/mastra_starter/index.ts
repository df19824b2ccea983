// What `npm create mastra` writes: agent, workflow, scorer, storage, logger and memory.
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { LibSQLStore } from "@mastra/libsql";
import { PinoLogger } from "@mastra/loggers";
import { Memory } from "@mastra/memory";
import { translationScorer } from "./scorer";
import { daysTool, weatherTool } from "./tools";
import { weatherWorkflow } from "./workflow";

export const weatherAgent = new Agent({
  id: "weather-agent",
  name: "Weather Agent",
  instructions: "You are a helpful weather assistant that provides accurate weather information.",
  model: "openai/gpt-5-mini",
  tools: { weatherTool, daysTool },
  scorers: {
    translation: { scorer: translationScorer, sampling: { type: "ratio", rate: 1 } },
  },
  memory: new Memory(),
});

export const mastra = new Mastra({
  workflows: { weatherWorkflow },
  agents: { weatherAgent },
  scorers: { translationScorer },
  storage: new LibSQLStore({ id: "mastra-storage", url: ":memory:" }),
  logger: new PinoLogger({ name: "Mastra", level: "info" }),
});
