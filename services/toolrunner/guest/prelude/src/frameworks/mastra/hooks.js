// What Mastra's processors make of the messages before a query, and of an answer.
import { Dishonoured, isAnswer, isSameData, messagesTold, modelTold, plainOf } from "../../dispatch/hook-values.js";
import { askUnchanged, isSameList, otherTools } from "../../dispatch/in-place.js";
import { isObject, keysOf, own, read } from "../../dispatch/names.js";
import { stepsOf } from "../ai-sdk/steps.js";
import { mastraTools } from "./calls.js";
import { MessageList } from "./message-list.js";
import { messagesFor, sharedOf, textIn } from "./messages.js";
import { processorsOf, runProcessors, statesIn, statesTold } from "./processors.js";
import { answerThrough, withText } from "./streamed.js";

const MESSAGES = new Set(["messages", "messageList", "systemMessages"]);

// The conversation as a list, with what it was made of, to tell what became of it.
class Conversation {
  #given;
  #made = new Map();
  #texts;

  constructor(given, request) {
    const all = messagesFor(given.messages, request);
    // What is before the run's own message is remembered; a step may have taken messages away.
    const { initialMessages: began } = given;
    const from = Math.min((began.length ?? began) - 1, given.messages.findLastIndex(({ role }) => role === "user"));
    const sourceOf = ({ message, group }) => (message.role === "assistant" && group[0] > from ? "response" : group[0] < from ? "memory" : "input");
    this.#given = given.messages;
    for (const each of all) this.#made.set(each.message, { text: JSON.stringify(each.message.content), group: each.group });
    const system = given.instructions.filter((text) => text !== "");
    this.list = new MessageList(all.map((each) => ({ message: each.message, source: sourceOf(each) })), system);
    this.#texts = JSON.stringify(this.list.texts);
  }

  /** Asks a processor, which may change in place what it is given; what it returns becomes of the list. */
  async ask(ask, given, source, names = MESSAGES) {
    const before = given.messages.map(({ id }) => id);
    const { getSource } = this.list.makeMessageSourceChecker();
    const returned = await ask(given);
    this.#check(returned, given, names);
    this.#take(returned, before, (message) => getSource(message) ?? source);
    return returned;
  }

  // Mastra passes over what it does not know, which may have been to take something away.
  #check(returned, given, names) {
    if (returned === undefined || returned === null || Array.isArray(returned) || returned instanceof MessageList) return;
    if (!isAnswer(returned)) throw new Dishonoured("a processor returned neither messages nor an object");
    const unknown = keysOf(returned).find((key) => !names.has(key) && returned[key] !== undefined && returned[key] !== given[key]);
    if (unknown !== undefined) throw new Dishonoured(`a processor sets \`${unknown.slice(0, 100)}\`, which Caisson does not change`);
  }

  #take(returned, before, sourceOf) {
    const { list } = this;
    if (returned === undefined || returned === null || returned === list) return;
    const messages = Array.isArray(returned) ? returned : read(returned, "messages");
    const other = returned instanceof MessageList ? returned : read(returned, "messageList");
    if (other !== undefined && other !== list) throw new Dishonoured("a processor returned another list than it was given");
    if (Array.isArray(messages)) this.#replace(messages, before, sourceOf);
    const system = read(returned, "systemMessages");
    if (Array.isArray(system)) list.replaceAllSystemMessages(system);
  }

  #replace(messages, before, sourceOf) {
    const { list } = this;
    if (!messages.every(isObject)) throw new Dishonoured("a processor returned a message that is no object");
    const current = new Map(list.get.all.db().map((message) => [message.id, message]));
    list.removeByIds(before.filter((id) => !messages.some((message) => message.id === id)));
    for (const message of messages) {
      if (current.get(message.id) === message) continue;
      list.removeByIds([message.id]);
      list.add(message, sourceOf(message));
    }
  }

  #shared(message) {
    const made = this.#made.get(message);
    const isSame = made !== undefined && JSON.stringify(message.content) === made.text;
    return isSame ? made.group.map((at) => this.#given[at]) : sharedOf(message);
  }

  /** What of messages and instructions is other than it was; `given` are the messages to tell it by. */
  changes(given = this.#given) {
    const found = {};
    const now = this.list.get.all.db().flatMap((message) => this.#shared(message));
    const messages = messagesTold(now, given, given);
    if (messages !== undefined) found.messages = messages;
    if (JSON.stringify(this.list.texts) !== this.#texts) found.instructions = plainOf(this.list.texts, "its system messages");
    return found;
  }
}

async function partsFor(agent, given, call) {
  const found = await processorsOf(agent, call);
  const states = statesIn(given.state);
  const context = {
    agent, states, requestContext: found.requestContext, retryCount: given.retries ?? 0, abortSignal: call.options.abortSignal,
  };
  return { ...found, states, context, conversation: new Conversation(given, call.request) };
}

async function processInput(agent, given, call) {
  const { input, states, context, conversation } = await partsFor(agent, given, call);
  const { list } = conversation;
  const abort = await runProcessors(input, "processInput", context, async (processor, shared) => {
    const messages = list.get.input.db();
    const args = { ...shared, messages, messageList: list, systemMessages: list.getSystemMessages() };
    await conversation.ask((all) => processor.processInput(all), args, "input");
  });
  return abort ? { abort } : { ...conversation.changes(), state: statesTold(states) };
}

const STEP = new Set([...MESSAGES, "toolChoice", "activeTools", "modelSettings", "model", "retryCount", "messageId"]);

// What a processor says of the next query besides its messages.
function addStep(returned, found, { settings }) {
  if (!isObject(returned) || Array.isArray(returned) || returned instanceof MessageList) return;
  for (const name of ["activeTools", "toolChoice"]) {
    if (returned[name] !== undefined) found[name] = plainOf(returned[name], `the \`${name}\` of a processor`);
  }
  if (returned.modelSettings !== undefined) {
    const all = Object.entries(plainOf(returned.modelSettings, "the `modelSettings` of a processor"));
    found.settings = Object.fromEntries(all.filter(([name, value]) => !isSameData(value, settings[name])));
  }
  if (returned.model !== undefined) found.model = modelTold(returned.model);
}

// What a processor is told of a step.
const stepFor = (list, given, shared) => ({
  ...shared,
  messages: list.get.all.db(),
  messageList: list,
  systemMessages: list.getSystemMessages(),
  stepNumber: given.step,
  steps: stepsOf(given, {}),
});

async function processInputStep(agent, given, call) {
  const { input, states, context, conversation } = await partsFor(agent, given, call);
  const { list } = conversation;
  const found = {};
  const abort = await runProcessors(input, "processInputStep", context, async (processor, shared) => {
    const args = {
      ...stepFor(list, given, shared),
      messageId: "",
      tools: Object.fromEntries(given.tools.map((key) => [key, {}])),
      // Each processor sees what those before it have said.
      activeTools: found.activeTools ?? given.tools,
      toolChoice: found.toolChoice,
      modelSettings: { ...given.settings, ...found.settings },
    };
    addStep(await conversation.ask((all) => processor.processInputStep(all), args, "input", STEP), found, given);
  });
  return abort ? { abort } : { ...found, ...conversation.changes(), state: statesTold(states) };
}

const usageOf = ({ input, output }) => ({ inputTokens: input, outputTokens: output, totalTokens: input + output });

// What processors make of the last answer's text, which is the end of the conversation.
const lastText = (list) => {
  const parts = list.get.all.db().findLast(({ role }) => role === "assistant")?.content.parts ?? [];
  return textIn(parts.slice(parts.findLastIndex(({ type }) => type === "step-start") + 1));
};

async function processOutputStep(output, given, context, conversation) {
  const { list } = conversation;
  const { text, calls, finishReason, usage } = given.answer;
  const toolCalls = calls.map(({ id: toolCallId, tool: toolName, input: args }) => ({ toolName, toolCallId, args }));
  return runProcessors(output, "processOutputStep", context, async (processor, shared) => {
    const args = {
      ...stepFor(list, given, shared),
      finishReason,
      text,
      usage: usageOf(usage),
      toolCalls: toolCalls.length > 0 ? toolCalls : undefined,
    };
    await conversation.ask((all) => processor.processOutputStep(all), args, "response");
  });
}

async function processOutputResult(output, given, context, conversation) {
  const { list } = conversation;
  const said = [...given.steps, given.answer];
  const sum = (name) => said.reduce((total, { usage }) => total + usage[name], 0);
  const result = {
    text: said.map(({ text }) => text).join(""),
    usage: usageOf({ input: sum("input"), output: sum("output") }),
    finishReason: given.answer.finishReason,
    steps: stepsOf({ steps: said }, {}),
  };
  return runProcessors(output, "processOutputResult", context, async (processor, shared) => {
    const messages = list.get.response.db();
    const args = { ...shared, messages, messageList: list, result };
    await conversation.ask((all) => processor.processOutputResult(all), args, "response");
  });
}

// A run that ended after tools: what processors refuse of the whole, or change of it.
async function endedWith(output, given, context, conversation) {
  const abort = await processOutputResult(output, given, context, conversation);
  return abort ? { abort: { ...abort, retry: false } } : conversation.changes();
}

/**
 * The answer as processors leave it: `text`, where `given.messages` end with it, and whether the text waits
 * for the end of the run, since `processOutputResult` may still change it.
 */
async function processOutput(agent, given, call) {
  const { output, states, context, conversation: whole } = await partsFor(agent, given, call);
  if (given.ended) return endedWith(output, given, context, whole);
  const streamed = await answerThrough(output, given, context);
  if (streamed.abort) return { abort: { ...streamed.abort, retry: false } };
  const messages = [...given.messages.slice(0, -1), streamed.message];
  const answer = { ...given.answer, text: streamed.text };
  const conversation = new Conversation({ ...given, messages }, call.request);
  const step = await processOutputStep(output, { ...given, answer }, context, conversation);
  if (step) return { abort: step, state: statesTold(states) };
  if (given.final) {
    const ended = await processOutputResult(output, { ...given, answer }, context, conversation);
    if (ended) return { abort: { ...ended, retry: false } };
  }
  const hasResult = output.some((processor) => typeof processor.processOutputResult === "function");
  const text = lastText(conversation.list);
  const told = [...given.messages.slice(0, -1), withText(streamed.message, text)];
  return { text, waits: hasResult && !given.final, ...conversation.changes(told), state: statesTold(states) };
}

const HOOKS = { processInput, processInputStep, processOutput };

const toolsIn = (tools) => keysOf(tools).map((key) => own(tools, key));

/** How the processors of an agent are called. */
export function processorHooks(agent) {
  const ask = (name) => async (given, call) => {
    const list = async () => toolsIn(await mastraTools(agent)(call.request));
    const before = await list();
    const said = await askUnchanged({ tools: before, settings: [agent] }, () => HOOKS[name](agent, given, call));
    const after = await list();
    // Those that a function makes are new ones each time.
    if (!isSameList(before, after) && isSameList(after, await list())) throw otherTools();
    return said;
  };
  return Object.fromEntries(Object.keys(HOOKS).map((name) => [name, ask(name)]));
}
