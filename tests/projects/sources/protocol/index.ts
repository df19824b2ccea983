// MCP: a server in the same program, a client of it, and one of a server elsewhere, for an AI SDK agent.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

function sums() {
  const server = new McpServer({ name: "sums", version: "1.0.0" });
  const inputSchema = { a: z.number(), b: z.number() };
  server.registerTool("sum", { description: "Adds", inputSchema }, async ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
  }));
  return server;
}

async function client() {
  const [here, there] = InMemoryTransport.createLinkedPair();
  await sums().connect(there);
  const made = new Client({ name: "agent", version: "1.0.0" });
  await made.connect(here);
  return made;
}

const local = new StdioClientTransport({ command: "mcp-server-of-nobody", args: ["--stdio"] });
const remote = new URL(`${process.env.API_URL}/protocol/mcp`);

async function refusal(work: () => Promise<unknown>) {
  try {
    return await work();
  } catch (error) {
    return { code: (error as any).code ?? null };
  }
}

export const caller = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    listed: tool({
      description: "Lists the server's tools",
      inputSchema: z.object({}),
      execute: async () => (await client()).listTools(),
    }),
    sum: tool({
      description: "Adds by the server",
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      execute: async (input) => (await client()).callTool({ name: "sum", arguments: input }),
    }),
    elsewhere: tool({
      description: "Asks a server elsewhere",
      inputSchema: z.object({}),
      execute: async () => {
        const made = new Client({ name: "agent", version: "1.0.0" });
        await made.connect(new StreamableHTTPClientTransport(remote));
        return { server: made.getServerVersion(), tools: (await made.listTools()).tools.map(({ name }) => name) };
      },
    }),
    started: tool({
      description: "Starts a server that is not there",
      inputSchema: z.object({}),
      execute: () => refusal(() => new Client({ name: "agent", version: "1.0.0" }).connect(local)),
    }),
  },
});
