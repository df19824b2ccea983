"""Tools of Mastra and of the OpenAI Agents SDK are called in their frameworks' ways."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox

IDS = {"sessionId": "s", "resourceId": "r"}
ZOD = 'import { z } from "zod";\n'
MASTRA = (
    'import { Mastra } from "@mastra/core";\n'
    'import { Agent } from "@mastra/core/agent";\n'
    'import { createTool } from "@mastra/core/tools";\n'
)
OPENAI = 'import { Agent, tool, handoff, run, webSearchTool } from "@openai/agents";\n'

# What a bundle that carries Mastra has of it: private fields, and methods that answer.
OWN_MASTRA = """
class Tool {
  constructor(options) {
    Object.assign(this, {id: options.id, inputSchema: options.inputSchema, suspendSchema: void 0,
      resumeSchema: void 0, mastra: void 0, requireApproval: false});
    if (TODAY) this.providerOptions = void 0;
    this.execute = async (given, options) => {
      const input = TODAY ? given : given.context;
      if (typeof input.n !== "number") {
        return {error: true, message: "Tool validation failed for t", validationErrors: {n: []}};
      }
      return this.original(given, options);
    };
    this.original = options.execute;
  }
}
class Agent {
  #tools;
  constructor(config) { this.name = config.name; this.#tools = config.tools; }
  get tools() { throw new Error("deprecated"); }
  getInstructions() {}
  listTools({requestContext}) { return this.#of(requestContext); }
  #of(context) {
    return typeof this.#tools === "function" ? this.#tools({requestContext: context}) : this.#tools;
  }
}
if (!TODAY) {
  delete Agent.prototype.listTools;
  Agent.prototype.getTools = function ({runtimeContext}) { return {t: new Tool(T)}; };
}
class Mastra {
  #agents;
  constructor({agents}) { this.#agents = agents; }
  getAgent(key) { return this.#agents[key]; }
  listAgents() { return this.#agents; }
}
"""
TODAYS_TOOL = """
const T = {id: "t", execute: async (input, context) => ({
  sum: input.n + 1,
  session: context.requestContext.get("sessionId"),
  thread: context.agent.threadId,
  call: context.agent.toolCallId,
})};
"""
FORMER_TOOL = """
const T = {id: "t", execute: async ({context, runtimeContext, threadId}, options) => ({
  sum: context.n + 1,
  session: runtimeContext.get("sessionId"),
  thread: threadId,
  call: options.toolCallId,
})};
"""
EXPECTED = {"sum": 2, "session": "s", "thread": "s", "call": "call-1"}


def test_current_mastra_tool_gets_its_input(sandbox: Sandbox) -> None:
    source = f"const TODAY = true;{OWN_MASTRA}{TODAYS_TOOL}"
    source += (
        "export const mastra = new Mastra({agents: {main: new Agent({tools: {t: new Tool(T)}})}});"
    )
    assert sandbox.load(source).call("t", {"n": 1}, context=IDS).value == EXPECTED


def test_mastra_tool_before_v1_gets_an_envelope(sandbox: Sandbox) -> None:
    source = f"const TODAY = false;{FORMER_TOOL}{OWN_MASTRA}export const main = new Agent({{}});"
    assert sandbox.load(source).call("t", {"n": 1}, context=IDS).value == EXPECTED


def test_mastra_tools_may_be_a_function_of_context(sandbox: Sandbox) -> None:
    source = f"const TODAY = true;{OWN_MASTRA}{TODAYS_TOOL}"
    source += (
        "export const main = new Agent({tools: ({requestContext}) =>"
        " ({[requestContext.get('resourceId')]: new Tool(T)})});"
    )
    assert sandbox.load(source).call("r", {"n": 1}, context=IDS).value == EXPECTED


@pytest.mark.parametrize("today", ["true", "false"])
def test_input_refused_by_mastra_is_invalid_input(sandbox: Sandbox, today: str) -> None:
    tool = TODAYS_TOOL if today == "true" else FORMER_TOOL
    source = f"const TODAY = {today};{tool}{OWN_MASTRA}"
    source += "export const main = new Agent({tools: {t: new Tool(T)}});"
    failure = sandbox.load(source).call("t", {"n": "one"}).failure
    assert failure.kind.name == "INVALID_INPUT"
    assert failure.message == "Tool validation failed for t"


@pytest.mark.parametrize("code", [TODAYS_TOOL, FORMER_TOOL], ids=["today", "before 1.0"])
def test_external_mastra_serves_both_forms(sandbox: Sandbox, code: str) -> None:
    source = f"{MASTRA}{ZOD}{code}T.inputSchema = z.object({{n: z.number().default(1)}});"
    source += """
    const main = new Agent({name: "Main", instructions: "i", model: "openai/m",
      tools: {t: createTool(T)}});
    export const mastra = new Mastra({agents: {main}});
    """
    loaded = sandbox.load(source)
    assert loaded.call("t", {}, context=IDS).value == EXPECTED
    assert loaded.call("t", {"n": "one"}).kind == "INVALID_INPUT"


def test_input_with_own_context_is_passed_unchanged(sandbox: Sandbox) -> None:
    source = f"{MASTRA}export const main = new Agent({{name: 'm', tools: {{t: createTool("
    source += "{id: 't', execute: async (input) => input})}});"
    given = {"context": "of war", "n": 1}
    assert sandbox.load(source).call("t", given).value == given


def test_mastra_stores_and_loggers_can_be_created(sandbox: Sandbox) -> None:
    source = f"""
    import {{ LibSQLStore }} from "@mastra/libsql";
    import {{ Memory }} from "@mastra/memory";
    {MASTRA}
    const memory = new Memory({{storage: new LibSQLStore({{url: ":memory:"}})}});
    export const main = new Agent({{name: "m", memory, tools: {{t: createTool(
      {{id: "t", execute: async () => "there"}})}}}});
    """
    assert sandbox.load(source).call("t").value == "there"


# What a bundle that carries the OpenAI Agents SDK has of a tool: no `execute`, but `invoke`.
OWN_OPENAI = """
const t = {type: "function", name: "look_up", parameters: {}};
t.invoke = async (run, json, details) => ({
  given: JSON.parse(json), session: run.context.sessionId, call: details.toolCall.callId});
export const main = {name: "Main", tools: [{type: "hosted_tool", name: "web_search"}, t]};
"""


def test_openai_agents_tool_is_invoked(sandbox: Sandbox) -> None:
    ran = sandbox.load(OWN_OPENAI).call("look_up", {"n": 1}, context=IDS)
    assert ran.value == {"given": {"n": 1}, "session": "s", "call": "call-1"}


def test_listed_tools_are_known_by_name_only(sandbox: Sandbox) -> None:
    loaded = sandbox.load(OWN_OPENAI)
    for key in ("0", "length", "at"):
        failure = loaded.call(key).failure
        assert failure.kind.name == "TOOL_NOT_FOUND"
        assert failure.message.endswith("it has: web_search, look_up")
    assert "cannot run in the sandbox" in loaded.call("web_search").failure.message


SDK_TOOLS = """
const add = tool({name: "add up", description: "d", parameters: z.object({n: z.number()}),
  execute: async ({n}, run) => ({sum: n + 1, session: run.context.sessionId})});
const named = tool({description: "d", parameters: {type: "object"},
  async execute() { throw new RangeError("no"); }});
const strict = tool({name: "strict", parameters: z.object({}), errorFunction: null,
  execute() { throw new RangeError("no"); }});
const reach = tool({name: "reach", parameters: z.object({}), execute: () => fetch("https://a.test")});
const other = new Agent({name: "Other one", instructions: "i"});
export const main = Agent.create({name: "Main", handoffs: [handoff(other)],
  tools: [add, named, strict, reach, webSearchTool(), other.asTool({toolName: "ask"})]});
"""


def test_external_openai_agents_sdk_works(sandbox: Sandbox) -> None:
    loaded = sandbox.load(f"{OPENAI}{ZOD}{SDK_TOOLS}")
    assert loaded.call("add_up", {"n": 1}, context=IDS).value == {"sum": 2, "session": "s"}
    excuse = "An error occurred while running the tool. Please try again."
    assert loaded.call("execute").value == excuse
    thrown = loaded.call("strict").failure
    assert (thrown.kind.name, thrown.name) == ("THROWN", "RangeError")


def test_openai_agents_tool_reports_sandbox_refusal(sandbox: Sandbox) -> None:
    loaded = sandbox.load(f"{OPENAI}{ZOD}{SDK_TOOLS}")
    assert loaded.call("add_up", {"n": "one"}).kind == "INVALID_INPUT"
    assert loaded.call("reach").kind == "CAPABILITY_DENIED"
    failure = loaded.call("ask", {"input": "?"}).failure
    assert "running agents belongs to Caisson" in failure.message


def test_grouped_agent_is_known_by_both_keys(sandbox: Sandbox) -> None:
    source = "const t = {execute: () => 1}; export const agents = {team: {main: {tools: {t}}}};"
    assert sandbox.load(source).call("t", agent="team.main").value == 1


WORKFLOWS = """
import { createStep, createWorkflow, mapVariable } from "@mastra/core/workflows";
const helper = new Agent({id: "helper", name: "Helper", instructions: "i", model: "openai/m"});
const add = createTool({id: "add", inputSchema: z.object({n: z.number()}),
  execute: async ({n}) => ({sum: n + 1})});
const one = createStep({id: "one", inputSchema: z.object({n: z.number()}),
  outputSchema: z.object({m: z.number()}), execute: async ({inputData}) => ({m: inputData.n})});
export const flow = createWorkflow({id: "flow", inputSchema: z.object({n: z.number()})})
  .then(one).map({n: mapVariable({step: one, path: "m"})}).then(createStep(add))
  .branch([[async () => true, createStep(helper)]]).parallel([one, one]).commit();
const runs = createTool({id: "runs", execute: async () => (await flow.createRun()).start({})});
const starts = createTool({id: "starts", execute: () => flow.createRunAsync()});
const nets = createTool({id: "nets", execute: () => helper.network("Hi")});
export const main = new Agent({id: "main", name: "M", instructions: "i", model: "openai/m",
  tools: {add, runs, starts, nets}});
export const mastra = new Mastra({agents: {main}, workflows: {flow}});
"""


def test_workflows_load_and_are_refused_by_name_where_a_tool_runs_one(sandbox: Sandbox) -> None:
    loaded = sandbox.load(f"{MASTRA}{ZOD}{WORKFLOWS}")
    assert loaded.call("add", {"n": 1}).value == {"sum": 2}
    for tool in ("runs", "starts"):
        failure = loaded.call(tool).failure
        assert '"Workflow.createRun' in failure.message
        assert "Caisson does not run workflows yet" in failure.message


def test_networks_are_refused_by_name_where_a_tool_runs_one(sandbox: Sandbox) -> None:
    failure = sandbox.load(f"{MASTRA}{ZOD}{WORKFLOWS}").call("nets").failure
    assert '"Agent.network"' in failure.message
    assert "Caisson runs no networks of agents yet" in failure.message
