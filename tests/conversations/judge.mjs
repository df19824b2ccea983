// Runs agents with their own frameworks, against the model server of the environment; streaming,
// unless they are to have `whole` answers. Reads cases as JSON from stdin: [{bundle, form, framework,
// agent, message, later, apart, whole, context, approves}]; writes a line of JSON: for each case {answer},
// {tripped} or {error}. Calls that wait for a person are approved, or denied. Each of `later` is the message of one more run in the same
// conversation, of the agent that spoke last, or with `apart` in one of its own: then it is that of the
// last.
import { json } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { Mastra } from "@mastra/core/mastra";
import { MockMemory } from "@mastra/core/memory";
import { InMemoryStore } from "@mastra/core/storage";
import { RequestContext } from "@mastra/core/request-context";
import { anthropic } from "@ai-sdk/anthropic";
import { openai } from "@ai-sdk/openai";
import { MemorySession, run, setOpenAIAPI, setTracingDisabled } from "@openai/agents";
import { generateText, streamText, isStepCount } from "ai";

const MODELS = { chat: openai.chat, responses: openai, anthropic };
let form = "chat";
setTracingDisabled(true);
// A model that is only named is asked through the server too, not through a gateway.
const named = (id) => MODELS[form](id.replace(/^\w+\//, ""));
globalThis.AI_SDK_DEFAULT_PROVIDER = { specificationVersion: "v4", languageModel: named, embeddingModel: (id) => openai.embedding(id.replace(/^\w+\//, "")) };
globalThis.AI_SDK_LOG_WARNINGS = false;

// What a person says to the calls that wait for it, none if none does.
async function responseTo(result, approved) {
  const requests = (await result.steps).at(-1).content.filter((part) => part.type === "tool-approval-request");
  const content = requests.map(({ approvalId }) => ({ type: "tool-approval-response", approvalId, approved }));
  return content.length === 0 ? [] : [...(await result.response).messages, { role: "tool", content }];
}

// Asks, and once more with what a person says to the calls that wait.
async function sdkAnswer(ask, message, approves, hasOutput) {
  let result = await ask({ prompt: message });
  await result.consumeStream?.({ onError: (error) => { throw error; } });
  const response = await responseTo(result, approves);
  if (response.length > 0) {
    result = await ask({ messages: [{ role: "user", content: message }, ...response] });
    await result.consumeStream?.({ onError: (error) => { throw error; } });
  }
  return { answer: hasOutput ? await result.output : await result.text };
}

const RUN = {
  async ai_sdk(agent, { message, context, whole, approves }) {
    const options = agent.settings.callOptionsSchema === undefined ? undefined : context;
    const ask = (said) => (whole ? agent.generate({ ...said, options }) : agent.stream({ ...said, options }));
    return sdkAnswer(ask, message, approves, agent.settings.output !== undefined);
  },
  async openai_agents(agent, { message, later, context, whole, kept, approves }) {
    if (later.length > 0) kept.session ??= new MemorySession();
    const speaker = kept.speaker ?? agent;
    let result = await run(speaker, message, { context, stream: !whole, session: kept.session });
    await result.completed;
    while (result.interruptions?.length) {
      for (const item of result.interruptions) approves ? result.state.approve(item) : result.state.reject(item);
      result = await run(speaker, result.state, { stream: !whole, session: kept.session });
      await result.completed;
    }
    kept.speaker = result.lastAgent;
    return { answer: result.finalOutput };
  },
  async mastra(agent, { message, later, apart, number, context, whole, waits, approves }) {
    if (waits) new Mastra({ agents: { agent }, storage: new InMemoryStore(), logger: false });
    if (later.length > 0 && !agent.hasOwnMemory()) agent.__setMemory(new MockMemory());
    const thread = apart ? `thread-${number}` : "one";
    const memory = later.length > 0 ? { thread, resource: context.resourceId } : undefined;
    const options = { memory, requestContext: new RequestContext(Object.entries(context)) };
    let result = await (whole ? agent.generate(message, options) : agent.stream(message, options));
    await result.consumeStream?.();
    if (waits) {
      const { runId } = result;
      const { toolCallId } = (await result.suspendPayload) ?? {};
      const how = approves ? "approveToolCall" : "declineToolCall";
      result = await agent[whole ? `${how}Generate` : how]({ ...options, runId, toolCallId });
      await result.consumeStream?.();
    }
    if (result.error) throw result.error;
    if ((await result.finishReason) === "suspended") return { error: "it still waits" };
    if (result.tripwire) return { tripped: result.tripwire.reason };
    const object = await result.object;
    return { answer: object ?? (await result.text) };
  },
  // Its package is not published: what it passes on to the AI SDK, passed on here.
  async lightfast(agent, { message, context, whole, approves }) {
    const { system, tools = {}, createRuntimeContext } = agent.lightfastConfig;
    const runtime = { ...context, ...(await createRuntimeContext?.(context)) };
    const of = (value) => (typeof value === "function" ? value(runtime) : value);
    const entries = Object.entries(of(tools)).map(([key, each]) => [key, of(each)]);
    const { model, maxSteps = 20, ...rest } = agent.vercelConfig;
    const query = whole ? generateText : streamText;
    const ask = (said) => query({
      stopWhen: isStepCount(maxSteps),
      ...rest,
      model: named(typeof model === "string" ? model : model.modelId),
      instructions: of(system),
      tools: Object.fromEntries(entries),
      ...said,
      ...(whole ? {} : { onError: () => {} }),
    });
    return sdkAnswer(ask, message, approves, rest.output !== undefined);
  },
};

async function outcome(each) {
  try {
    const module = await import(pathToFileURL(each.bundle));
    return await RUN[each.framework](module[each.agent], each);
  } catch (error) {
    // One of a tool is inside the error of its call.
    const { name } = (error.error ?? error).constructor;
    const tripped = name.endsWith("TripwireTriggered") && name;
    return tripped ? { tripped } : { error: `${error.name}: ${error.message}` };
  }
}

const found = [];
for (const each of await json(process.stdin)) {
  form = each.form;
  setOpenAIAPI(form === "responses" ? "responses" : "chat_completions");
  const kept = {};
  let said;
  for (const [number, message] of [each.message, ...each.later].entries()) {
    said = await outcome({ ...each, message, number, kept });
  }
  found.push(said);
}
process.stdout.write(JSON.stringify(found) + "\n", () => process.exit(0));
