// A Lightfast agent whose tools reach out through real packages, each in its own way.
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { readFile } from "node:fs/promises";
import Exa from "exa-js";
import _ from "lodash";
import OpenAI from "openai";
import { z } from "zod";

interface Secrets {
  env: { EXA_API_KEY: string };
}

const BASE = "https://api.weather.example";
const forecastOf = async (city: string) => {
  const answer = await fetch(`${BASE}/forecast?city=${encodeURIComponent(city)}`);
  return answer.json();
};

const search = createTool<Secrets>({
  description: "Searches the web.",
  inputSchema: z.object({ query: z.string() }),
  execute: async ({ query }, { env }) => (await new Exa(env.EXA_API_KEY).search(query)).results,
});

const draw = createTool({
  description: "Draws an image.",
  inputSchema: z.object({ prompt: z.string() }),
  execute: async ({ prompt }) => {
    const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
    return client.images.generate({ model: "gpt-image-1", prompt });
  },
});

const group = createTool({
  description: "Groups words by their length.",
  inputSchema: z.object({ words: z.array(z.string()) }),
  execute: ({ words }) => _.groupBy(words, (word: string) => word.length),
});

const read = createTool({
  description: "Reads a file.",
  inputSchema: z.object({ path: z.string() }),
  execute: ({ path }) => readFile(path, "utf8"),
});

const forecast = createTool({
  description: "Tells the weather.",
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => forecastOf(city),
});

const add = createTool({
  description: "Adds numbers.",
  inputSchema: z.object({ numbers: z.array(z.number()) }),
  execute: ({ numbers }) => numbers.reduce((sum: number, each: number) => sum + each, 0),
});

const tools = { search, draw, group, read, forecast, add };
const worker = createAgent({ name: "worker", system: "You work.", model: "openai/gpt-5", tools });
export default createLightfast({ agents: { worker } });
