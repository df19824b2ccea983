// Agents of Mastra whose tools ask agents themselves. What the outer model is told of a call is what its
// tool saw of the answer.
import { openai } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { RequestContext } from "@mastra/core/request-context";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";

const outer = (name, execute, model = `gpt-${name}`) =>
  new Agent({
    id: name, name: "Outer", instructions: "Ask.", model: openai.chat(model),
    tools: { ask: createTool({ id: "ask", description: "Asks.", inputSchema: z.object({ topic: z.string() }), execute }) },
  });
const inner = (name, more = {}) =>
  new Agent({ id: `${name}-inner`, name: "Inner", instructions: "You help.", model: openai.chat(`gpt-${name}--inner`), ...more });
const add = createTool({
  id: "add", description: "Adds two numbers.", inputSchema: z.object({ a: z.number(), b: z.number() }), execute: async ({ a, b }) => ({ sum: a + b }),
});
const counts = ({ inputTokens, outputTokens, totalTokens }) => ({ inputTokens, outputTokens, totalTokens });
const calls = (list) => list.map(({ type, payload }) => ({ type, id: payload.toolCallId, name: payload.toolName, args: payload.args, result: payload.result }));
const shown = async (result) => ({
  text: await result.text, reason: await result.finishReason, usage: counts(await result.usage), total: counts(await result.totalUsage),
  calls: calls(await result.toolCalls), results: calls(await result.toolResults), steps: (await result.steps).length, object: await result.object,
});

const asked = inner("asking");
export const asking = outer("asking", async ({ topic }) => shown(await asked.generate(topic)));
const tooled = inner("working", { tools: { add } });
export const working = outer("working", async ({ topic }) =>
  shown(await tooled.generate([{ role: "user", content: topic }], { modelSettings: { maxOutputTokens: 60 }, toolChoice: "auto" })));
const short = inner("cut", { tools: { add } });
export const cut = outer("cut", async ({ topic }) => shown(await short.generate(topic, { maxSteps: 1 })));
const shaped = new Agent({ id: "shaped", name: "Shaped", instructions: "Shape.", model: openai.chat("gpt-4o-2024-08-06") });
export const shaping = outer("shaping", async ({ topic }) =>
  (await shaped.generate(topic, { structuredOutput: { schema: z.object({ mood: z.string(), score: z.number() }) } })).object, "gpt-4o-2024-08-06");
const placed = inner("placing", { instructions: ({ requestContext }) => `You are in ${requestContext.get("place")}.` });
export const placing = outer("placing", async ({ topic }) =>
  shown(await placed.generate(topic, { requestContext: new RequestContext([["place", "Rome"]]) })));
const flowing = inner("flow", { tools: { add } });
export const flow = outer("flow", async ({ topic }) => {
  const result = await flowing.stream(topic);
  const pieces = [];
  for await (const piece of result.textStream) pieces.push(piece);
  return { pieces, ...(await shown(result)) };
});
const told = inner("chunks");
export const chunks = outer("chunks", async ({ topic }) => {
  const { fullStream } = await told.stream(topic);
  const texts = [];
  for await (const { type, payload } of fullStream) if (type === "text-delta") texts.push(payload.text);
  return texts;
});
const ended = [];
const watched = inner("watching", { tools: { add }, defaultOptions: { onFinish: ({ text }) => void ended.push(text) } });
export const watching = outer("watching", async ({ topic }) => {
  const types = [];
  // Caisson tells calls when they are whole.
  const onChunk = ({ type }) => void (type.startsWith("tool-call-") || types.at(-1) === type || types.push(type));
  const { text } = await watched.generate(topic, { onChunk });
  await (await watched.stream(topic, { onChunk })).consumeStream();
  return { text, types, ended: ended.splice(0) };
});
