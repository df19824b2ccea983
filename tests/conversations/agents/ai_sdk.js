// Agents of the AI SDK. Each asks a model of its own, by which the model server knows its script.
import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, Output, hasToolCall, isStepCount, tool } from "ai";
import { z } from "zod";

const add = tool({
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number().describe("The first."), b: z.number().optional() }),
  execute: async ({ a, b = 0 }) => a + b,
});
const row = tool({
  description: "Finds a row.",
  inputSchema: z.object({ id: z.coerce.number().default(2), tag: z.string().trim().toUpperCase() }),
  execute: async ({ id, tag }) => ({ id, tag, secret: "private-field" }),
});
const failing = tool({
  description: "Fails.",
  inputSchema: z.object({}),
  execute: async () => {
    throw new RangeError("no such row");
  },
});
const { text: shown } = { text: ({ output }) => ({ type: "text", value: `row ${output.id}` }) };
const lines = [];
for (const line of ["You are a clerk.", "Never give refunds."]) lines.push(line);

export const plain = new ToolLoopAgent({ model: openai.chat("gpt-plain"), instructions: "Be brief." });
export const named = new ToolLoopAgent({ model: "openai/gpt-named", temperature: 0 });
export const looped = new ToolLoopAgent({
  model: openai.chat("gpt-looped"),
  instructions: lines.join("\n"),
  tools: Object.fromEntries(["add", "sum"].map((key) => [key, add])),
  activeTools: ["sum", "add"].slice(1),
});
export const adder = new ToolLoopAgent({
  model: openai.chat("gpt-adder"),
  instructions: "You add.",
  tools: { add },
  temperature: 0.4,
  topP: 0.9,
  maxOutputTokens: 100,
  seed: 7,
  stopSequences: ["END"],
  presencePenalty: 0.5,
  frequencyPenalty: 0.25,
});
export const parsing = new ToolLoopAgent({ model: openai.chat("gpt-parsing"), tools: { row } });
export const showing = new ToolLoopAgent({
  model: openai.chat("gpt-showing"),
  tools: { row: { ...row, toModelOutput: shown } },
});
export const catching = new ToolLoopAgent({ model: openai.chat("gpt-catching"), tools: { failing, add } });
export const chosen = new ToolLoopAgent({
  model: openai.chat("gpt-chosen"),
  tools: { add, row },
  toolChoice: { type: "tool", toolName: "add" },
  stopWhen: isStepCount(2),
});
export const stopped = new ToolLoopAgent({
  model: openai.chat("gpt-stopped"),
  tools: { add, row },
  toolChoice: "required",
  stopWhen: [hasToolCall("row"), isStepCount(5)],
});
export const counted = new ToolLoopAgent({
  model: openai.chat("gpt-counted"),
  tools: { add },
  stopWhen: ({ steps }) => steps.some((step) => step.toolResults.some((each) => each.output > 3)),
});
export const structured = new ToolLoopAgent({
  model: openai.chat("gpt-4.1"),
  instructions: "You judge.",
  output: Output.object({ schema: z.object({ mood: z.enum(["good", "bad"]), score: z.number() }) }),
});
export const messaged = new ToolLoopAgent({
  model: openai.chat("gpt-messaged"),
  instructions: { role: "system", content: `You are ${[..."ciduL"].reverse().join("")}.` },
  tools: {
    history: tool({
      description: "Tells what was said.",
      inputSchema: z.object({}),
      execute: async (input, { messages }) => messages.map((each) => each.role).join(" "),
    }),
  },
});
export const strict = new ToolLoopAgent({
  model: openai.chat("gpt-strict"),
  tools: { add: tool({ ...add, inputSchema: z.object({ a: z.number(), b: z.number() }), strict: true }) },
});
export const refined = new ToolLoopAgent({
  model: openai.chat("gpt-refined"),
  tools: { add },
  experimental_refineToolInput: { add: ({ a, b }) => ({ a: a * 10, b }) },
});
export const contextual = new ToolLoopAgent({
  model: openai.chat("gpt-contextual"),
  tools: {
    price: tool({
      description: "Tells a price.",
      inputSchema: z.object({}),
      contextSchema: z.object({ currency: z.string(), rate: z.coerce.number() }),
      execute: async (input, { context }) => `${context.rate + 1} ${context.currency}`,
    }),
  },
  toolsContext: { price: { currency: "EUR", rate: "2" } },
});
export const approving = new ToolLoopAgent({
  model: openai.chat("gpt-approving"),
  tools: { add: { ...add, needsApproval: ({ a }) => a > 5 } },
});
export const preparing = new ToolLoopAgent({
  model: openai.chat("gpt-preparing"),
  tools: { add },
  prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" }),
});
export const prepared = new ToolLoopAgent({
  model: openai.chat("gpt-prepared"),
  prepareCall: (call) => ({ ...call, instructions: "Prepared." }),
});

const returning = (value, more) =>
  tool({ description: "Returns.", inputSchema: z.object({}), execute: async () => value, ...more });
export const returns = new ToolLoopAgent({
  model: openai.chat("gpt-returns"),
  tools: {
    text: returning("plain text"),
    empty: returning(""),
    nothing: returning(undefined),
    none: returning(null),
    number: returning(1.5),
    list: returning([1, { a: "ä" }]),
    dated: returning({ at: new Date(0), gone: undefined }),
  },
});
export const contents = new ToolLoopAgent({
  model: openai.chat("gpt-contents"),
  tools: {
    parts: returning("x", { toModelOutput: () => ({ type: "content", value: [{ type: "text", text: "one" }] }) }),
    json: returning("x", { toModelOutput: ({ output }) => ({ type: "json", value: { output } }) }),
  },
});
export const refusing = new ToolLoopAgent({ model: openai.chat("gpt-refusing"), tools: { add } });
export const missing = new ToolLoopAgent({ model: openai.chat("gpt-missing"), tools: { add } });
export const blank = new ToolLoopAgent({ model: openai.chat("gpt-blank"), tools: { nothing: returning("ok") } });
export const hooked = new ToolLoopAgent({
  model: openai.chat("gpt-hooked"),
  tools: { add: { ...add, onInputAvailable: ({ input }) => { input.b = 40; } } },
});
export const denied = new ToolLoopAgent({
  model: openai.chat("gpt-denied"), tools: { add }, toolApproval: { add: { type: "denied", reason: "policy" } },
});
export const passed = new ToolLoopAgent({
  model: openai.chat("gpt-passed"), tools: { add: { ...add, needsApproval: true } }, toolApproval: { add: "approved" },
});
export const listing = new ToolLoopAgent({
  model: openai.chat("gpt-4.1-nano-2025-04-14"),
  tools: { add },
  output: Output.array({ element: z.object({ n: z.number() }) }),
});
export const choosing = new ToolLoopAgent({
  model: openai.chat("gpt-4o-mini"), output: Output.choice({ options: ["yes", "no"] }),
});
export const faulty = new ToolLoopAgent({
  model: openai.chat("gpt-faulty"),
  tools: {
    error: returning("x", { toModelOutput: () => ({ type: "error-text", value: "bad row" }) }),
    json: returning("x", { toModelOutput: () => ({ type: "error-json", value: { code: 7 } }) }),
    denied: returning("x", { toModelOutput: () => ({ type: "execution-denied" }) }),
  },
});
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
const image = { type: "file", mediaType: "image/png", data: { type: "data", data: PIXEL } };
const part = (value) => ({ type: "content", value });
export const pictured = new ToolLoopAgent({
  model: openai.chat("gpt-pictured"),
  tools: {
    photo: returning("x", { toModelOutput: () => part([{ type: "text", text: "a cat" }, image]) }),
    scan: returning("x", { toModelOutput: () => part([image]) }),
  },
});
export const reasoned = new ToolLoopAgent({
  model: openai.chat("gpt-5-mini"),
  instructions: "Think.",
  tools: { add },
  providerOptions: {
    openai: { reasoningEffort: "low" },
    anthropic: { thinking: { type: "enabled", budgetTokens: 2048 } },
  },
});
