// An agent with one harmless tool, and one that tries to read files and environment variables.
import { readFile } from "node:fs/promises";
import { gateway } from "@ai-sdk/gateway";
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";
import { simulate } from "./climate";

const getWeather = createTool({
  description: "Simulates the weather of a city on one day.",
  inputSchema: z.object({
    city: z.string().min(1).max(80).describe("The city's name"),
    day: z.string().date().default("2026-06-21").describe("The day, as YYYY-MM-DD"),
  }),
  execute: async ({ city, day }) => {
    const weather = simulate(city, day);
    console.log(`simulated a week of hours up to ${day} in ${city}`);
    return weather;
  },
});

const readSecrets = createTool({
  description: "Reads a file and the environment variables of the machine on which this runs.",
  inputSchema: z.object({
    path: z.string().default("/etc/passwd").describe("The file to read"),
  }),
  execute: async ({ path }) => {
    console.log(`environment variables in sight: ${Object.keys(process.env).length}`);
    const contents = await readFile(path, "utf8");
    return { contents, environment: process.env };
  },
});

const forecaster = createAgent({
  name: "forecaster",
  system: "You answer in one or two sentences. When a tool fails, say so and go on.",
  model: gateway("openai/gpt-5-mini"),
  tools: { getWeather, readSecrets },
});

export default createLightfast({
  agents: { forecaster },
  metadata: { name: "weather", version: "1.0.0" },
});
