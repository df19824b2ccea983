// Agents of the AI SDK whose tools ask models themselves, by the helpers of the SDK. What the outer model
// is told of a call is what its tool saw of the answer.
import { openai } from "@ai-sdk/openai";
import {
  ToolLoopAgent, Output, cosineSimilarity, embed, embedMany, generateObject, generateText, hasToolCall, isStepCount, streamObject,
  streamText, tool,
} from "ai";
import { z } from "zod";

const inner = (name) => openai.chat(`gpt-${name}--inner`);
const agent = (name, execute, model = `gpt-${name}`) =>
  new ToolLoopAgent({
    model: openai.chat(model),
    tools: { ask: tool({ description: "Asks.", inputSchema: z.object({ topic: z.string() }), execute }) },
  });
const add = tool({
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number(), b: z.number().default(1) }),
  execute: async ({ a, b }) => a + b,
});
const fails = tool({
  description: "Fails.",
  inputSchema: z.object({}),
  execute: async () => {
    throw new RangeError("no such row");
  },
});
const mood = z.object({ mood: z.enum(["good", "bad"]), score: z.number() });
const counts = ({ inputTokens, outputTokens, totalTokens }) => ({ inputTokens, outputTokens, totalTokens });
const shownStep = ({ text, finishReason, usage, toolCalls, toolResults, content }) => ({
  text, finishReason, usage: counts(usage),
  calls: toolCalls.map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input })),
  results: toolResults.map(({ toolCallId, toolName, input, output }) => ({ toolCallId, toolName, input, output })),
  types: content.map(({ type }) => type),
});
const shown = (result) => ({
  ...shownStep(result), steps: result.steps.map(shownStep), total: counts(result.totalUsage),
  messages: result.response.messages.map(({ role, content }) => ({ role, types: content.map(({ type }) => type) })),
});

export const texts = agent("texts", async ({ topic }) =>
  shown(await generateText({ model: inner("texts"), system: "You sum up.", prompt: `About ${topic}.`, temperature: 0.3, maxOutputTokens: 50 })));
export const looping = agent("looping", async ({ topic }) =>
  shown(await generateText({
    model: inner("looping"), messages: [{ role: "user", content: topic }], tools: { add, fails },
    stopWhen: isStepCount(5), toolChoice: "auto",
  })));
export const oneStep = agent("oneStep", async ({ topic }) =>
  shown(await generateText({ model: inner("oneStep"), prompt: topic, tools: { add } })));
export const stopping = agent("stopping", async ({ topic }) =>
  shown(await generateText({ model: inner("stopping"), prompt: topic, tools: { add }, stopWhen: [hasToolCall("add"), isStepCount(9)] })));
export const clientTool = agent("clientTool", async ({ topic }) =>
  shown(await generateText({
    model: inner("clientTool"), prompt: topic, stopWhen: isStepCount(5),
    tools: { show: tool({ description: "Shows.", inputSchema: z.object({ what: z.string() }) }) },
  })));
export const preparing = agent("preparing", async ({ topic }) =>
  shown(await generateText({
    model: inner("preparing"), prompt: topic, tools: { add, fails }, stopWhen: isStepCount(3),
    prepareStep: ({ stepNumber }) => (stepNumber === 0 ? { activeTools: ["add"], toolChoice: "required" } : { activeTools: [], temperature: 0 }),
  })));
export const stepContexts = agent("stepContexts", async ({ topic }) => {
  const seen = [];
  const result = await generateText({
    model: inner("stepContexts"), prompt: topic, tools: { add }, stopWhen: isStepCount(3), runtimeContext: { place: topic },
    providerOptions: { openai: { store: true } },
    prepareStep: ({ stepNumber, runtimeContext }) =>
      ({ runtimeContext: { ...runtimeContext, [`step${stepNumber}`]: true }, providerOptions: { other: { step: stepNumber } } }),
    onStepEnd: ({ text, runtimeContext }) => void seen.push({ text, runtimeContext }),
    onEnd: ({ steps }) => void seen.push(steps.length),
  });
  return { seen, contexts: result.steps.map(({ runtimeContext }) => runtimeContext) };
});
export const streaming = agent("streaming", async ({ topic }) => {
  const result = streamText({ model: inner("streaming"), prompt: topic, tools: { add }, stopWhen: isStepCount(3) });
  const pieces = [];
  for await (const piece of result.textStream) pieces.push(piece);
  return { pieces, text: await result.text, reason: await result.finishReason, usage: counts(await result.totalUsage), steps: (await result.steps).map(shownStep) };
});
export const fullStream = agent("fullStream", async ({ topic }) => {
  const { fullStream } = streamText({ model: inner("fullStream"), prompt: topic, tools: { add }, stopWhen: isStepCount(3) });
  const types = [];
  // Where a text ends among the pieces of calls is the provider's own way.
  for await (const { type } of fullStream) if (types.at(-1) !== type && type !== "text-end") types.push(type);
  return types;
});
export const objects = agent("objects", async ({ topic }) => {
  let ended;
  const onFinish = ({ object }) => void (ended = object);
  const { object, finishReason, usage } = await generateObject({ model: openai.chat("gpt-4.1"), schema: mood, prompt: topic, onFinish });
  return { ended, object, finishReason, usage: counts(usage) };
}, "gpt-4.1");
export const outputs = agent("outputs", async ({ topic }) =>
  (await generateText({ model: openai.chat("gpt-4o"), output: Output.object({ schema: mood }), prompt: topic })).output, "gpt-4o");
export const lists = agent("lists", async ({ topic }) =>
  (await generateObject({ model: openai.chat("gpt-4o-mini"), output: "array", schema: z.object({ name: z.string() }), prompt: topic })).object, "gpt-4o-mini");
export const choices = agent("choices", async ({ topic }) =>
  (await generateObject({ model: openai.chat("gpt-4.1-mini"), output: "enum", enum: ["good", "bad"], prompt: topic })).object, "gpt-4.1-mini");
export const misfits = agent("misfits", async ({ topic }) => {
  try {
    return await generateObject({ model: openai.chat("gpt-5-mini"), schema: mood, prompt: topic });
  } catch (error) {
    return { name: error.name, message: error.message, text: error.text };
  }
}, "gpt-5-mini");
export const objectStream = agent("objectStream", async ({ topic }) => {
  const result = streamObject({ model: openai.chat("gpt-4.1-nano"), schema: mood, prompt: topic });
  let last;
  for await (const partial of result.partialObjectStream) last = partial;
  return { last, object: await result.object };
}, "gpt-4.1-nano");
export const parallel = agent("parallel", async ({ topic }) => {
  const ask = (prompt) => generateText({ model: inner("parallel"), prompt });
  const first = await ask(`${topic} 1`);
  const both = await Promise.all([ask(`${topic} 2`), ask(`${topic} 2`)]);
  return [first, ...both].map(({ text }) => text);
});
const sub = new ToolLoopAgent({ model: inner("subAgent"), instructions: "You research.", tools: { add }, stopWhen: isStepCount(4) });
export const subAgent = agent("subAgent", async ({ topic }) => shown(await sub.generate({ prompt: topic })));
const subStreamed = new ToolLoopAgent({ model: inner("subStream"), instructions: "You research.", tools: { add } });
export const subStream = agent("subStream", async ({ topic }) => {
  const result = await subStreamed.stream({ prompt: topic });
  let text = "";
  for await (const piece of result.textStream) text += piece;
  return text;
});
export const nested = agent("nested", async ({ topic }) => {
  const deeper = tool({
    description: "Goes deeper.",
    inputSchema: z.object({ topic: z.string() }),
    execute: async ({ topic: of }) => (await generateText({ model: inner("nested"), prompt: `Deep: ${of}` })).text,
  });
  return (await generateText({ model: inner("nested"), prompt: topic, tools: { deeper }, stopWhen: isStepCount(3) })).text;
});

// What an embedding model is told, and what a tool sees of its answer.
export const embedding = agent("embedding", async ({ topic }) => {
  const result = await embed({ model: openai.embedding("gpt-embedding--inner"), value: topic, maxRetries: 1 });
  const { value, embedding: vector, usage, warnings, providerMetadata } = result;
  return { value, vector, usage, warnings, providerMetadata, keys: Object.keys(result).sort(), isArray: Array.isArray(vector) };
});
export const embeddings = agent("embeddings", async ({ topic }) => {
  const values = [topic, "rain \u{1f327} fjord", ""];
  const result = await embedMany({
    model: openai.textEmbeddingModel("gpt-embeddings--inner"), values, maxParallelCalls: 2,
    providerOptions: { openai: { dimensions: 4, user: "ada" }, mistral: { other: 1 } },
  });
  const none = await embedMany({ model: openai.embedding("gpt-embeddings--inner"), values: [] });
  const [first, second] = result.embeddings;
  return {
    ...result, responses: result.responses.length, keys: Object.keys(result).sort(), near: cosineSimilarity(first, second),
    none: { ...none, responses: none.responses.length },
  };
});
export const embeddingByName = agent("embeddingByName", async ({ topic }) => {
  const { embedding: vector, usage } = await embed({ model: "openai/gpt-embeddingByName--inner", value: topic, dimensions: 3 });
  return { vector, usage };
});
export const failedEmbedding = agent("failedEmbedding", async ({ topic }) => {
  try {
    return await embed({ model: openai.embedding("gpt-failedEmbedding--inner"), value: `refuse ${topic}` });
  } catch (error) {
    return { isError: error instanceof Error, saysWhy: error.message.includes("no vector for this") };
  }
});
export const unlikeVectors = agent("unlikeVectors", async () => {
  try {
    return cosineSimilarity([1], [1, 2]);
  } catch (error) {
    const { name, message, parameter, value } = error;
    return { name, message, parameter, value };
  }
});
