// What the OpenAI Agents SDK asks of an agent's functions around a run: guardrails of its input and its output,
// and whether the results of its tools are the answer.
import { Dishonoured, plainOf } from "../../dispatch/hook-values.js";
import { askUnchanged, isSameList, otherTools, withTools } from "../../dispatch/in-place.js";
import { isMethod, read } from "../../dispatch/names.js";
import { agentTool } from "./agent-tools.js";
import { RunContext } from "./calls.js";
import { handoff, handoffs } from "./handoffs.js";
import { inputOf, itemsOf, responseOf, resultItem, saidIn } from "./items.js";
import { runItem } from "./run-items.js";

const MAX_NAME = 200;
const MAX_INFO = 2000;

const listOf = (guardrails, what) => {
  if (guardrails === undefined || guardrails === null) return [];
  if (Array.isArray(guardrails)) return guardrails;
  throw new Dishonoured(`its \`${what}\` are no list`);
};

// What a guardrail found, as the SDK writes it into its error.
function infoOf(info) {
  try {
    return `${JSON.stringify(info) ?? ""}`.slice(0, MAX_INFO);
  } catch {
    return "";
  }
}

// All of them run side by side, and the first in their order that is tripped counts.
async function firstTripped(guardrails, args) {
  const outputs = await Promise.all(guardrails.map(async (guardrail) => {
    const { tripwireTriggered, outputInfo } = await guardrail.execute(args);
    if (tripwireTriggered === undefined) throw new Dishonoured("one of its guardrails says nothing of `tripwireTriggered`");
    return tripwireTriggered ? { name: `${guardrail.name}`.slice(0, MAX_NAME), info: infoOf(outputInfo) } : undefined;
  }));
  return outputs.find((tripped) => tripped !== undefined);
}

// Those that the SDK runs beside the first query run before it, too.
async function inputGuardrails(agent, given, { context }) {
  const guardrails = listOf(agent.inputGuardrails, "inputGuardrails");
  const args = { agent, input: inputOf(given.messages), context: new RunContext(context) };
  return { tripped: (await tripped(guardrails, args)) ?? null };
}

/** The first of guardrails that is tripped, `{name, info}`, or undefined: those that block are asked first. */
export async function tripped(guardrails, args) {
  const isBlocking = ({ runInParallel }) => runInParallel === false;
  const blocking = await firstTripped(guardrails.filter(isBlocking), args);
  return blocking ?? firstTripped(guardrails.filter((each) => !isBlocking(each)), args);
}

/** An answer as its `outputType` reads it; the SDK does not check what is only a JSON Schema. */
export async function finalOf(agent, text, parsed) {
  if (isMethod(agent, "processFinalOutput")) return agent.processFinalOutput(text);
  const { outputType = "text" } = agent;
  if (outputType === "text") return text;
  const isDescribed = read(outputType, "type") === "json_schema";
  return isDescribed ? JSON.parse(text) : (await parsed(outputType, JSON.parse(text))).value;
}

async function outputGuardrails(agent, given, { context }, parsed) {
  const guardrails = listOf(agent.outputGuardrails, "outputGuardrails");
  const last = given.steps.at(-1);
  const args = {
    agent,
    agentOutput: await finalOf(agent, given.text, parsed),
    context: new RunContext(context),
    details: { modelResponse: responseOf(saidIn(last), last.usage), output: given.steps.flatMap(itemsOf) },
  };
  return { tripped: (await firstTripped(guardrails, args)) ?? null };
}

function resultOf({ id, tool: name, output, error }, agent, tools) {
  const value = error ?? output;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const item = runItem(resultItem(id, name, { type: "text", value: text }), agent, value);
  return { type: "function_output", tool: tools.find((tool) => read(tool, "name") === name), output: value, runItem: item };
}

/** What a behavior that is no function says of results. */
export function ending(behavior, results) {
  const names = read(behavior, "stopAtToolNames");
  if (behavior !== "stop_on_first_tool" && !Array.isArray(names)) return { isFinalOutput: false };
  const isLast = ({ runItem }) => names === undefined || names.includes(runItem.rawItem.name);
  const last = results.find(isLast);
  return last === undefined ? { isFinalOutput: false } : { isFinalOutput: true, finalOutput: last.runItem.rawItem.output.text };
}

async function toolUseBehavior(agent, given, { context }) {
  const { toolUseBehavior: decide } = agent;
  const tools = Array.isArray(agent.tools) ? agent.tools : [];
  const results = given.steps.at(-1).results.map((result) => resultOf(result, agent, tools));
  const ask = typeof decide === "function" ? decide : (_, all) => ending(decide, all);
  const { isFinalOutput, finalOutput } = await ask(new RunContext(context), results);
  if (isFinalOutput === undefined) throw new Dishonoured("it says nothing of `isFinalOutput`");
  if (!isFinalOutput) return { final: false };
  return { final: true, output: finalOutput === undefined ? null : plainOf(finalOutput, "its `finalOutput`") };
}

const HOOKS = { inputGuardrails, outputGuardrails, toolUseBehavior, agentTool, handoffs, handoff };

/** How the SDK calls the functions of an agent of its own. */
export function hooksOf(agent) {
  if (!isMethod(agent, "asTool") || !isMethod(agent, "getSystemPrompt")) return undefined;
  const names = Object.keys(HOOKS);
  const call = (name) => async (given, asked, parsed) => {
    const { context } = asked;
    const tools = withTools(agent.tools);
    const all = { tools, settings: [agent], context: [context] };
    const said = await askUnchanged(all, () => HOOKS[name](agent, given, { context }, parsed));
    // A class may keep them where they are not seen.
    if (!isSameList(withTools(agent.tools).slice(1), tools.slice(1))) throw otherTools();
    return said;
  };
  return Object.fromEntries(names.map((name) => [name, call(name)]));
}
