// Agents of Mastra. Each asks a model of its own, which names its script.
import { openai } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { ModerationProcessor, UnicodeNormalizer } from "@mastra/core/processors";
import { InMemoryStore } from "@mastra/core/storage";
import { createTool } from "@mastra/core/tools";
import { Memory } from "@mastra/memory";
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
const withText = (change) => (message) => {
  const parts = message.content.parts.map((part) => (part.type === "text" ? { ...part, text: change(part.text) } : part));
  return { ...message, content: { ...message.content, parts } };
};
const processed = (name, more) => new Agent({ id: name, name, instructions: "Help.", model: openai.chat(`gpt-${name}`), ...more });
const loud = withText((text) => text.toUpperCase());
export const processing = processed("processing", { inputProcessors: [{ id: "p", processInput: async ({ messages }) => messages }] });
export const rewriting = processed("rewriting", {
  tools: { find: toolFor("find") },
  inputProcessors: [
    new UnicodeNormalizer(),
    { id: "loud", processInput: ({ messages, systemMessages }) => ({ messages: messages.map(loud), systemMessages: [...systemMessages, { role: "system", content: "Loudly." }] }) },
    { id: "place", processInput: ({ messages, requestContext }) => { messages[0].content.parts[0].text += ` ${requestContext.get("user")}`; return messages; } },
  ],
});
export const joining = processed("joining", {
  inputProcessors: ({ requestContext }) => [{
    id: "more",
    processInput: ({ messageList, messages }) => {
      messageList.addSystem(`For ${requestContext.get("user")}.`);
      return [...messages, { id: "late", role: "user", createdAt: new Date(Date.now() + 9000), content: { format: 2, parts: [{ type: "text", text: "And more." }] } }];
    },
  }],
});
export const stepping = processed("stepping", {
  tools: { find: toolFor("find"), other: toolFor("other") },
  inputProcessors: [{
    id: "steps",
    processInput: ({ messages, state }) => { state.seen = messages.length; return messages; },
    processInputStep: ({ stepNumber, state, messages, steps }) => ({
      systemMessages: [{ role: "system", content: `Step ${stepNumber} of ${state.seen}, ${messages.length}, ${steps.length}.` }],
      activeTools: stepNumber === 0 ? ["find"] : ["other"],
      modelSettings: { maxOutputTokens: 60 },
    }),
  }],
});
export const refusingInput = processed("refusing-input", { inputProcessors: [{ id: "p", processInput: ({ abort }) => abort("bad words") }] });
export const refusingStep = processed("refusing-step", {
  tools: { find: toolFor("find") },
  inputProcessors: [{ id: "p", processInputStep: ({ abort, stepNumber }) => (stepNumber === 1 ? abort("bad step") : undefined) }],
});
export const failingInput = processed("failing-input", { inputProcessors: [{ id: "p", processInput: () => { throw new RangeError("oops"); } }] });
export const streaming = processed("streaming", {
  tools: { find: toolFor("find") },
  outputProcessors: [{
    id: "s",
    processOutputStream: ({ part, state }) => {
      if (part.type !== "text-delta") return part;
      state.n = (state.n ?? 0) + 1;
      return state.n % 2 ? { ...part, payload: { ...part.payload, text: part.payload.text.toUpperCase() } } : null;
    },
  }],
});
export const blockedStream = processed("blocked-stream", {
  outputProcessors: [{ id: "s", processOutputStream: ({ part, abort }) => (part.type === "text-delta" && part.payload.text === "." ? abort("bad out") : part) }],
});
export const outStep = processed("out-step", {
  tools: { find: toolFor("find") },
  outputProcessors: [{ id: "o", processOutputStep: ({ messages }) => messages.map((message) => (message.role === "assistant" ? loud(message) : message)) }],
});
export const noCalls = processed("no-calls", {
  tools: { find: toolFor("find") },
  outputProcessors: [{ id: "o", processOutputStep: ({ abort, toolCalls, messages }) => (toolCalls ? abort("no calls") : messages) }],
});
export const again = processed("again", {
  maxProcessorRetries: 2,
  tools: { find: toolFor("find") },
  outputProcessors: [{ id: "o", processOutputStep: ({ abort, text, messages, retryCount }) => (text === "bad" ? abort(`be good ${retryCount}`, { retry: true }) : messages) }],
});
export const onlyOnce = processed("only-once", {
  outputProcessors: [{ id: "o", processOutputStep: ({ abort }) => abort("never", { retry: true }) }],
});
export const resulting = processed("resulting", {
  tools: { find: toolFor("find") },
  outputProcessors: [{ id: "r", processOutputResult: ({ messages, result }) => messages.map(withText((text) => (text === "Done." ? `${result.text} ${result.usage.totalTokens > 0}` : text))) }],
});
export const retrying = processed("retrying", { errorProcessors: [{ id: "e", processAPIError: () => ({ retry: true }) }] });
export const moderated = processed("moderated", { inputProcessors: [new ModerationProcessor({ model: openai.chat("gpt-moderating") })] });
export const badResult = processed("bad-result", { outputProcessors: [{ id: "r", processOutputResult: ({ abort }) => abort("bad result") }] });
export const redone = processed("redone", {
  tools: { find: toolFor("find") },
  outputProcessors: [{ id: "r", processOutputResult: ({ messages }) => messages.map(loud) }],
});
export const respoken = processed("respoken", {
  tools: { find: toolFor("find") },
  outputProcessors: [{
    id: "o",
    processOutputStep: ({ messages, stepNumber }) => messages.map((message) => (stepNumber > 0 ? withText((text) => `${text}!`)(message) : message)),
  }],
});
export const voiced = processed("voiced", {
  tools: { find: toolFor("find") },
  outputProcessors: [{
    id: "s",
    processOutputStream: ({ part }) => (part.type === "text-delta" ? { ...part, payload: { ...part.payload, text: part.payload.text.toUpperCase() } } : part),
  }],
});
export const stopped = processed("stopped-short", {
  tools: { find: toolFor("find") },
  defaultOptions: { maxSteps: 1 },
  outputProcessors: [{ id: "r", processOutputResult: ({ messages }) => messages.map(loud) }],
});
export const restating = processed("restating-input", {
  tools: { find: toolFor("find") },
  inputProcessors: [{ id: "i", processInputStep: ({ messages, stepNumber }) => (stepNumber > 0 ? messages.map(loud) : messages) }],
});
export const prepared = processed("prepared-steps", {
  tools: { find: toolFor("find"), other: toolFor("other") },
  inputProcessors: [{ id: "i", processInputStep: ({ systemMessages }) => ({ systemMessages: [...systemMessages, { role: "system", content: "First." }] }) }],
  defaultOptions: {
    prepareStep: ({ stepNumber, systemMessages, messages, requestContext }) => ({
      systemMessages: [...systemMessages, { role: "system", content: `Step ${stepNumber} of ${messages.length} for ${requestContext.get("user")}.` }],
      activeTools: stepNumber === 0 ? ["find"] : ["other"],
      toolChoice: "auto",
    }),
  },
});
class Redactor {
  id = "redactor";
  #secret = /done/gi;
  async processOutputResult({ messages }) { return messages.map(withText((text) => text.replace(this.#secret, "[gone]"))); }
}
export const redacting = processed("redacting", { defaultOptions: { outputProcessors: [new Redactor()] } });

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
export const halting = new Agent({
  id: "halting", name: "Halting", instructions: "Help.", model: openai.chat("gpt-halting"), tools: { find: toolFor("find") },
  defaultOptions: {
    maxSteps: 6,
    stopWhen: ({ steps }) => steps.at(-1).toolCalls.length > 0 && steps.length + steps.at(-1).usage.outputTokens > 8,
  },
});
export const yielding = new Agent({
  id: "yielding", name: "Yielding", instructions: "Help.", model: openai.chat("gpt-yielding"), tools: { find: toolFor("find") },
  defaultOptions: ({ requestContext }) => ({ stopWhen: () => requestContext.get("user") === "Ada" }),
});

const remembering = (model, options) =>
  new Agent({
    id: "remembering",
    name: "Remembering",
    instructions: "Remember.",
    model: openai.chat(model),
    tools: { find: toolFor("find") },
    memory: new Memory({ storage: new InMemoryStore(), options }),
  });
export const recallingTwo = remembering("gpt-recalling-two", { lastMessages: 2 });
export const recallingOne = remembering("gpt-recalling-one", { lastMessages: 1, generateTitle: false });
export const recallingThree = remembering("gpt-recalling-three", { lastMessages: 3, semanticRecall: false });
export const recallingNone = remembering("gpt-recalling-none", { lastMessages: false });
export const recallingTen = remembering("gpt-recalling-ten");
export const threadless = remembering("gpt-threadless", { lastMessages: 4 });
const vector = { query: async () => [], doEmbed: async () => ({ embeddings: [[1]] }) };
export const recallingAll = new Agent({
  id: "recalling-all",
  name: "Recalling",
  instructions: "Remember.",
  model: openai.chat("gpt-recalling-all"),
  memory: new Memory({ storage: new InMemoryStore(), vector, embedder: vector, options: { semanticRecall: { topK: 2 } } }),
});
const enabled = { enabled: true };
export const noting = remembering("gpt-noting", { workingMemory: enabled });
export const notingApart = remembering("gpt-noting-apart", { workingMemory: enabled, lastMessages: 2 });
export const notingThread = remembering("gpt-noting-thread", { workingMemory: { ...enabled, scope: "thread" } });
export const notingElsewhere = remembering("gpt-noting-elsewhere", { workingMemory: { ...enabled, scope: "thread" } });
export const notingTemplate = remembering("gpt-noting-template", {
  workingMemory: { ...enabled, template: "# Trip\n- City:\n- Days:\n\n" },
});
export const notingJson = remembering("gpt-noting-json", {
  workingMemory: {
    ...enabled,
    schema: z.object({
      name: z.string().optional(),
      pets: z.array(z.string()).optional(),
      home: z.object({ city: z.string().optional(), rooms: z.number().optional() }).optional(),
    }),
  },
});

// Agents as tools of others; each has a model of its own in each case.
const author = (model) =>
  new Agent({ id: "author", name: "Author", description: "Writes texts.", instructions: "Write.", model: openai.chat(model) });
const finder = (model) =>
  new Agent({ id: "finder", name: "Finder", instructions: "Find.", model: openai.chat(model), tools: { find: toolFor("find") } });
export const editingAuthor = author("gpt-editing-1");
export const editingFinder = finder("gpt-editing-2");
export const editing = new Agent({
  id: "editing", name: "Editing", instructions: "Edit.", model: openai.chat("gpt-editing"),
  tools: { report: toolFor("report") },
  agents: { author: editingAuthor, finder: editingFinder },
});
export const twiceAuthor = author("gpt-editing-twice-1");
export const twiceFinder = finder("gpt-editing-twice-2");
export const editingTwice = new Agent({
  id: "editing-twice", name: "Twice", instructions: "Edit.", model: openai.chat("gpt-editing-twice"),
  agents: { author: twiceAuthor, finder: twiceFinder },
});
const instructingFinder = finder("gpt-instructing-1");
export const instructing = new Agent({
  id: "instructing", name: "Instructing", instructions: "Instruct.", model: openai.chat("gpt-instructing"),
  agents: { finder: instructingFinder },
});
export const publishedAuthor = author("gpt-publishing-2");
const published = new Agent({
  id: "published", name: "Published", instructions: "Edit.", model: openai.chat("gpt-publishing-1"),
  agents: { author: publishedAuthor },
});
export const publishing = new Agent({
  id: "publishing", name: "Publishing", instructions: "Publish.", model: openai.chat("gpt-publishing"),
  agents: { editor: published },
});
const lost = new Agent({ id: "lost", name: "Lost", instructions: "Be lost.", model: openai.chat("gpt-lost"), maxRetries: 0 });
export const searching = new Agent({
  id: "searching", name: "Searching", instructions: "Search.", model: openai.chat("gpt-searching"), agents: { lost },
});
