// Stand-in for the OpenAI Agents SDK: agents, tools and handoffs as declared. Running them is up to
// Caisson.
import { notAvailable } from "../../core/errors.js";
import { inertUntilCalled, isCalling, standInOf } from "../../load/standins.js";
import { keepOptions } from "./agent-tools.js";
import { RunContext, ToolInputGuardrailTripwireTriggered, ToolOutputGuardrailTripwireTriggered } from "./calls.js";
import { Handoff, handoffTo } from "./handoffs.js";
import { removeAllTools, RUN_ITEMS } from "./run-items.js";
import { runWith } from "./run.js";
import { enabling, functionName, ToolTimeoutError, toolWith } from "./tool.js";

/** The error for functions that need a run. */
export const agentsRefused = (path) =>
  notAvailable(
    `"${path}" of "@openai/agents" is not available in the sandbox: running agents belongs to Caisson`,
  );

// What needs a run does nothing while the bundle loads; a tool that needs it fails.
const nature = inertUntilCalled(agentsRefused);
const inert = (name) => standInOf(name, nature);

// What a guardrail of a tool may answer.
const ToolGuardrailFunctionOutputFactory = {
  allow: (outputInfo) => ({ behavior: { type: "allow" }, outputInfo }),
  rejectContent: (text, outputInfo) => ({ behavior: { type: "rejectContent", message: text }, outputInfo }),
  throwException: (outputInfo) => ({ behavior: { type: "throwException" }, outputInfo }),
};

const guardrail = (type, { name, execute, ...rest }) => ({
  type,
  name,
  ...rest,
  guardrailFunction: execute,
  run: async (args) => ({ guardrail: { type, name }, output: await execute(args) }),
});

class Agent {
  constructor(config) {
    if (typeof config?.name !== "string" || config.name.trim() === "") {
      throw new TypeError("Agent must have a name.");
    }
    const none = { instructions: "", handoffDescription: "", model: "", modelSettings: {}, outputType: "text" };
    Object.assign(this, { ...none, tools: [], handoffs: [], inputGuardrails: [], outputGuardrails: [] }, config);
  }
  static create(config) {
    return new Agent(config);
  }
  clone(config) {
    return new Agent({ ...this, ...config });
  }
  async getSystemPrompt(runContext) {
    const { instructions } = this;
    return typeof instructions === "function" ? instructions(runContext, this) : instructions;
  }
  asTool(options = {}) {
    const { toolName, toolDescription = "", parameters, needsApproval, isEnabled } = options;
    const name = functionName(toolName ?? this.name);
    const invoke = () => {
      throw agentsRefused(`${name}.invoke`);
    };
    const tool = { type: "function", name, description: toolDescription, parameters, strict: true, invoke };
    return keepOptions({ ...tool, needsApproval, isEnabled: enabling(isEnabled), on: () => tool }, { ...options, agent: this });
  }
  on() {
    return this;
  }
  off() {
    return this;
  }
}

const hosted = (type) => (options = {}) => ({ type: "hosted_tool", name: options.name ?? type, providerData: { type, ...options } });
const message = (role) => (content) => ({ type: "message", role, content });
const nothing = (name) => ({ [name]: () => undefined })[name];
// The text is what agents are told, so it is the SDK's own.
const RECOMMENDED_PROMPT_PREFIX = `# System context
You are part of a multi-agent system called the Agents SDK, designed to make agent coordination and execution easy. Agents uses two primary abstractions: **Agents** and **Handoffs**. An agent encompasses instructions and tools and can hand off a conversation to another agent when appropriate. Handoffs are achieved by calling a handoff function, generally named \`transfer_to_<agent_name>\`. Transfers between agents are handled seamlessly in the background; do not mention or draw attention to these transfers in your conversation with the user.`;
const failure = (name) =>
  ({ [name]: class extends Error { constructor(text) { super(text); this.name = name; } } })[name];

const REFUSED = ["getAllMcpTools", "getGlobalTraceProvider"];
const NOTHING = [
  "addTraceProcessor", "setDefaultModelProvider", "setDefaultOpenAIClient", "setDefaultOpenAIKey",
  "setOpenAIAPI", "setTraceProcessors", "setTracingDisabled", "setTracingExportApiKey",
];
const INERT = [
  "MCPServerSSE", "MCPServerStdio", "MCPServerStreamableHttp", "MemorySession", "OpenAIProvider",
  "OpenAIChatCompletionsModel", "OpenAIResponsesModel", "OpenAIConversationsSession", "Usage",
];
const FAILURES = [
  "AgentsError", "GuardrailExecutionError", "InputGuardrailTripwireTriggered", "MaxTurnsExceededError",
  "ModelBehaviorError", "OutputGuardrailTripwireTriggered", "SystemError", "ToolCallError", "UserError",
];
const INPUT_TRIPWIRE = "InputGuardrailTripwireTriggered";
const OUTPUT_TRIPWIRE = "OutputGuardrailTripwireTriggered";
const made = (names, make) => Object.fromEntries(names.map((name) => [name, make(name)]));

const failures = made(FAILURES, failure);

// An agent is run in a tool; while the bundle loads that does nothing.
const runNow = runWith({
  ...failures,
  [INPUT_TRIPWIRE]: class extends failures[INPUT_TRIPWIRE] { constructor({ name, info }) { super(`Input guardrail triggered: ${info || name}`); } },
  [OUTPUT_TRIPWIRE]: class extends failures[OUTPUT_TRIPWIRE] { constructor({ name, info }) { super(`Output guardrail triggered: ${info || name}`); } },
});
const run = (...args) => (isCalling() ? runNow(...args) : inert("run")(...args));

class Runner {
  constructor(config = {}) {
    this.config = config;
  }
  run(agent, input, options = {}) {
    return isCalling() ? runNow(agent, input, options, this.config) : inert("Runner.run")();
  }
  on() {
    return this;
  }
  off() {
    return this;
  }
}

/** The exports of the SDK's packages, created once. */
export const agentsPackage = (parsed) => ({
  run,
  Runner,
  Agent,
  Handoff,
  RunContext,
  tool: toolWith(parsed),
  defineToolInputGuardrail: (guardrail) => ({ type: "tool_input", ...guardrail }),
  defineToolOutputGuardrail: (guardrail) => ({ type: "tool_output", ...guardrail }),
  ToolGuardrailFunctionOutputFactory,
  ToolInputGuardrailTripwireTriggered,
  ToolOutputGuardrailTripwireTriggered,
  ToolTimeoutError,
  handoff: handoffTo,
  getHandoff: (agent) => (agent instanceof Handoff ? agent : handoffTo(agent)),
  removeAllTools,
  ...RUN_ITEMS,
  defineInputGuardrail: (options) => guardrail("input", { runInParallel: true, ...options }),
  defineOutputGuardrail: (options) => guardrail("output", options),
  aisdk: (model) => model,
  RECOMMENDED_PROMPT_PREFIX,
  promptWithHandoffInstructions: (prompt) => `${RECOMMENDED_PROMPT_PREFIX}\n\n${prompt}`,
  assistant: message("assistant"),
  system: message("system"),
  user: message("user"),
  codeInterpreterTool: hosted("code_interpreter"),
  computerTool: hosted("computer"),
  fileSearchTool: (id, options) => hosted("file_search")({ id, ...options }),
  hostedMcpTool: hosted("hosted_mcp"),
  imageGenerationTool: hosted("image_generation"),
  webSearchTool: hosted("web_search"),
  withTrace: (trace, work) => work(trace),
  ...made(REFUSED, inert),
  ...made(NOTHING, nothing),
  ...made(INERT, inert),
  ...failures,
});
