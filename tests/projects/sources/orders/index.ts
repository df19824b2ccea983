// An AI SDK agent with dotenv, winston and axios, in three files.
import "dotenv/config";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";
import { logger } from "./logger";
import { create, failing, find } from "./shop";

logger.info("starting");

export const orders = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  instructions: "You look after orders.",
  tools: {
    find: tool({
      description: "Finds an order",
      inputSchema: z.object({ id: z.string() }),
      execute: ({ id }) => find(id),
    }),
    create: tool({
      description: "Orders items",
      inputSchema: z.object({ items: z.array(z.string()) }),
      execute: ({ items }) => create(items),
    }),
    failing: tool({
      description: "Meets a status",
      inputSchema: z.object({ status: z.number() }),
      execute: ({ status }) => failing(status),
    }),
  },
});
