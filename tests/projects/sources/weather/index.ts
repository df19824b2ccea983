// An OpenAI Agents SDK agent with envalid and got.
import { Agent, tool } from "@openai/agents";
import { cleanEnv, str, url } from "envalid";
import got, { HTTPError } from "got";
import { z } from "zod";

const env = cleanEnv(process.env, {
  API_URL: url(),
  API_KEY: str(),
  UNITS: str({ choices: ["metric", "imperial"], default: "metric" }),
});
const client = got.extend({
  prefixUrl: `${env.API_URL}/weather`,
  headers: { "x-key": env.API_KEY, "user-agent": "weather" },
  retry: { limit: 1, calculateDelay: ({ computedValue }) => (computedValue ? 1 : 0) },
  timeout: { request: 5000 },
});

const forecast = tool({
  name: "forecast",
  description: "Tells the weather of a city",
  parameters: z.object({ city: z.string(), days: z.number().int().default(1) }),
  execute: async ({ city, days }) => {
    const answer = await client.get("forecast", { searchParams: { city, days, units: env.UNITS } }).json();
    return { answer, units: env.UNITS, isProduction: env.isProduction };
  },
});

const report = tool({
  name: "report",
  description: "Reports the weather",
  parameters: z.object({ text: z.string() }),
  execute: async ({ text }) => {
    const response = await client.post("report", { json: { text }, throwHttpErrors: false });
    return { status: response.statusCode, type: response.headers["content-type"], body: JSON.parse(response.body) };
  },
});

const missing = tool({
  name: "missing",
  description: "Asks for what is not there",
  parameters: z.object({}),
  execute: async () => {
    try {
      return await client.get("status/404").json();
    } catch (error) {
      return error instanceof HTTPError ? { code: error.code, status: error.response.statusCode } : String(error);
    }
  },
});

export const agent = new Agent({
  name: "Weather",
  instructions: "You tell the weather.",
  model: "gpt-5-mini",
  tools: [forecast, report, missing],
});
