import { openai } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { MCPClient } from "@mastra/mcp";
import { z } from "zod";

const mcp = new MCPClient({ id: "judged", servers: { weather: { url: new URL(process.env.MCP_URL) } } });
const own = createTool({
  id: "own",
  description: "Says a word.",
  inputSchema: z.object({ word: z.string() }),
  execute: async ({ word }) => `said ${word}`,
});
const tools = await mcp.listTools();
const about = { instructions: "Help." };
export const served = new Agent({ ...about, id: "served", name: "served", model: openai.chat("gpt-served"), tools });
export const both = new Agent({ ...about, id: "both", name: "both", model: openai.chat("gpt-both"), tools: { ...tools, own } });
export const failing = new Agent({ ...about, id: "failing", name: "failing", model: openai.chat("gpt-failing"), tools });
