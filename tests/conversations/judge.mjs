// Runs agents with their own frameworks, streaming, against the model server of the environment.
// Reads cases as JSON from stdin: [{bundle, form, framework, agent, message, context}]; writes a line
// of JSON: for each case {answer}, {waits} for a person's approval, or {error}.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { RequestContext } from "@mastra/core/request-context";
import { anthropic } from "@ai-sdk/anthropic";
import { openai } from "@ai-sdk/openai";
import { run, setOpenAIAPI, setTracingDisabled } from "@openai/agents";
import { streamText, isStepCount } from "ai";

const MODELS = { chat: openai.chat, responses: openai, anthropic };
let form = "chat";
setTracingDisabled(true);
// A model that is only named is asked through the server too, not through a gateway.
const named = (id) => MODELS[form](id.replace(/^\w+\//, ""));
globalThis.AI_SDK_DEFAULT_PROVIDER = { specificationVersion: "v4", languageModel: named };
globalThis.AI_SDK_LOG_WARNINGS = false;

async function sdkAnswer(result, hasOutput) {
  await result.consumeStream({ onError: (error) => { throw error; } });
  const parts = (await result.steps).at(-1).content;
  if (parts.some((part) => part.type === "tool-approval-request")) return { waits: true };
  return { answer: hasOutput ? await result.output : await result.text };
}

const RUN = {
  async ai_sdk(agent, { message, context }) {
    const options = agent.settings.callOptionsSchema === undefined ? undefined : context;
    const result = await agent.stream({ prompt: message, options });
    return sdkAnswer(result, agent.settings.output !== undefined);
  },
  async openai_agents(agent, { message, context }) {
    const result = await run(agent, message, { context, stream: true });
    await result.completed;
    if (result.interruptions?.length) return { waits: true };
    return { answer: result.finalOutput };
  },
  async mastra(agent, { message, context }) {
    const result = await agent.stream(message, { requestContext: new RequestContext(Object.entries(context)) });
    await result.consumeStream();
    if (result.error) throw result.error;
    if ((await result.finishReason) === "suspended") return { waits: true };
    if (result.tripwire) return { tripped: result.tripwire.reason };
    const object = await result.object;
    return { answer: object ?? (await result.text) };
  },
  // Its package is not published: what it passes on to the AI SDK, passed on here.
  async lightfast(agent, { message, context }) {
    const { system, tools = {}, createRuntimeContext } = agent.lightfastConfig;
    const runtime = { ...context, ...(await createRuntimeContext?.(context)) };
    const of = (value) => (typeof value === "function" ? value(runtime) : value);
    const entries = Object.entries(of(tools)).map(([key, each]) => [key, of(each)]);
    const { model, maxSteps = 20, ...rest } = agent.vercelConfig;
    const result = streamText({
      stopWhen: isStepCount(maxSteps),
      ...rest,
      model: named(typeof model === "string" ? model : model.modelId),
      instructions: of(system),
      tools: Object.fromEntries(entries),
      prompt: message,
      onError: () => {},
    });
    return sdkAnswer(result, rest.output !== undefined);
  },
};

const found = [];
for (const each of JSON.parse(readFileSync(0))) {
  form = each.form;
  setOpenAIAPI(form === "responses" ? "responses" : "chat_completions");
  try {
    const module = await import(pathToFileURL(each.bundle));
    found.push(await RUN[each.framework](module[each.agent], each));
  } catch (error) {
    // One of a tool is inside the error of its call.
    const { name } = (error.error ?? error).constructor;
    const tripped = name.endsWith("TripwireTriggered") && name;
    found.push(tripped ? { tripped } : { error: `${error.name}: ${error.message}` });
  }
}
process.stdout.write(JSON.stringify(found) + "\n", () => process.exit(0));
