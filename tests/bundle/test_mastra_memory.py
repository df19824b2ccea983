"""What agents of Mastra remember: read from their memory, or the agent is refused by name."""

from __future__ import annotations

import json

import pytest

from services.executor.agent_memory import AgentMemory, MemoryScope, WorkingMemory
from services.executor.bundle.frameworks.mastra.memory import TEMPLATE
from services.executor.bundle.manifest.manifest_json import dumps, loads
from services.executor.domain import AgentSpec, Manifest, Severity
from tests.bundle.reading import manifest_of
from tests.executor.builders import whole

HEAD = """
import { Agent } from "@mastra/core/agent";
import { LibSQLStore } from "@mastra/libsql";
import { Memory } from "@mastra/memory";
import { z } from "zod";
"""
STORED = 'storage: new LibSQLStore({ url: "file:memory.db" })'


def manifest_with(memory: str, more: str = "", head: str = HEAD) -> Manifest:
    """The manifest of an agent with a memory."""
    return manifest_of(
        f"""{head}
export const main = new Agent({{ id: "m", name: "m", instructions: "i", model: "openai/m",
  memory: {memory}, {more} }});
"""
    )


def agent_with(memory: str, more: str = "", head: str = HEAD) -> AgentSpec:
    """An agent with a memory."""
    return manifest_with(memory, more, head).agents["main"]


@pytest.mark.parametrize(
    ("memory", "messages"),
    [
        ("new Memory()", 10),
        (f"new Memory({{ {STORED} }})", 10),
        ("new Memory({ options: {} })", 10),
        ("new Memory({ options: { lastMessages: 3 } })", 3),
        ("new Memory({ options: { lastMessages: false } })", 0),
        ("new Memory({ options: { lastMessages: 0, semanticRecall: false } })", 0),
        ("new Memory({ vector: v, embedder: e, options: { lastMessages: 20 } })", 20),
        ("new Memory({ options: { workingMemory: { enabled: false } } })", 10),
        ("new Memory({ options: { workingMemory: { template: '# U' } } })", 10),
        ("(() => new Memory({ options: { lastMessages: 7 } }))()", 7),
    ],
)
def test_last_messages_are_read(memory: str, messages: int) -> None:
    agent = agent_with(memory)
    assert agent.refusals == ()
    assert agent.memory == AgentMemory(messages)


@pytest.mark.parametrize("memory", ["undefined", "null"])
def test_agents_without_memory_say_nothing(memory: str) -> None:
    agent = agent_with(memory)
    assert (agent.memory, agent.refusals) == (None, ())


def test_titles_that_a_model_would_write_are_told() -> None:
    manifest = manifest_with("new Memory({ options: { generateTitle: true } })")
    assert not manifest.agents["main"].disabled
    told = {each.path: each.reason for each in manifest.diagnostics}
    assert "beginning of its first message" in told["agents.main.memory.generateTitle"]


@pytest.mark.parametrize(
    ("memory", "path"),
    [
        ("new Memory({ options: { semanticRecall: true } })", "memory.semanticRecall"),
        ("new Memory({ options: { semanticRecall: { topK: 3 } } })", "memory.semanticRecall"),
        ("new Memory({ options: { messageHistory: { maxTokens: 9 } } })", "memory.messageHistory"),
        ("new Memory({ options: { observationalMemory: true } })", "memory.observationalMemory"),
        ("new Memory({ options: { readOnly: true } })", "memory.readOnly"),
        ("new Memory({ options: { lastMessages: -1 } })", "memory.lastMessages"),
        ("new Memory({ options: { lastMessages: unknown() } })", "memory.lastMessages"),
        ("new Memory({ options: { onlyToday: true } })", "memory.onlyToday"),
        ("new Memory({ processors: [new TokenLimiter(9)] })", "memory.processors"),
        ("new Memory({ options: unknown() })", "memory.options"),
        ("new Memory({ options: { ...unknown() } })", "memory"),
        ("new Memory(unknown())", "memory"),
        ("({ requestContext }) => new Memory()", "memory"),
        ("{ store: 1 }", "memory"),
        ("new Zep({ apiKey: 'k' })", "memory"),
        ("new (class extends Memory { async recall() { return []; } })()", "memory"),
    ],
)
def test_what_cannot_be_honoured_disables_the_agent(memory: str, path: str) -> None:
    agent = agent_with(memory, head=f'{HEAD}import {{ Zep }} from "@getzep/zep-cloud";')
    assert [each.path for each in agent.refusals] == [f"agents.main.{path}"]
    assert agent.refusals[0].line


@pytest.mark.parametrize(
    "more",
    [
        "defaultOptions: { memory: { thread: 't', options: { lastMessages: 2 } } }",
        "defaultGenerateOptions: { memoryOptions: { lastMessages: 2 } }",
    ],
)
def test_options_of_memory_elsewhere_disable_the_agent(more: str) -> None:
    agent = agent_with("new Memory()", more)
    assert "where the agent's memory is made" in agent.refusals[0].reason


WORKING = "new Memory({ options: { workingMemory: { enabled: true, %s } } })"


@pytest.mark.parametrize(
    ("given", "scope", "template"),
    [
        ("", MemoryScope.RESOURCE, TEMPLATE),
        ("scope: 'resource', template: ''", MemoryScope.RESOURCE, TEMPLATE),
        ("scope: 'thread', template: `\\n# Trip\\n`", MemoryScope.SESSION, "# Trip"),
    ],
)
def test_working_memory_in_markdown_is_read(given: str, scope: MemoryScope, template: str) -> None:
    agent = agent_with(WORKING % given)
    assert agent.refusals == ()
    assert agent.memory == AgentMemory(10, WorkingMemory(scope, template))


def test_working_memory_in_json_is_read() -> None:
    agent = agent_with(WORKING % "schema: z.object({ pets: z.array(z.string()).optional() })")
    assert agent.memory is not None
    assert agent.memory.working is not None
    schema = json.loads(agent.memory.working.schema_json)
    assert schema["properties"]["pets"]["type"] == "array"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("version: 'vnext'", "version"),
        ("useStateSignals: true", "useStateSignals"),
        ("agentManaged: false", "agentManaged"),
        ("template: unknown()", "template"),
        ("scope: unknown()", "scope"),
        ("schema: unknown()", "schema"),
        ("secret: true", "secret"),
    ],
)
def test_working_memory_that_is_kept_in_another_way_disables_the_agent(
    given: str, path: str
) -> None:
    agent = agent_with(WORKING % given)
    assert [each.path for each in agent.refusals] == [f"agents.main.memory.workingMemory.{path}"]


def test_working_memory_that_would_need_approvals_disables_the_agent() -> None:
    agent = agent_with(WORKING % "", "defaultOptions: { requireToolApproval: true }")
    assert [each.path for each in agent.refusals] == ["agents.main.memory.workingMemory"]


def test_subclass_of_an_agent_with_a_memory_of_its_own_is_disabled() -> None:
    manifest = manifest_of(
        f"""{HEAD}
class Mine extends Agent {{ async getMemory() {{ return elsewhere(); }} }}
export const main = new Mine({{ name: "m", instructions: "i", model: "openai/m" }});
"""
    )
    assert [each.path for each in manifest.agents["main"].refusals] == ["agents.main.memory"]


def test_memory_of_agents_without_one_is_not_lost_in_silence() -> None:
    manifest = manifest_of(
        """import { Agent } from "@openai/agents";
import { Memory } from "@mastra/memory";
export const main = new Agent({ name: "M", instructions: "i", model: "m", memory: new Memory() });
"""
    )
    (told,) = [each for each in manifest.diagnostics if each.path == "agents.main.memory"]
    assert told.severity is Severity.WARNING
    assert manifest.agents["main"].memory is None


@pytest.mark.parametrize(
    "memory",
    [
        "new Memory()",
        WORKING % "scope: 'thread', template: '# T'",
        WORKING % "schema: z.object({ a: z.string() })",
    ],
)
def test_memory_is_kept_in_the_cache_and_told_to_clients(memory: str) -> None:
    manifest = manifest_with(memory)
    assert loads(dumps(manifest)) == manifest
    (told,) = whole(manifest).agents
    kept = manifest.agents["main"].memory
    assert kept is not None
    assert told.memory.last_messages == 10
    assert told.memory.HasField("working") == (kept.working is not None)
    if kept.working is not None:
        assert told.memory.working.template == kept.working.template
        assert told.memory.working.schema.json_text == kept.working.schema_json
