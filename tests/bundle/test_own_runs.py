"""What programs say where they run an agent themselves: never passed over in silence."""

from __future__ import annotations

import pytest

from services.executor.domain import AgentSpec, Severity
from tests.bundle.reading import manifest_of

HEADS = {
    "openai-agents": (
        'import { Agent, Runner, run } from "@openai/agents";\n'
        'const main = new Agent({ name: "M", instructions: "Be kind.", model: "gpt-5" });\n'
        "const g = { name: 'g', execute: async () => ({ tripwireTriggered: true }) };\n"
    ),
    "mastra": (
        'import { Agent } from "@mastra/core/agent";\n'
        'const main = new Agent({ id: "m", name: "M", instructions: "I.", model: "openai/m" });\n'
        "const p = { id: 'p', processInput: ({ abort }) => abort('no') };\n"
    ),
}
GUARDED = "const runner = new Runner({ inputGuardrails: [g] });\n"


def read(framework: str, source: str) -> tuple[AgentSpec, dict[str, Severity]]:
    """Return the agent, and the severities of what is said of its runs."""
    manifest = manifest_of(HEADS[framework] + source + "\nexport { main };")
    start = "agents.main.run"
    said = {
        each.path.removeprefix(start).removeprefix("."): each.severity
        for each in manifest.diagnostics
        if each.path.startswith(start)
    }
    return manifest.agents["main"], said


CLOSING = [
    ("openai-agents", GUARDED + "await runner.run(main, 'Hi');", "inputGuardrails"),
    ("openai-agents", "new Runner({ outputGuardrails: [g] }).run(main, 'Hi');", "outputGuardrails"),
    (
        "openai-agents",
        "const ask = (text) => run(main, text, { callModelInputFilter: (x) => x });",
        "callModelInputFilter",
    ),
    ("openai-agents", "run(main, 'Hi', { allowedTopics: ['a'] });", "allowedTopics"),
    ("openai-agents", GUARDED + "runner.run(main, 'a'); runner.run(main, 'b');", "inputGuardrails"),
    ("mastra", "await main.generate('Hi', { inputProcessors: [p] });", "inputProcessors"),
    ("mastra", "main.stream('Hi', { requireToolApproval: true });", "requireToolApproval"),
    ("mastra", "main.streamVNext('Hi', { activeTools: ['a'] });", "activeTools"),
]


@pytest.mark.parametrize(("framework", "source", "name"), CLOSING)
def test_what_every_run_of_the_program_restricts_closes(
    framework: str, source: str, name: str
) -> None:
    agent, said = read(framework, source)
    assert [each.path for each in agent.refusals] == [f"agents.main.run.{name}"]
    assert said == {name: Severity.ERROR}


TOLD = [
    ("openai-agents", GUARDED + "runner.run(main, 'a'); run(main, 'b');", "inputGuardrails"),
    ("openai-agents", GUARDED + "runner.run(main, 'a'); ask(main);", "inputGuardrails"),
    ("openai-agents", GUARDED + "runner.run(main, 'a'); const all = [main];", "inputGuardrails"),
    ("openai-agents", "run(main, 'Hi', { maxTurns: 3 });", "maxTurns"),
    (
        "openai-agents",
        "new Runner({ modelSettings: { toolChoice: 'none' } }).run(main, 'a');",
        "modelSettings",
    ),
    ("openai-agents", "const ask = (options) => run(main, 'Hi', options);", ""),
    ("openai-agents", "const ask = (runner) => runner.run(main, 'Hi');", ""),
    ("openai-agents", "run(main, 'Hi', { ...globalThis.options });", ""),
    (
        "mastra",
        "main.generate('Hi', { inputProcessors: [p] }); main.stream('Hi');",
        "inputProcessors",
    ),
    ("mastra", "main.generate('Hi', { maxSteps: 3 });", "maxSteps"),
    ("mastra", "main.generate('Hi', { toolChoice: 'none' });", "toolChoice"),
    ("mastra", "main.generate('Hi', { instructions: 'Other.' });", "instructions"),
    ("mastra", "main.generate('Hi', { newThing: 1 });", "newThing"),
]


@pytest.mark.parametrize(("framework", "source", "name"), TOLD)
def test_what_runs_of_the_program_say_besides_is_told(
    framework: str, source: str, name: str
) -> None:
    agent, said = read(framework, source)
    assert not agent.disabled
    assert said == {name: Severity.WARNING}


HARMLESS = [
    ("openai-agents", "run(main, 'Hi', { stream: true, context: {}, session: null });"),
    ("openai-agents", "await new Runner().run(main, 'Hi');"),
    ("openai-agents", "run(main, 'Hi', { maxTurns: undefined });"),
    ("mastra", "main.generate('Hi', { requestContext: c });"),
    ("mastra", "main.generate('Hi', { onFinish() {}, abortSignal: s, runId: 'r' });"),
    ("mastra", "{ const main = make(); main.generate('Hi', { activeTools: [] }); }"),
]


@pytest.mark.parametrize(("framework", "source"), HARMLESS)
def test_what_changes_no_answer_is_not_told(framework: str, source: str) -> None:
    agent, said = read(framework, source)
    assert (agent.disabled, said) == (False, {})


def test_runs_of_scripts_that_export_nothing_are_read() -> None:
    source = HEADS["openai-agents"] + GUARDED + "await runner.run(main, 'Hi');"
    (agent,) = manifest_of(source).agents.values()
    assert [each.path for each in agent.refusals] == ["agents.main.run.inputGuardrails"]


WORDS = "// Of main, and of main.\n"
LATE = """
import { Agent, Runner } from "@openai/agents";
var main;
function init() {
  main = new Agent({ name: "M", instructions: "Be kind.", model: "gpt-5" });
  new Runner({ inputGuardrails: [{ name: "g", execute: () => null }] }).run(main, "Hi");
}
init();
export { main };
"""


def test_words_in_comments_hide_no_run() -> None:
    agent, said = read("openai-agents", WORDS * 300 + GUARDED + "runner.run(main, 'Hi');")
    assert [each.path for each in agent.refusals] == ["agents.main.run.inputGuardrails"]
    assert said == {"inputGuardrails": Severity.ERROR}


def test_a_name_in_too_many_places_is_told() -> None:
    _, said = read("openai-agents", WORDS * 2_600 + GUARDED + "runner.run(main, 'Hi');")
    assert said == {"": Severity.WARNING}


def test_runs_of_an_agent_that_is_assigned_are_found() -> None:
    agent = manifest_of(LATE).agents["main"]
    assert [each.path for each in agent.refusals] == ["agents.main.run.inputGuardrails"]


SESSION = 'import { MemorySession, OpenAIResponsesCompactionSession } from "@openai/agents";\n'
ALL = 'import * as sdk from "@openai/agents";\n'
KEPT = [
    ("openai-agents", f"{SESSION}run(main, 'Hi', {{ session: new MemorySession() }});", "session"),
    (
        "openai-agents",
        f"{ALL}const s = new sdk.OpenAIConversationsSession(); run(main, 'Hi', {{ session: s }});",
        "session",
    ),
    ("openai-agents", "run(main, 'Hi', { conversationId: 'c' });", "conversationId"),
    ("openai-agents", "run(main, 'Hi', { previousResponseId: id });", "previousResponseId"),
    ("mastra", "main.generate('Hi', { memory: { thread: 't', resource: 'r' } });", "memory"),
]


@pytest.mark.parametrize(("framework", "source", "name"), KEPT)
def test_conversations_of_the_program_are_those_of_requests(
    framework: str, source: str, name: str
) -> None:
    agent, said = read(framework, source)
    assert agent.refusals == ()
    assert said == {name: Severity.INFO}


CHANGED = [
    (
        "openai-agents",
        f"{SESSION}run(main, 'Hi', {{ session: new MemorySession({{ initialItems: items }}) }});",
        "session",
    ),
    (
        "openai-agents",
        f"{SESSION}run(main, 'Hi', {{ session: new OpenAIResponsesCompactionSession() }});",
        "session",
    ),
    ("openai-agents", "class Mine {} run(main, 'Hi', { session: new Mine() });", "session"),
    ("openai-agents", "const ask = (session) => run(main, 'Hi', { session });", "session"),
    (
        "mastra",
        "main.generate('Hi', { memory: { thread: 't', options: { lastMessages: 2 } } });",
        "memory",
    ),
]


@pytest.mark.parametrize(("framework", "source", "name"), CHANGED)
def test_conversations_that_are_not_kept_as_they_are_warn(
    framework: str, source: str, name: str
) -> None:
    agent, said = read(framework, source)
    assert agent.refusals == ()
    assert said == {name: Severity.WARNING}


def test_agent_that_the_program_runs_only_as_a_network_is_disabled() -> None:
    agent, said = read("mastra", "export const ask = (text) => main.network(text);")
    assert [each.path for each in agent.refusals] == ["agents.main.run.network"]
    assert "no networks of agents" in agent.refusals[0].reason
    assert said == {"network": Severity.ERROR}


def test_agent_that_is_run_as_a_network_too_warns() -> None:
    agent, said = read("mastra", "main.network('Hi'); main.generate('Hi');")
    assert agent.refusals == ()
    assert said == {"network": Severity.WARNING}
