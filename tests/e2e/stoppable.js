import { createAgent } from "lightfast/agent";
import { createLightfast } from "lightfast/client";
import { createTool } from "lightfast/tool";
import { z } from "zod";

const tool = (description, inputSchema, execute) =>
  createTool({ description, inputSchema, execute });

const quick = tool("Returns at once.", z.object({}), async () => "quick");

const spin = tool("Computes without end.", z.object({}), async () => {
  console.log("spinning");
  for (;;);
});

const wait = tool("Waits for a minute.", z.object({}), async () => {
  console.log("waiting");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  return "waited";
});

const get = tool("Fetches.", z.object({ url: z.string() }), async ({ url }) => {
  console.log("fetching");
  return await (await fetch(url)).text();
});

const tell = tool("Returns a long text, then waits.", z.object({}), async () => {
  for (let line = 0; line < 60; line++) console.log("x".repeat(1000));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});

const note = tool("Takes a note.", z.object({ text: z.string() }), async () => "noted");

const tools = { quick, spin, wait, get, tell, note };

export default createLightfast({
  agents: { main: createAgent({ name: "main", system: "You stop.", tools }) },
});
