// Agents of the AI SDK. Each asks a model of its own, by which the model server knows its script.
import { openai } from "@ai-sdk/openai";
import { NoSuchToolError, ToolLoopAgent, Output, hasToolCall, isStepCount, tool } from "ai";
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
export const declining = new ToolLoopAgent({
  model: openai.chat("gpt-declining"),
  tools: { add: { ...add, needsApproval: true } },
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

// Functions around model queries.
const around = (name, settings, more = {}) =>
  new ToolLoopAgent({ model: openai.chat(`gpt-${name}`), instructions: "Be brief.", tools: { add, row }, ...settings, ...more });

export const moving = around("moving", {
  prepareStep: ({ stepNumber }) => (stepNumber === 0 ? undefined : { model: openai.chat("gpt-moving--large") }),
});
export const restating = around("restating", {
  prepareStep: ({ stepNumber, instructions, initialInstructions }) =>
    stepNumber === 1 ? {} : { system: `${instructions} Step ${stepNumber}, after ${initialInstructions}` },
});
export const trimming = around("trimming", { prepareStep: ({ messages }) => ({ messages: messages.slice(-2) }) });
export const injecting = around("injecting", {
  prepareStep: ({ messages, stepNumber }) => ({ messages: [...messages, { role: "user", content: `Hurry ${stepNumber}.` }] }),
});
export const narrowing = around("narrowing", {
  temperature: 0.7,
  activeTools: ["add"],
  prepareStep: ({ stepNumber }) =>
    stepNumber === 0
      ? { activeTools: ["row"], toolChoice: { type: "tool", toolName: "row" }, temperature: 0, maxOutputTokens: 50, seed: 3 }
      : { activeTools: [], stopSequences: ["END"] },
});
// The model is told of all that the function is shown.
export const watching = around("watching", {
  prepareStep: ({ steps, stepNumber, messages, initialMessages, responseMessages, model }) => ({
    system: JSON.stringify({
      stepNumber,
      messages,
      initial: initialMessages.length,
      response: responseMessages,
      model: model.modelId,
      steps: steps.map(({ stepNumber, text, toolCalls, toolResults, content, finishReason, usage, model, response }) => ({
        stepNumber,
        text,
        finishReason,
        model: model.modelId,
        calls: toolCalls.map(({ toolName, toolCallId, input, dynamic }) => ({ toolName, toolCallId, input, dynamic })),
        results: toolResults.map(({ toolName, toolCallId, input, output }) => ({ toolName, toolCallId, input, output })),
        kinds: content.filter(({ text }) => text !== "").map(({ type }) => type),
        errors: content.filter(({ type }) => type === "tool-error").map(({ error }) => [error.name, error.message]),
        usage: [usage.inputTokens, usage.outputTokens, usage.totalTokens],
        response: response.messages,
      })),
    }),
  }),
}, { tools: { add, row, failing, shown: { ...row, toModelOutput: shown } } });
export const spending = around("spending", {
  stopWhen: [isStepCount(9), ({ steps }) => steps.reduce((sum, { usage }) => sum + usage.totalTokens, 0) > 30],
});
export const satisfied = around("satisfied", { stopWhen: async ({ steps }) => steps.at(-1).text.includes("enough") });
export const mending = around("mending", {
  repairToolCall: async ({ toolCall, inputSchema, messages, system, error }) => {
    const { properties } = await inputSchema(toolCall);
    const a = Number(JSON.parse(toolCall.input).a);
    const wanted = error.name === "AI_InvalidToolInputError" && system === "Be brief." && messages.length;
    return { ...toolCall, input: JSON.stringify({ a, b: Object.keys(properties).length + wanted }) };
  },
});
export const renaming = around("renaming", {
  experimental_repairToolCall: async ({ toolCall, tools, error }) =>
    NoSuchToolError.isInstance(error) ? { ...toolCall, toolName: Object.keys(tools)[0] } : null,
});
export const resigned = around("resigned", { repairToolCall: async () => null });
export const despairing = around("despairing", {
  repairToolCall: async () => {
    throw new RangeError("no idea");
  },
});
export const mistaken = around("mistaken", { repairToolCall: ({ toolCall }) => ({ ...toolCall, input: '{"a":[]}' }) });
export const tailored = around("tailored", {
  callOptionsSchema: z.object({ user: z.string().toUpperCase(), tier: z.string() }),
  prepareCall: ({ options, ...call }) => ({
    ...call,
    instructions: `${call.instructions} Serve ${options.user}.`,
    model: openai.chat(`gpt-tailored--${options.tier}`),
    temperature: 0.1,
    activeTools: ["add"],
    toolChoice: "required",
    prompt: `${call.prompt}!`,
  }),
  prepareStep: ({ instructions, stepNumber }) => (stepNumber === 1 ? { instructions: `${instructions} Again.`, toolChoice: "auto" } : {}),
}, { temperature: 0.9, maxOutputTokens: 30 });
export const reduced = around("reduced", {
  prepareCall: async ({ tools, temperature, ...call }) => ({ ...call, tools: { row: tools.row } }),
}, { temperature: 0.9 });
export const untouched = around("untouched", {
  prepareCall: (call) => call, prepareStep: () => undefined, stopWhen: () => false, repairToolCall: () => null,
});
export const reviewing = around("reviewing", {
  prepareStep: ({ steps }) => {
    const of = ({ type, toolName, invalid, dynamic, output }) => [type, toolName, invalid === true, dynamic === true, output];
    const seen = ({ content, toolResults, staticToolCalls, dynamicToolCalls }) =>
      [content.filter(({ type }) => type !== "text").map(of), toolResults.length, staticToolCalls.length, dynamicToolCalls.length];
    return { system: JSON.stringify(steps.map(seen)) };
  },
});
