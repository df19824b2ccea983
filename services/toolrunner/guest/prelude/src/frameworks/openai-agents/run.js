// `run()` of the OpenAI Agents SDK, in a tool: the executor asks the model, the agent's tools run here.
import { answerTo, checkMayAsk, readBy, refused, refuseOptions, schemaTold } from "../../core/models.js";
import { modelOf } from "../../dispatch/agent-values.js";
import { isHolder, isObject, keysOf, read } from "../../dispatch/names.js";
import { invokeHeld, RunContext } from "./calls.js";
import { ending, finalOf, tripped } from "./hooks.js";
import { conversationOf, responseOf, resultItem, saidIn } from "./items.js";
import { isEnabledOf } from "./parts.js";
import { runItem } from "./run-items.js";

const TURNS = 10;
const NO_TOOL = (name, agent) => `Tool ${name} not found in agent ${agent.name}.`;
const REFUSED_OPTIONS = [
  "session", "conversationId", "previousResponseId", "callModelInputFilter", "sessionInputCallback", "errorHandlers", "sandbox",
  "toolExecution", "toolNotFoundBehavior", "outputGuardrailBlockedMessage",
];
const REFUSED_CONFIG = ["handoffInputFilter", ...REFUSED_OPTIONS];

const textOf = (output) => {
  if (typeof output === "string") return output;
  if (isObject(output) && output.type === "text" && typeof output.text === "string") return output.text;
  const text = JSON.stringify(output);
  return text === undefined ? String(output) : text;
};

// The tools that the model is offered now; those that the provider runs are not there.
async function enabledTools(agent, runContext) {
  const tools = typeof agent.getAllTools === "function" ? await agent.getAllTools(runContext) : (agent.tools ?? []);
  const found = [];
  for (const tool of tools) {
    if (read(tool, "type") !== "function") throw refused(`the tool "${tool?.name}", which the provider runs,`);
    if ((await isEnabledOf(tool, agent, { context: runContext.context })) !== false) found.push(tool);
  }
  return found;
}

const toolTold = async (tool) => ({
  name: tool.name, description: tool.description ?? "", schema: await schemaTold(tool.parameters), strict: tool.strict !== false,
});

async function outputTold({ outputType = "text" }) {
  if (outputType === "text") return undefined;
  return isHolder(outputType) && outputType.type === "json_schema" ? { jsonSchema: outputType.schema } : schemaTold(outputType);
}

function settingsOf(agent, config, toolsWereUsed) {
  const { toolChoice, ...own } = { ...config.modelSettings, ...agent.modelSettings };
  const settings = Object.fromEntries(keysOf(own).filter((key) => own[key] !== undefined && own[key] !== null).map((key) => [key, own[key]]));
  const isReset = toolsWereUsed && agent.resetToolChoice !== false;
  return { settings, toolChoice: isReset ? undefined : toolChoice };
}

function needsPerson(tool, input, runContext, callId) {
  const { needsApproval } = tool;
  return typeof needsApproval === "function" ? needsApproval(runContext, input, callId) : needsApproval === true;
}

// The outcome of a call of a tool, as the SDK's result of it.
async function called({ item, tool, agent, runContext, signal }) {
  const input = item.arguments === "" ? {} : JSON.parse(item.arguments);
  if (await needsPerson(tool, input, runContext, item.callId)) {
    throw refused(`the tool "${tool.name}", which needs a person's approval in a run that a tool makes,`);
  }
  const details = { toolCall: item, signal };
  const output = await invokeHeld(tool, input, item.arguments, runContext, details, { agent, key: tool.name, approved: true });
  const rawItem = resultItem(item.callId, item.name, { type: "text", value: textOf(output) });
  return { type: "function_output", tool, output, runItem: runItem(rawItem, agent, output) };
}

const isFinal = async (agent, runContext, results) => {
  const decide = agent.toolUseBehavior ?? "run_llm_again";
  return typeof decide === "function" ? decide(runContext, results) : ending(decide, results);
};

async function guard(guardrails, args, Triggered) {
  const found = await tripped(guardrails ?? [], args);
  if (found !== undefined) throw new Triggered(found);
}

// One run: its turns, and what has come of them.
class Turns {
  constructor(agent, input, options, config, errors) {
    const { context, maxTurns = TURNS, signal } = options;
    this.agent = agent;
    this.input = input;
    this.context = context instanceof RunContext ? context : new RunContext(context);
    this.most = maxTurns ?? Infinity; // null is no limit
    this.signal = signal;
    this.config = config;
    this.errors = errors;
    this.messages = conversationOf(input);
    this.items = [];
    this.responses = [];
    this.turn = 0;
  }

  async query(tools) {
    const { agent, config } = this;
    const { settings, toolChoice } = settingsOf(agent, config, this.items.some(({ type }) => type === "tool_call_item"));
    const model = agent.model || config.model;
    const asked = {
      framework: "openai-agents", instructions: (await agent.getSystemPrompt(this.context)) ?? "", messages: this.messages, settings,
    };
    if (model) asked.model = modelOf(model);
    if (tools.length > 0) Object.assign(asked, { tools: await Promise.all(tools.map(toolTold)), toolChoice });
    const output = await outputTold(agent);
    return output === undefined ? asked : { ...asked, output };
  }

  // Asks once; yields what the stream has of it, returns the calls.
  async *ask(tools) {
    let text = "";
    let finish;
    for await (const part of answerTo(await this.query(tools), "run", this.signal)) {
      if (part.type === "finish") finish = part;
      else if (part.type === "text") {
        text += part.text;
        yield { type: "raw_model_stream_event", data: { type: "output_text_delta", delta: part.text } };
      }
    }
    const response = responseOf(saidIn({ text, calls: finish.calls }, (json) => json), finish.usage);
    const { usage, output } = response;
    for (const name of Object.keys(usage)) this.context.usage[name] += usage[name];
    this.responses.push(response);
    this.messages.push({ ref: finish.ref });
    yield { type: "raw_model_stream_event", data: { type: "response_done", response: { id: "", output, usage } } };
    const calls = output.filter(({ type }) => type === "function_call");
    for (const rawItem of output) yield* this.note(calls.includes(rawItem) ? "tool_called" : "message_output_created", runItem(rawItem, this.agent));
    return { text, calls };
  }

  *note(name, item) {
    this.items.push(item);
    yield { type: "run_item_stream_event", name, item };
  }

  async *makeCalls(calls, tools) {
    const { agent, context: runContext, signal } = this;
    const known = calls.map((item) => ({ item, tool: tools.find(({ name }) => name === item.name) }));
    const unknown = known.find(({ tool }) => tool === undefined);
    if (unknown !== undefined) throw new this.errors.ModelBehaviorError(NO_TOOL(unknown.item.name, agent));
    const results = await Promise.all(known.map((each) => called({ ...each, agent, runContext, signal })));
    for (const { runItem } of results) yield* this.note("tool_output", runItem);
    this.messages.push({ role: "tool", content: results.map(({ runItem: { rawItem } }) => ({
      type: "tool-result", toolCallId: rawItem.callId, toolName: rawItem.name, output: { type: "text", value: rawItem.output.text },
    })) });
    return isFinal(agent, runContext, results);
  }

  async *run() {
    const { agent, context, config, errors } = this;
    refuseOptions(agent, ["prompt"], `the agent "${agent.name}"`);
    if ((agent.handoffs ?? []).length > 0) throw refused(`the agent "${agent.name}", which has handoffs, in a run that a tool makes`);
    if ((agent.mcpServers ?? []).length > 0) throw refused(`the agent "${agent.name}", which has MCP servers, in a run that a tool makes`);
    yield { type: "agent_updated_stream_event", agent };
    await guard([...(config.inputGuardrails ?? []), ...(agent.inputGuardrails ?? [])], { agent, input: this.input, context }, errors.InputGuardrailTripwireTriggered);
    for (;;) {
      this.turn += 1;
      if (this.turn > this.most) throw new errors.MaxTurnsExceededError(`Max turns (${this.most}) exceeded`);
      const tools = await enabledTools(agent, context);
      const { text, calls } = yield* this.ask(tools);
      if (calls.length > 0) {
        const { isFinalOutput, finalOutput } = yield* this.makeCalls(calls, tools);
        if (!isFinalOutput) continue;
        this.finalOutput = finalOutput;
      } else if (text === "" && (agent.outputType ?? "text") !== "text") continue;
      else this.finalOutput = await finalOf(agent, text, readBy);
      const output = this.output;
      await guard([...(config.outputGuardrails ?? []), ...(agent.outputGuardrails ?? [])],
        { agent, agentOutput: this.finalOutput, context, details: { modelResponse: this.responses.at(-1), output } }, errors.OutputGuardrailTripwireTriggered);
      return;
    }
  }

  get output() {
    return this.items.map(({ rawItem }) => rawItem);
  }

  get history() {
    const given = typeof this.input === "string" ? [{ type: "message", role: "user", content: this.input }] : this.input;
    return [...given, ...this.output];
  }
}

const NONE = ["interruptions", "inputGuardrailResults", "outputGuardrailResults", "toolInputGuardrailResults", "toolOutputGuardrailResults"];

// What the SDK tells of a run.
class RunResult {
  #turns;
  constructor(turns) {
    this.#turns = turns;
  }
  get input() {
    return this.#turns.input;
  }
  get finalOutput() {
    return this.#turns.finalOutput;
  }
  get lastAgent() {
    return this.#turns.agent;
  }
  get activeAgent() {
    return this.#turns.agent;
  }
  get currentAgent() {
    return this.#turns.agent;
  }
  get currentTurn() {
    return this.#turns.turn;
  }
  get newItems() {
    return this.#turns.items;
  }
  get output() {
    return this.#turns.output;
  }
  get history() {
    return this.#turns.history;
  }
  get rawResponses() {
    return this.#turns.responses;
  }
  get runContext() {
    return this.#turns.context;
  }
  get lastResponseId() {
    return undefined;
  }
  get state() {
    const { context, agent } = this.#turns;
    return { _context: context, usage: context.usage, _currentAgent: agent };
  }
}
for (const name of NONE) Object.defineProperty(RunResult.prototype, name, { get: () => [] });

class StreamedRunResult extends RunResult {
  #events;
  #completed;
  error = null;
  cancelled = false;
  constructor(turns) {
    super(turns);
    const [mine, theirs] = new ReadableStream(this.#source(turns.run())).tee();
    this.#events = theirs;
    this.#completed = this.#drain(mine);
    this.#completed.catch((error) => {
      this.error = error;
    });
  }
  #source(events) {
    return {
      async pull(controller) {
        const { value, done } = await events.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => events.return(),
    };
  }
  async #drain(stream) {
    for await (const _ of stream); // eslint-disable-line no-unused-vars
  }
  get completed() {
    return this.#completed;
  }
  toStream() {
    return this.#events;
  }
  toTextStream() {
    return this.#events.pipeThrough(new TransformStream({
      transform({ type, data }, controller) {
        if (type === "raw_model_stream_event" && data.type === "output_text_delta") controller.enqueue(data.delta);
      },
    }));
  }
  [Symbol.asyncIterator]() {
    return this.#events[Symbol.asyncIterator]();
  }
}

/** Makes `run(agent, input, options)`; `errors` are the SDK's classes. */
export const runWith = (errors) =>
  async function run(agent, input, options = {}, config = {}) {
    checkMayAsk("run");
    refuseOptions(options, REFUSED_OPTIONS, "run");
    refuseOptions(config, REFUSED_CONFIG, "Runner");
    const turns = new Turns(agent, input, options, config, errors);
    if (options.stream) return new StreamedRunResult(turns);
    for await (const _ of turns.run()); // eslint-disable-line no-unused-vars
    return new RunResult(turns);
  };
