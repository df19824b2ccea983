// Agents of the OpenAI Agents SDK whose tools run agents themselves. What the outer model is told of a
// call is what its tool saw of the run.
import {
  Agent, MaxTurnsExceededError, RunMessageOutputItem, RunToolCallItem, RunToolCallOutputItem, Runner, run, setOpenAIAPI,
  setTracingDisabled, tool,
} from "@openai/agents";
import { z } from "zod";

setOpenAIAPI("chat_completions");
setTracingDisabled(true);

const outer = (name, execute) =>
  new Agent({
    name: "Outer",
    model: `gpt-${name}`,
    instructions: "Ask.",
    tools: [tool({ name: "ask", description: "Asks.", parameters: z.object({ topic: z.string() }), execute, errorFunction: null })],
  });
const inner = (name, more = {}) => new Agent({ name: "Inner", model: `gpt-${name}--inner`, instructions: "You help.", ...more });
const add = tool({
  name: "add",
  description: "Adds two numbers.",
  parameters: z.object({ a: z.number(), b: z.number().nullable() }),
  execute: async ({ a, b }) => a + (b ?? 1),
});
const where = tool({
  name: "add",
  description: "Tells where.",
  parameters: z.object({ near: z.boolean() }),
  execute: async (_, runContext) => ({ at: runContext.context.place }),
});
const shownContent = (content) => (typeof content === "string" ? content : content.map(({ text }) => text));
const shown = (result) => ({
  finalOutput: result.finalOutput,
  lastAgent: result.lastAgent.name,
  items: result.newItems.map(({ type, rawItem }) => ({ type, name: rawItem.name, callId: rawItem.callId, arguments: rawItem.arguments })),
  outputs: result.newItems.filter(({ type }) => type === "tool_call_output_item").map(({ output, rawItem }) => ({ output, text: rawItem.output })),
  history: result.history.map(({ type = "message", role, content }) => (role === undefined ? { type } : { type, role, content: shownContent(content) })),
  responses: result.rawResponses.map(({ usage }) => [usage.inputTokens, usage.outputTokens]),
  usage: [result.state.usage.requests, result.state.usage.totalTokens],
  interruptions: result.interruptions,
});

const plainAgent = inner("running");
export const running = outer("running", async ({ topic }) => shown(await run(plainAgent, topic)));
const adding = inner("tooled", { tools: [add], modelSettings: { temperature: 0.1, toolChoice: "required" } });
export const tooled = outer("tooled", async ({ topic }) => shown(await run(adding, topic)));
const placed = inner("contexts", { instructions: ({ context }) => `You are in ${context.place}.`, tools: [where] });
export const contexts = outer("contexts", async ({ topic }) => shown(await run(placed, topic, { context: { place: "Rome" } })));
const typedAgent = new Agent({ name: "Typed", model: "gpt-4.1-nano-2025-04-14", instructions: "Type.", outputType: z.object({ city: z.string(), days: z.number() }) });
export const typed = new Agent({
  name: "Outer", model: "gpt-4.1-nano-2025-04-14",
  tools: [tool({ name: "ask", description: "Asks.", parameters: z.object({ topic: z.string() }), execute: async ({ topic }) => (await run(typedAgent, topic)).finalOutput })],
});
const endless = inner("turns", { tools: [add] });
export const turns = outer("turns", async ({ topic }) => {
  try {
    return shown(await run(endless, topic, { maxTurns: 1 }));
  } catch (error) {
    return { isLimit: error instanceof MaxTurnsExceededError, message: error.message };
  }
});
const first = inner("stopped", { tools: [add], toolUseBehavior: "stop_on_first_tool" });
export const stopped = outer("stopped", async ({ topic }) => shown(await run(first, topic)));
const again = inner("continued");
export const continued = outer("continued", async ({ topic }) => {
  const one = await run(again, topic);
  return shown(await run(again, [...one.history, { role: "user", content: "And more?" }]));
});
const runner = new Runner({ model: "gpt-runners--inner" });
const modelless = new Agent({ name: "Modelless", instructions: "Help." });
export const runners = outer("runners", async ({ topic }) => shown(await runner.run(modelless, topic)));
const streamedAgent = inner("streams", { tools: [add] });
export const streams = outer("streams", async ({ topic }) => {
  const result = await run(streamedAgent, topic, { stream: true });
  const names = [];
  let text = "";
  for await (const event of result) {
    if (event.type === "run_item_stream_event") names.push(event.name);
    if (event.type === "raw_model_stream_event" && event.data.type === "output_text_delta") text += event.data.delta;
  }
  await result.completed;
  return { names, text, ...shown(result) };
});
const texting = inner("textStream");
export const textStream = outer("textStream", async ({ topic }) => {
  const result = await run(texting, topic, { stream: true });
  const pieces = [];
  for await (const piece of result.toTextStream()) pieces.push(piece);
  await result.completed;
  return { pieces, final: result.finalOutput };
});
const guarded = inner("guards", {
  inputGuardrails: [{ name: "no", execute: async ({ input }) => ({ tripwireTriggered: `${input}`.includes("Oslo"), outputInfo: { why: "far" } }), runInParallel: false }],
});
export const guards = outer("guards", async ({ topic }) => {
  try {
    return shown(await run(guarded, topic));
  } catch (error) {
    return { name: error.constructor.name, message: error.message };
  }
});
const classed = inner("classes", { tools: [add] });
const other = new Runner({ model: "gpt-classes--other" }); // the agent's own model goes first
export const classes = outer("classes", async ({ topic }) => {
  const { newItems } = await other.run(classed, topic, { maxTurns: null });
  const kinds = [RunMessageOutputItem, RunToolCallItem, RunToolCallOutputItem];
  return newItems.map((item) => [...kinds.map((kind) => item instanceof kind), item.content ?? item.output ?? null]);
});
