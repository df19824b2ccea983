import { createStep, createWorkflow } from "@mastra/core/workflows";
import { z } from "zod";
import { weatherAt } from "./tools";

const forecast = z.object({ city: z.string(), temperature: z.number(), conditions: z.string() });

const fetchWeather = createStep({
  id: "fetch-weather",
  description: "Fetches the weather of a city",
  inputSchema: z.object({ city: z.string() }),
  outputSchema: forecast,
  execute: async ({ inputData }) => weatherAt(inputData.city),
});

const planActivities = createStep({
  id: "plan-activities",
  description: "Suggests activities by the weather",
  inputSchema: forecast,
  outputSchema: z.object({ activities: z.string() }),
  execute: async ({ inputData, mastra }) => {
    const agent = mastra?.getAgent("weatherAgent");
    const answer = await agent?.stream([{ role: "user", content: JSON.stringify(inputData) }]);
    let activities = "";
    for await (const chunk of answer?.textStream ?? []) activities += chunk;
    return { activities };
  },
});

const weatherWorkflow = createWorkflow({
  id: "weather-workflow",
  inputSchema: z.object({ city: z.string() }),
  outputSchema: z.object({ activities: z.string() }),
})
  .then(fetchWeather)
  .then(planActivities);
weatherWorkflow.commit();

export { weatherWorkflow };
