// Agents of Mastra whose parts are functions of the request's context.
import { openai } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";

const toolFor = (id, more = {}) =>
  createTool({
    id,
    description: `Does ${id}`,
    inputSchema: z.object({ city: z.string() }),
    execute: async () => id,
    ...more,
  });
const of = ({ requestContext, runtimeContext }) => requestContext ?? runtimeContext;

export const helper = new Agent({
  id: "helper",
  name: "Helper",
  description: "Helps",
  instructions: (given) => `You help ${of(given).get("user")}.`,
  model: (given) => openai(of(given).get("tier") === "pro" ? "gpt-5" : "gpt-5-mini"),
  tools: (given) => ({
    find: toolFor("find-it"),
    ...(of(given).get("tier") === "pro" ? { report: toolFor("report", { requireApproval: true }) } : {}),
  }),
  defaultOptions: (given) => ({ modelSettings: { temperature: of(given).get("tier") === "pro" ? 1 : 0 }, toolChoice: "required" }),
});
export const listed = new Agent({
  id: "listed",
  name: "Listed",
  instructions: async (given) => [
    { role: "system", content: "One." },
    { role: "system", content: `Two for ${of(given).get("user")}.` },
  ],
  model: ["openai", "gpt-5"].join("/"),
});
