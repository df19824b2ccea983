import { createAgent, createTool } from "lightfast/agent";
import { z } from "zod";

const get = createTool({
  description: "Fetches a page.",
  inputSchema: z.object({ url: z.string(), method: z.string().optional(), body: z.string().optional() }),
  execute: async ({ url, method = "GET", body }, { env, idempotencyKey }) => {
    const headers = env?.API_KEY ? { authorization: `Bearer ${env.API_KEY}` } : {};
    const response = await fetch(url, { method, body, headers });
    return { status: response.status, text: await response.text(), key: env?.API_KEY, idempotencyKey };
  },
});

export default {
  agents: {
    web: createAgent({ name: "web", system: "Fetch.", model: "openai/gpt-x", tools: { get } }),
  },
};
