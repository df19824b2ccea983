import { Agent, MCPServerStreamableHttp, tool } from "@openai/agents";
import { z } from "zod";

const server = new MCPServerStreamableHttp({ url: process.env.MCP_URL, name: "weather" });
await server.connect();
const few = new MCPServerStreamableHttp({
  url: process.env.MCP_URL,
  name: "few",
  toolFilter: { allowedToolNames: ["forecast", "sums"], blockedToolNames: ["sums"] },
  useStructuredContent: true,
});
await few.connect();
const own = tool({
  name: "own",
  description: "Says a word.",
  parameters: z.object({ word: z.string() }),
  execute: async ({ word }) => `said ${word}`,
});
const about = { instructions: "Help.", model: "gpt-agent" };
export const served = new Agent({ ...about, name: "served", model: "gpt-served", mcpServers: [server] });
export const both = new Agent({ ...about, name: "both", model: "gpt-both", mcpServers: [few], tools: [own] });
export const failing = new Agent({ ...about, name: "failing", model: "gpt-failing", mcpServers: [server] });
