// A client and a server of MCP in one program.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const absent = new StdioClientTransport({ command: "no-such-program" });

export async function run() {
  const server = new McpServer({ name: "s", version: "1" });
  server.registerTool("add", { inputSchema: { a: z.number() } }, async ({ a }) => ({ content: [{ type: "text", text: `${a + 1}` }] }));
  const [one, two] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "c", version: "1" });
  await Promise.all([server.connect(one), client.connect(two)]);
  const { content } = await client.callTool({ name: "add", arguments: { a: 1 } });
  const failure = await absent.start().catch((error) => error.code);
  return [content, failure];
}
