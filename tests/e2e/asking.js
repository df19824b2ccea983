import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, embed, embedMany, generateObject, generateText, streamText, tool } from "ai";
import { z } from "zod";

const inputSchema = z.object({ topics: z.array(z.string()).default(["Oslo"]) });
const model = openai.chat("gpt-inner");
const vectors = openai.embedding("text-embedding-3-small");
const textFor = async (prompt) => (await generateText({ model, prompt })).text;

export const asker = new ToolLoopAgent({
  model: openai.chat("gpt-outer"),
  tools: {
    ask: tool({ description: "Asks.", inputSchema, execute: ({ topics }) => Promise.all(topics.map(textFor)) }),
    settled: tool({
      description: "Asks, and tells what failed.",
      inputSchema,
      execute: async ({ topics }) => {
        const all = await Promise.allSettled(topics.map(textFor));
        return all.map(({ value, reason }) => value ?? `${reason.name}: ${reason.message}`);
      },
    }),
    leave: tool({
      description: "Asks, and leaves after the first words.",
      inputSchema,
      execute: async ({ topics: [prompt] }) => {
        const leaving = new AbortController();
        const { textStream } = streamText({ model, prompt, abortSignal: leaving.signal, onError: () => {} });
        for await (const piece of textStream) {
          leaving.abort();
          return piece;
        }
        return "nothing";
      },
    }),
    measure: tool({
      description: "Makes vectors of many texts, and tells what came of them.",
      inputSchema: z.object({ many: z.number().default(1), atOnce: z.number().optional() }),
      execute: async ({ many, atOnce }) => {
        const values = Array.from({ length: many }, (_, at) => `text ${at}`);
        const { embeddings, usage } = await embedMany({ model: vectors, values, maxParallelCalls: atOnce });
        return { sizes: [...new Set(embeddings.map(({ length }) => length))], firsts: embeddings.map(([first]) => first), usage };
      },
    }),
    leaveVector: tool({
      description: "Asks for two vectors, and leaves after the first.",
      inputSchema,
      execute: async () => {
        const leaving = new AbortController();
        const both = ["a", "b"].map((value) => embed({ model: vectors, value, abortSignal: leaving.signal }));
        await Promise.any(both);
        leaving.abort(new Error("left"));
        const all = await Promise.allSettled(both);
        return all.map(({ reason }) => reason?.message ?? "vector").sort();
      },
    }),
    refusals: tool({
      description: "Asks for vectors in ways that are refused.",
      inputSchema,
      execute: async () => {
        const given = [
          { value: 7 },
          { value: "x", headers: { a: "b" } },
          { value: "x", onEnd: () => {} },
          { value: "x", dimensions: -1 },
          { value: "x", providerOptions: { openai: { taskType: "query" } } },
          { value: "x", model: "anthropic/claude-x" },
          { value: "x", model: undefined },
        ];
        const all = await Promise.allSettled(given.map((options) => embed({ model: vectors, ...options })));
        return all.map(({ reason }) => reason.message);
      },
    }),
    described: tool({
      description: "Asks for an object, and says what it is.",
      inputSchema,
      execute: async () => {
        const schema = z.object({ sky: z.string() });
        return (await generateObject({ model, schema, schemaName: "sky", schemaDescription: "The sky over a place.", prompt: "x" })).object;
      },
    }),
    unheard: tool({
      description: "Asks with what nobody would hear of.",
      inputSchema,
      execute: async () => {
        const given = [
          { onStepStart: () => {} },
          { experimental_onToolCallStart: () => {} },
          { toolCallConcurrency: 1 },
          { timeout: { totalMs: 9, chunkMs: 1 } },
          { experimental_transform: () => new TransformStream() },
          { prepareStep: () => ({ toolOrder: ["a"] }) },
        ];
        const all = await Promise.allSettled(given.map((options) => generateText({ model, prompt: "x", ...options })));
        return all.map(({ reason }) => reason.message);
      },
    }),
    odd: tool({
      description: "Asks what cannot be asked.",
      inputSchema,
      execute: () => generateText({ model, prompt: "x", messages: undefined, maxOutputTokens: "many" }),
    }),
  },
});
