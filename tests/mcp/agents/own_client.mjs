// A tool that is an MCP client itself, with the protocol's own package.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const ask = (Transport) => async ({ url, city }, { abortSignal } = {}) => {
  const client = new Client({ name: "own", version: "1.0.0" });
  await client.connect(new Transport(new URL(url)));
  const { tools } = await client.listTools();
  const seen = [];
  const onprogress = ({ progress, message }) => seen.push([progress, message]);
  await client.callTool({ name: "slow", arguments: {} }, undefined, { onprogress, signal: abortSignal });
  const { content } = await client.callTool({ name: "forecast", arguments: { city } });
  await client.close();
  return { tools: tools.length, seen, content };
};
const inputSchema = z.object({ url: z.string(), city: z.string() });
export const asking = new ToolLoopAgent({
  model: "openai/gpt-own",
  instructions: "Help.",
  tools: {
    overHttp: tool({ description: "Asks over HTTP.", inputSchema, execute: ask(StreamableHTTPClientTransport) }),
    overSse: tool({ description: "Asks over SSE.", inputSchema, execute: ask(SSEClientTransport) }),
  },
});
