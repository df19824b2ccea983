// Agents of the OpenAI Agents SDK. Each asks a model of its own, which names its script.
import { Agent, handoff, tool, ToolGuardrailFunctionOutputFactory as verdict } from "@openai/agents";
import { RECOMMENDED_PROMPT_PREFIX, promptWithHandoffInstructions, removeAllTools } from "@openai/agents-core/extensions";
import { z } from "zod";

const of = (name, more = {}) =>
  tool({
    name,
    description: `Does ${name}.`,
    parameters: z.object({ city: z.string().describe("Where.") }),
    execute: async ({ city }) => `${name} of ${city}`,
    ...more,
  });
const guard = (run) => [{ name: "guard", run }];

export const greeting = new Agent({ name: "Greeter", model: "gpt-greeting", instructions: "Greet." });
export const nameless = new Agent({ name: "Nameless", model: "gpt-nameless" });
export const dynamic = new Agent({
  name: "Dynamic",
  model: "gpt-dynamic",
  instructions: (run, agent) => `${agent.name} serves ${run.context.user} in ${run.context.sessionId}.`,
  tools: [
    of("weather"),
    of("premium", { isEnabled: ({ runContext }) => runContext.context.tier === "pro" }),
    of("hidden", { isEnabled: false }),
  ],
});
export const prefixed = new Agent({
  name: "Prefixed", model: "gpt-prefixed", instructions: `${RECOMMENDED_PROMPT_PREFIX} Be short.`,
});
export const tuned = new Agent({
  name: "Tuned",
  model: "gpt-tuned",
  instructions: "Tune.",
  modelSettings: {
    temperature: 0.2, topP: 0.8, maxTokens: 50, frequencyPenalty: 0.1, presencePenalty: 0.3,
    parallelToolCalls: false, toolChoice: "required", store: false,
  },
  tools: [of("weather")],
});
export const kept = new Agent({
  name: "Kept", model: "gpt-kept", resetToolChoice: false, modelSettings: { toolChoice: "weather" },
  tools: [of("weather"), of("time")],
});
export const guarded = new Agent({
  name: "Guarded",
  model: "gpt-guarded",
  tools: [
    of("refused", { inputGuardrails: guard(async () => verdict.rejectContent("not there")) }),
    of("censored", { outputGuardrails: guard(async () => verdict.rejectContent("secret")) }),
    of("passed", { inputGuardrails: guard(async () => verdict.allow()) }),
  ],
});
export const erring = new Agent({
  name: "Erring",
  model: "gpt-erring",
  tools: [
    of("broken", { execute: async () => { throw new RangeError("no wind"); } }),
    of("mended", {
      execute: async () => { throw new RangeError("no wind"); },
      errorFunction: (run, error) => `calm: ${error.message}`,
    }),
  ],
});
export const first = new Agent({
  name: "First", model: "gpt-first", toolUseBehavior: "stop_on_first_tool", tools: [of("weather")],
});
export const stopping = new Agent({
  name: "Stopping", model: "gpt-stopping", toolUseBehavior: { stopAtToolNames: ["time"] },
  tools: [of("weather"), of("time")],
});
export const typed = new Agent({
  name: "Typed", model: "gpt-4o", instructions: "Extract.",
  outputType: z.object({ city: z.string(), days: z.number() }),
});
export const loose = new Agent({
  name: "Loose",
  model: "gpt-loose",
  tools: [
    tool({
      name: "free", description: "Takes anything.", strict: false,
      parameters: { type: "object", properties: { n: { type: "number" } }, required: [], additionalProperties: true },
      execute: async (input) => ({ got: input }),
    }),
  ],
});
export const contextual = new Agent({
  name: "Contextual",
  model: "gpt-context",
  tools: [of("whoami", { execute: async ({ city }, run) => ({ user: run.context.user, city }) })],
});
export const approving = new Agent({
  name: "Approving", model: "gpt-needing", tools: [of("pay", { needsApproval: async (run, { city }) => city === "Oslo" })],
});
export const declining = new Agent({
  name: "Declining", model: "gpt-declined", tools: [of("pay", { needsApproval: true })],
});
const rail = (name, judge, more = {}) => ({
  name,
  execute: async (given) => ({ tripwireTriggered: judge(given) === true, outputInfo: { name } }),
  ...more,
});
export const tripping = new Agent({
  name: "Tripping", model: "gpt-tripping",
  inputGuardrails: [rail("calm", () => false), rail("strict", ({ input }) => input === "Hello", { runInParallel: false })],
});
export const minding = new Agent({
  name: "Minding", model: "gpt-minding",
  inputGuardrails: [rail("user", ({ context, agent }) => context.context.user !== "Ada" || agent.name !== "Minding")],
  outputGuardrails: [
    rail("output", ({ agentOutput, details }) => agentOutput !== "Done." || details.output.length !== 3),
  ],
  tools: [of("weather")],
});
export const blocking = new Agent({
  name: "Blocking", model: "gpt-blocking", tools: [of("weather")],
  outputGuardrails: [rail("secret", ({ agentOutput }) => agentOutput.includes("Done"))],
});
export const recovering = new Agent({
  name: "Recovering", model: "gpt-recovering", tools: [of("weather")],
  outputGuardrails: [rail("secret", ({ agentOutput }) => agentOutput.includes("Done"))],
});
export const breaching = new Agent({
  name: "Breaching", model: "gpt-breaching", inputGuardrails: [rail("broken", () => { throw new RangeError("no rail"); })],
});
export const typing = new Agent({
  name: "Typing", model: "gpt-4o-2024-08-06", outputType: z.object({ city: z.string() }),
  outputGuardrails: [rail("city", ({ agentOutput }) => agentOutput.city === "Rome")],
});
export const deciding = new Agent({
  name: "Deciding", model: "gpt-deciding", tools: [of("weather"), of("time")],
  toolUseBehavior: (run, results) => {
    const found = results.find(({ tool: { name } }) => name === "time");
    return found ? { isFinalOutput: true, finalOutput: `${run.context.user}: ${found.output}` } : { isFinalOutput: false };
  },
});
export const shaping = new Agent({
  name: "Shaping", model: "gpt-4o-2024-11-20", tools: [of("weather", { execute: async ({ city }) => ({ city }) })],
  toolUseBehavior: "stop_on_first_tool", outputType: z.object({ city: z.string() }),
});
export const checking = new Agent({
  name: "Checking", model: "gpt-checking", tools: [of("weather")], toolUseBehavior: "stop_on_first_tool",
  outputGuardrails: [rail("tools", ({ agentOutput }) => agentOutput === "weather of Oslo")],
});
export const alarmed = new Agent({
  name: "Alarmed", model: "gpt-alarmed", tools: [of("weather", { inputGuardrails: guard(async () => verdict.throwException("no")) })],
});
export const alarming = new Agent({
  name: "Alarming", model: "gpt-alarming", tools: [of("weather", { outputGuardrails: guard(async () => verdict.throwException("no")) })],
});

export const wordless = new Agent({ name: "Wordless", model: "gpt-saying-nothing", instructions: () => "" });
export const returns = new Agent({
  name: "Returns",
  model: "gpt-returning",
  tools: [
    of("number", { execute: async () => 1.5 }),
    of("list", { execute: async () => [1, { a: "ä" }] }),
    of("object", { execute: async () => ({ a: null, at: new Date(0) }) }),
  ],
});
export const late = new Agent({
  name: "Late",
  model: "gpt-late",
  tools: [of("slow", { execute: () => new Promise((done) => setTimeout(done, 60_000)), timeoutMs: 20 })],
});
export const refusing = new Agent({ name: "Refusing", model: "gpt-misfit", tools: [of("weather")] });
export const raising = new Agent({
  name: "Raising", model: "gpt-raising",
  tools: [of("broken", { errorFunction: null, execute: async () => { throw new RangeError("no wind"); } })],
});
export const handing = new Agent({
  name: "Handing", model: "gpt-handing", instructions: "Hand over.", handoffs: [greeting], handoffDescription: "Hands.",
});
export const voiding = new Agent({
  name: "Voiding",
  model: "gpt-voiding",
  tools: [
    of("nothing", { execute: async () => undefined }),
    of("none", { execute: async () => null }),
    of("code", { execute: async () => Math.max }),
  ],
});

// Agents that hand over. The agents of one case ask one model, whose script is that of the whole conversation.
const other = (model, name, more = {}) => new Agent({ name, model, instructions: `You are ${name}.`, ...more });

export const triaging = new Agent({
  name: "Triage Agent", model: "gpt-triaging", instructions: promptWithHandoffInstructions("Help, or hand over."),
  handoffs: [
    other("gpt-triaging", "Billing Agent", { handoffDescription: "Knows of money." }),
    other("gpt-triaging", "Weather Agent", {
      tools: [of("weather")], instructions: (run, agent) => `${agent.name} serves ${run.context.user}.`,
    }),
  ],
});
export const rallying = new Agent({ name: "Ping", model: "gpt-rallying", instructions: "Ping.", tools: [of("weather")] });
const pong = other("gpt-rallying", "Pong", { tools: [of("time")], handoffs: [rallying] });
rallying.handoffs.push(pong);
export const wiping = new Agent({
  name: "Wiping", model: "gpt-wiping", tools: [of("weather")],
  handoffs: [handoff(other("gpt-wiping", "Clean"), { inputFilter: removeAllTools })],
});
export const trimming = new Agent({
  name: "Trimming", model: "gpt-shortening", tools: [of("weather")],
  handoffs: [
    handoff(other("gpt-shortening", "Short"), {
      inputFilter: ({ inputHistory, preHandoffItems, newItems }) => ({
        inputHistory: typeof inputHistory === "string" ? `In short: ${inputHistory}` : inputHistory.slice(-2),
        preHandoffItems: preHandoffItems.filter(({ type }) => type === "message_output_item"),
        newItems: newItems.filter(({ type }) => type !== "message_output_item"),
      }),
    }),
  ],
});
const escalated = [];
export const escalating = new Agent({
  name: "Escalating", model: "gpt-escalating",
  handoffs: [
    handoff(other("gpt-escalating", "Boss"), {
      inputType: z.object({ reason: z.string().describe("Why."), level: z.number() }),
      onHandoff: (run, { reason }) => escalated.push([run.context.user, reason]),
      toolNameOverride: "escalate", toolDescriptionOverride: "Calls the boss.",
    }),
  ],
});
export const misreading = new Agent({
  name: "Misreading", model: "gpt-misreading",
  handoffs: [handoff(other("gpt-misreading", "Boss"), { inputType: z.object({ level: z.number() }), onHandoff: () => {} })],
});
export const gating = new Agent({
  name: "Gating", model: "gpt-gating",
  handoffs: [
    handoff(other("gpt-gating", "Pro"), { isEnabled: ({ runContext }) => runContext.context.tier === "pro" }),
    handoff(other("gpt-gating", "Free"), { isEnabled: ({ runContext }) => runContext.context.tier === "free" }),
    handoff(other("gpt-gating", "Never"), { isEnabled: false }),
  ],
});
export const mixing = new Agent({
  name: "Mixing", model: "gpt-mixing", tools: [of("weather"), of("time")], handoffs: [other("gpt-mixing", "After")],
});
export const crowding = new Agent({
  name: "Crowding", model: "gpt-crowding", tools: [of("weather")],
  handoffs: [other("gpt-crowding", "One"), other("gpt-crowding", "Two"), other("gpt-crowding", "Three")],
});
export const switching = new Agent({
  name: "Switching", model: "gpt-switching", modelSettings: { temperature: 0.1, toolChoice: "required" },
  tools: [of("weather")],
  handoffs: [
    other("gpt-switching--large", "Large", {
      modelSettings: { temperature: 0.9, maxTokens: 30, toolChoice: "required" }, tools: [of("time")],
    }),
  ],
});
export const railing = new Agent({
  name: "Railing", model: "gpt-railing", inputGuardrails: [rail("first", ({ input }) => input !== "Hello")],
  outputGuardrails: [rail("none of mine", () => true)],
  handoffs: [
    other("gpt-railing", "Railed", {
      inputGuardrails: [rail("never asked", () => true)], outputGuardrails: [rail("last", ({ agentOutput }) => agentOutput !== "Done.")],
    }),
  ],
});
export const barring = new Agent({
  name: "Barring", model: "gpt-barring",
  handoffs: [other("gpt-barring", "Barred", { outputGuardrails: [rail("barred", ({ agentOutput }) => agentOutput.includes("Done"))] })],
});
export const forming = new Agent({
  name: "Forming", model: "gpt-4o-mini-2024-07-18",
  handoffs: [other("gpt-4o-mini-2024-07-18", "Formed", { outputType: z.object({ city: z.string() }) })],
});
export const stoppingAfter = new Agent({
  name: "Stopping", model: "gpt-stopping-after", tools: [of("weather")], toolUseBehavior: "stop_on_first_tool",
  handoffs: [other("gpt-stopping-after", "Stopped", { tools: [of("time")], toolUseBehavior: { stopAtToolNames: ["time"] } })],
});
export const clashing = new Agent({
  name: "Clashing", model: "gpt-clashing", tools: [of("transfer_to_Other"), of("weather")], handoffs: [other("gpt-clashing", "Other")],
});
export const returning = new Agent({ name: "Returning", model: "gpt-returning-later", handoffs: [other("gpt-returning-later", "Later", { tools: [of("time")] })] });
export const failingOver = new Agent({
  name: "Failing", model: "gpt-failing-over",
  tools: [of("broken", { errorFunction: null, execute: async () => { throw new RangeError("no wind"); } })],
  handoffs: [other("gpt-failing-over", "Never")],
});
export const forgetting = new Agent({
  name: "Forgetting", model: "gpt-forgetting", tools: [of("weather")],
  handoffs: [handoff(other("gpt-forgetting", "Blank", { tools: [of("time")] }), { inputFilter: removeAllTools })],
});
export const bothFiltering = new Agent({
  name: "Filtering", model: "gpt-both-filtering", tools: [of("weather")],
  handoffs: [
    handoff(
      other("gpt-both-filtering", "Middle", {
        tools: [of("time")],
        handoffs: [handoff(other("gpt-both-filtering", "End"), { inputFilter: (data) => ({ ...data, newItems: data.newItems.slice(-2) }) })],
      }),
      { inputFilter: removeAllTools },
    ),
  ],
});
// Agents as tools of others, most of which nothing exports; each has a model of its own in each case.
const cut = { customOutputExtractor: (result) => `<${result.finalOutput}> in ${result.newItems.length}` };
const speaker = (name, model) => new Agent({ name, model, instructions: `Speak ${name}.` });
const finder = (model) => new Agent({ name: "Finder", model, instructions: "Find.", tools: [of("weather")] });
const research = { toolName: "research", toolDescription: "Finds facts." };
const spanish = speaker("Spanish Agent", "gpt-spanish");
const italian = speaker("Italian", "gpt-italian");
export const translating = new Agent({
  name: "Translating",
  model: "gpt-translating",
  instructions: "Have others translate.",
  tools: [
    spanish.asTool({ toolName: "to spanish", toolDescription: "To Spanish." }),
    of("weather"),
    italian.asTool({}),
  ],
});
export const writing = new Agent({
  name: "Writing",
  model: "gpt-writing",
  tools: [new Agent({ name: "Finder", model: "gpt-writing-1", tools: [of("weather")] }).asTool(research)],
});
const managingFinder = finder("gpt-managing-2");
const managed = new Agent({ name: "Managed", model: "gpt-managing-1", tools: [managingFinder.asTool(research)] });
export const managing = new Agent({
  name: "Managing", model: "gpt-managing", tools: [managed.asTool({ toolName: "write", toolDescription: "Writes." })],
});
export const extractingFinder = finder("gpt-extracting-1");
export const extracting = new Agent({
  name: "Extracting", model: "gpt-extracting", tools: [extractingFinder.asTool({ ...research, ...cut })],
});
const shaped = new Agent({
  name: "Shaped", model: "gpt-4.1-2025-04-14", instructions: "Shape.",
  outputType: z.object({ city: z.string(), days: z.number() }),
});
export const asking = new Agent({
  name: "Asking", model: "gpt-asking", tools: [shaped.asTool({ toolName: "shape", toolDescription: "Shapes." })],
});
export const unreachable = speaker("Away", "gpt-unreachable");
export const excusing = new Agent({
  name: "Excusing", model: "gpt-excusing", tools: [unreachable.asTool({ toolName: "away", toolDescription: "Is away." })],
});
const switched = speaker("Switched", "gpt-toggling-1");
export const toggling = new Agent({
  name: "Toggling",
  model: "gpt-toggling",
  instructions: "Switch.",
  tools: [
    switched.asTool({ toolName: "free", toolDescription: "For all.", isEnabled: ({ runContext }) => runContext.context.tier === "free" }),
    switched.asTool({ toolName: "pro", toolDescription: "For some.", isEnabled: ({ runContext }) => runContext.context.tier === "pro" }),
    switched.asTool({ toolName: "never", toolDescription: "For none.", isEnabled: false }),
    of("weather"),
  ],
});
export const limitingFinder = finder("gpt-limiting-1");
export const limiting = new Agent({
  name: "Limiting", model: "gpt-limiting", tools: [limitingFinder.asTool({ ...research, runOptions: { maxTurns: 1 } })],
});
export const wary = new Agent({
  name: "Wary", model: "gpt-wary", instructions: "Be wary.",
  inputGuardrails: [{ name: "none", runInParallel: false, execute: async () => ({ tripwireTriggered: true, outputInfo: {} }) }],
});
export const pressing = new Agent({
  name: "Pressing", model: "gpt-pressing", tools: [wary.asTool({ toolName: "wary", toolDescription: "Is wary." })],
});
export const approved = speaker("Approved", "gpt-careful-1");
export const careful = new Agent({
  name: "Careful",
  model: "gpt-careful",
  tools: [approved.asTool({ toolName: "spanish", toolDescription: "To Spanish.", needsApproval: true })],
});
export const relayed = speaker("Relayed", "gpt-relaying-1");
export const relaying = new Agent({
  name: "Relaying", model: "gpt-relaying", toolUseBehavior: "stop_on_first_tool", tools: [relayed.asTool(research)],
});
const fragile = new Agent({
  name: "Fragile",
  model: "gpt-fragile",
  tools: [of("broken", { errorFunction: null, execute: async () => { throw new RangeError("no wind"); } })],
});
export const leaning = new Agent({
  name: "Leaning", model: "gpt-leaning", tools: [fragile.asTool({ toolName: "fragile", toolDescription: "Breaks." })],
});
