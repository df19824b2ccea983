// An OpenAI Agents SDK agent beside a fastify server and a Hono one, with undici, a feed and a socket.
import { serve } from "@hono/node-server";
import { Agent, tool } from "@openai/agents";
import Fastify from "fastify";
import { Hono } from "hono";
import { cors } from "hono/cors";
import Parser from "rss-parser";
import { request, Agent as Dispatcher, setGlobalDispatcher } from "undici";
import { WebSocketServer } from "ws";
import { z } from "zod";

setGlobalDispatcher(new Dispatcher({ keepAliveTimeout: 10 }));
const fastify = Fastify({ logger: { level: "silent" } });
fastify.get("/hello/:name", async ({ params }) => ({ hello: (params as any).name }));
fastify.post("/sum", { schema: { body: { type: "object", required: ["a"], properties: { a: { type: "number" } } } } },
  async ({ body }) => ({ sum: (body as any).a + 1 }));
const hono = new Hono().use(cors()).get("/items/:id", (context) => context.json({ id: context.req.param("id") }));
serve({ fetch: hono.fetch, port: 0 }).unref();
const sockets = new WebSocketServer({ noServer: true });
sockets.on("connection", (socket) => socket.send("hi"));

const inject = tool({
  name: "inject",
  description: "Asks the own server",
  parameters: z.object({ name: z.string() }),
  execute: async ({ name }) => {
    const hello = await fastify.inject(`/hello/${name}`);
    const sum = await fastify.inject({ method: "POST", url: "/sum", payload: { a: "x" } });
    const item = await hono.request(`/items/${name}`);
    return { hello: hello.json(), sum: sum.json(), item: await item.json(), allowed: item.headers.get("access-control-allow-origin") };
  },
});
const asked = tool({
  name: "asked",
  description: "Asks by undici",
  parameters: z.object({ path: z.string() }),
  execute: async ({ path }) => {
    const { statusCode, headers, body } = await request(`${process.env.API_URL}/pages/${path}`, { method: "POST", body: "{}" });
    return { statusCode, type: headers["content-type"], body: await body.json() };
  },
});
const feed = tool({
  name: "feed",
  description: "Reads a feed",
  parameters: z.object({ xml: z.string() }),
  execute: async ({ xml }) => {
    const { title, items } = await new Parser().parseString(xml);
    return { title, items };
  },
});

export const agent = new Agent({ name: "Pages", model: "gpt-5-mini", tools: [inject, asked, feed] });
