// Agents of Mastra. Each asks a model of its own, which names its script.
import { openai } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";

const toolFor = (id, more = {}) =>
  createTool({
    id,
    description: `Does ${id}.`,
    inputSchema: z.object({ city: z.string(), days: z.number().optional() }),
    execute: async ({ city, days }) => ({ id, city, days: days ?? 0, private: "private-field" }),
    ...more,
  });

export const calm = new Agent({ id: "calm", name: "Calm", instructions: "Be calm.", model: openai.chat("gpt-calm") });
export const guide = new Agent({
  id: "guide",
  name: "Guide",
  instructions: ({ requestContext }) => `You guide ${requestContext.get("user")}.`,
  model: ({ requestContext }) => openai.chat(requestContext.get("tier") === "pro" ? "gpt-guide" : "gpt-lesser"),
  tools: ({ requestContext }) => ({
    find: toolFor("find-it"),
    ...(requestContext.get("tier") === "pro" ? { report: toolFor("report") } : {}),
  }),
});
export const listed = new Agent({
  id: "listed",
  name: "Listed",
  instructions: [{ role: "system", content: "One." }, { role: "system", content: "Two." }],
  model: openai.chat("gpt-listed"),
});
export const defaulted = new Agent({
  id: "defaulted",
  name: "Defaulted",
  instructions: "Help.",
  model: openai.chat("gpt-4.1-nano"),
  tools: { find: toolFor("find") },
  defaultOptions: { modelSettings: { temperature: 0.3, maxOutputTokens: 60 }, toolChoice: "required", maxSteps: 2 },
});
export const stripping = new Agent({
  id: "stripping",
  name: "Stripping",
  instructions: "Help.",
  model: openai.chat("gpt-stripping"),
  tools: { find: toolFor("find", { outputSchema: z.object({ city: z.string() }) }) },
});
export const presenting = new Agent({
  id: "presenting",
  name: "Presenting",
  instructions: "Help.",
  model: openai.chat("gpt-presenting"),
  tools: { find: toolFor("find", { toModelOutput: (output) => ({ type: "text", value: `It is ${output.city}.` }) }) },
});
export const repairing = new Agent({
  id: "repairing",
  name: "Repairing",
  instructions: "Help.",
  model: openai.chat("gpt-repairing"),
  tools: { find: toolFor("find") },
});
export const tenanted = new Agent({
  id: "tenanted",
  name: "Tenanted",
  instructions: "Help.",
  model: openai.chat("gpt-tenanted"),
  tools: {
    whoami: toolFor("whoami", {
      requestContextSchema: z.object({ user: z.string() }),
      execute: async (input, { requestContext }) => requestContext.get("user"),
    }),
  },
});
export const breaking = new Agent({
  id: "breaking",
  name: "Breaking",
  instructions: "Help.",
  model: openai.chat("gpt-breaking"),
  tools: { find: toolFor("find", { execute: async () => { throw new RangeError("nowhere"); } }) },
});
export const objecting = new Agent({
  id: "objecting",
  name: "Objecting",
  instructions: "Extract.",
  model: openai.chat("gpt-4.1-mini"),
  defaultOptions: { structuredOutput: { schema: z.object({ city: z.string() }) } },
});
export const approving = new Agent({
  id: "approving",
  name: "Approving",
  instructions: "Help.",
  model: openai.chat("gpt-approval"),
  tools: { pay: toolFor("pay", { requireApproval: true }) },
});
export const processing = new Agent({
  id: "processing",
  name: "Processing",
  instructions: "Help.",
  model: openai.chat("gpt-processing"),
  inputProcessors: [{ id: "p", processInput: async ({ messages }) => messages }],
});

export const wordless = new Agent({ id: "wordless", name: "Wordless", instructions: () => "", model: openai.chat("gpt-wordless") });
export const silent = new Agent({ id: "silent", name: "Silent", instructions: "", model: openai.chat("gpt-silent") });
export const returns = new Agent({
  id: "returns",
  name: "Returns",
  instructions: "Help.",
  model: openai.chat("gpt-results"),
  tools: {
    text: toolFor("text", { execute: async () => "plain text" }),
    list: toolFor("list", { execute: async () => [1, { a: "ä" }] }),
    number: toolFor("number", { execute: async () => 1.5 }),
  },
});
export const unfit = new Agent({
  id: "unfit",
  name: "Unfit",
  instructions: "Help.",
  model: openai.chat("gpt-unfit"),
  tools: { find: toolFor("find", { outputSchema: z.object({ city: z.number() }) }) },
});
export const refusing = new Agent({
  id: "refusing", name: "Refusing", instructions: "Help.", model: openai.chat("gpt-unfitting"), tools: { find: toolFor("find") },
});
export const held = new Agent({
  id: "held", name: "Held", instructions: "Help.", model: openai.chat("gpt-held"), tools: { find: toolFor("find") },
  defaultOptions: { requireToolApproval: true },
});
