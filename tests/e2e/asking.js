import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, generateText, streamText, tool } from "ai";
import { z } from "zod";

const inputSchema = z.object({ topics: z.array(z.string()).default(["Oslo"]) });
const model = openai.chat("gpt-inner");
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
    odd: tool({
      description: "Asks what cannot be asked.",
      inputSchema,
      execute: () => generateText({ model, prompt: "x", messages: undefined, maxOutputTokens: "many" }),
    }),
  },
});
