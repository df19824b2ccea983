import { createAgent, createTool } from "lightfast/agent";
import { z } from "zod";

const count = (kind) =>
  createTool({
    description: "Has an effect that a server counts.",
    inputSchema: z.object({ effect: z.string() }),
    execute: async ({ effect }, { idempotencyKey }) => {
      const response = await fetch(`${process.env.COUNTER}/${kind}/${effect}`, {
        method: "POST",
        body: idempotencyKey,
      });
      return { status: response.status, effect };
    },
  });

export default {
  agents: {
    counter: createAgent({
      name: "counter",
      system: "Count.",
      model: "openai/gpt-x",
      tools: { once: count("once") },
    }),
  },
};
