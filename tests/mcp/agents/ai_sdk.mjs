import { createMCPClient } from "@ai-sdk/mcp";
import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const client = await createMCPClient({ transport: { type: "http", url: process.env.MCP_URL } });
const tools = await client.tools();
const own = tool({
  description: "Says a word.",
  inputSchema: z.object({ word: z.string() }),
  execute: async ({ word }) => `said ${word}`,
});
export const served = new ToolLoopAgent({ model: openai.chat("gpt-served"), instructions: "Help.", tools });
export const both = new ToolLoopAgent({
  model: openai.chat("gpt-both"),
  instructions: "Help.",
  tools: { ...tools, own },
});
export const failing = new ToolLoopAgent({ model: openai.chat("gpt-failing"), instructions: "Help.", tools });
