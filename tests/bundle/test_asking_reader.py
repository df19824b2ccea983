"""What the sandbox is asked about a bundle, and what becomes of its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from services.executor.adapters.bundle_cache import NoManifestCache
from services.executor.agent.scripted import FixedBundles
from services.executor.agent_parts import AgentPart, SchemaSource, ValueSource
from services.executor.bundle.intake.asking_reader import AskingBundleReader
from services.executor.bundle.intake.questions import of_schemas
from services.executor.bundle.ports import SandboxAnswer, SandboxQuestion
from services.executor.bundle.syntax.diagnostics import MAX_DIAGNOSTICS
from services.executor.clients import OWN_PROCESS, Client
from services.executor.domain import Bundle, InlineBundle, Manifest, Program, Severity
from services.executor.schemas.scripted import LocalSchemas
from tests.bundle.reading import LIGHTFAST_IMPORTS, manifest_of

PROGRAM = Program("0" * 64, is_module=True, source=b"")
TOLD = '{"jsonSchema":{"type":"object","properties":{"x":{"type":"string"}}}}'
UNREAD = "schema: unknown()"


class ScriptedAsker:
    """Gives its answers in turn, the last one again and again; ``asked`` holds the questions."""

    def __init__(self, *answers: SandboxAnswer) -> None:
        self._answers = list(answers)
        self.asked: list[SandboxQuestion] = []
        self.fresh: list[bool] = []

    async def ask(
        self,
        program: Program,
        questions: Sequence[SandboxQuestion],
        client: Client,
        *,
        fresh: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> tuple[SandboxAnswer, ...]:
        self.asked += questions
        self.fresh.append(fresh)
        return tuple(map(self._next, questions))

    async def faults_at_load(
        self, program: Program, client: Client, *, env: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        return ()

    def _next(self, _: SandboxQuestion) -> SandboxAnswer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def close(self) -> None:
        """Close nothing."""


def bundle(**tools: str) -> Manifest:
    """Return what a bundle with these tools of the agent ``a.tools`` declares."""
    listed = ", ".join(f'"{key}": {text}' for key, text in tools.items())
    return manifest_of(
        f"""{LIGHTFAST_IMPORTS}
export default createLightfast({{
  agents: {{ "a.tools": createAgent({{ model: "openai/m", system: "s", tools: {{ {listed} }} }}) }},
}});
"""
    )


def tool(rest: str, description: str = '"d"') -> str:
    return f"createTool({{ description: {description}, {rest}, execute: async () => 1 }})"


async def answered(
    manifest: Manifest, *answers: SandboxAnswer, context: str | None = None
) -> tuple[Manifest, ScriptedAsker]:
    """Return the manifest after the sandbox was asked, also for a context if there is one."""
    asker = ScriptedAsker(*answers)
    reader = AskingBundleReader(
        FixedBundles(Bundle(manifest, PROGRAM)), asker, NoManifestCache(), LocalSchemas()
    )
    if context is None:
        read = await reader.read(InlineBundle(b""), OWN_PROCESS)
    else:
        read = await reader.resolved(InlineBundle(b""), context, OWN_PROCESS)
    await reader.close()
    return read.manifest, asker


MANIFEST = bundle(
    fine=tool("inputSchema: z.object({})"),
    unread=tool(UNREAD),
    vague=tool(UNREAD, description="unknown()"),
    none=tool("x: 1"),
    client="createTool({ description: 'd', inputSchema: unknown() })",
    number="7",
)


async def test_only_tools_disabled_by_schema_alone_are_described() -> None:
    _, asker = await answered(MANIFEST, SandboxAnswer(text=TOLD))
    asked = [(each.agent, each.tool) for each in asker.asked if each.tool]
    assert asked == [("a.tools", name) for name in ("unread", "vague", "none", "client")]


async def test_answer_enables_its_tool_and_replaces_its_error() -> None:
    manifest, _ = await answered(MANIFEST, SandboxAnswer(text=TOLD))
    tools = manifest.agents["a.tools"].tools
    assert [key for key, each in tools.items() if each.disabled] == ["number"]
    assert [key for key, each in tools.items() if each.client_side] == ["client"]
    assert tools["unread"].schema_source is SchemaSource.SANDBOX
    assert tools["unread"].input_schema == {
        "type": "object",
        "properties": {"x": {"type": "string"}},
    }
    said = [each for each in manifest.diagnostics if ".unread." in each.path]
    assert [each.severity for each in said] == [Severity.INFO]
    assert said[0].reason.endswith("; the schema is the sandbox's word")
    assert "disabled" not in said[0].reason
    assert not of_schemas(manifest)
    untouched = {each for each in MANIFEST.diagnostics if each.severity is Severity.WARNING}
    assert untouched <= set(manifest.diagnostics)


async def test_failed_description_leaves_tool_disabled_and_says_so() -> None:
    failure = SandboxAnswer(failure="the sandbox was away", is_final=False)
    manifest, _ = await answered(MANIFEST, failure)
    assert manifest.agents["a.tools"].tools["unread"].disabled
    (said,) = [each for each in manifest.diagnostics if ".unread." in each.path]
    assert said.severity is Severity.ERROR
    assert said.reason.endswith("; the sandbox was away; the tool is disabled")
    assert of_schemas(manifest) == of_schemas(MANIFEST)


async def test_tool_is_described_even_if_its_diagnostic_was_dropped() -> None:
    approved = "inputSchema: z.object({}), needsApproval: true"
    silent = f"createTool({{ {approved}, execute: async () => 1 }})"
    warned = {f"w{n}": silent for n in range(MAX_DIAGNOSTICS // 2)}
    manifest = bundle(**warned, unread=tool(UNREAD))
    assert not any(".unread." in each.path for each in manifest.diagnostics)
    manifest, asker = await answered(manifest, SandboxAnswer(text=TOLD))
    assert [(each.agent, each.tool) for each in asker.asked] == [("a.tools", "unread")]
    assert not manifest.agents["a.tools"].tools["unread"].disabled


AGENTS = manifest_of(
    """import { ToolLoopAgent } from "ai";
const lines = [];
for (const line of ["One.", "Two."]) lines.push(line);
export const joined = new ToolLoopAgent({ model: "openai/m", instructions: lines.join(" ") });
export const dated = new ToolLoopAgent({ model: "openai/m", instructions: `It is ${new Date()}.` });
export const plain = new ToolLoopAgent({ model: "openai/m", instructions: "Plain." });
"""
)


def says(text: str) -> SandboxAnswer:
    return SandboxAnswer(text=json.dumps({"instructions": {"value": [text]}}))


def sources(manifest: Manifest) -> dict[str, list[tuple[ValueSource, bool]]]:
    """Return how each agent's asked parts are known, and whether they are."""
    return {
        key: [(each.source, each.is_known) for each in agent.asked]
        for key, agent in manifest.agents.items()
    }


async def test_what_needs_no_context_is_asked_once_a_program() -> None:
    assert sources(AGENTS) == {
        "joined": [(ValueSource.SANDBOX, False)],
        "dated": [(ValueSource.DYNAMIC, False)],
        "plain": [],
    }
    manifest, asker = await answered(AGENTS, says("One. Two."))
    assert [each.agent for each in asker.asked] == ["joined", "joined"]
    assert manifest.agents["joined"].system == "One. Two."
    assert sources(manifest) == {
        "joined": [(ValueSource.SANDBOX, True)],
        "dated": [(ValueSource.DYNAMIC, False)],
        "plain": [],
    }


async def test_answer_that_changes_is_asked_for_in_each_run() -> None:
    manifest, _ = await answered(AGENTS, says("1"), says("2"))
    assert sources(manifest)["joined"] == [(ValueSource.DYNAMIC, False)]
    (told,) = [each for each in manifest.diagnostics if each.path == "agents.joined.system"]
    assert told.reason.endswith("the sandbox is asked for it in each run")


async def test_context_makes_every_agent_known() -> None:
    manifest, asker = await answered(AGENTS, says("x"), context='{"user": "Ada"}')
    assert [(each.agent, each.context_json) for each in asker.asked] == [
        ("joined", ""),
        ("joined", ""),
        ("dated", '{"user": "Ada"}'),
    ]
    assert asker.fresh == [False, True]
    assert not any(agent.unknown for agent in manifest.agents.values())
    assert manifest.agents["dated"].system == "x"


async def test_agent_that_cannot_be_told_is_disabled_with_the_reason() -> None:
    thrown = SandboxAnswer(text='{"instructions": {"error": "RangeError: no (bundle.js:1:2)"}}')
    manifest, _ = await answered(AGENTS, thrown)
    assert [key for key, agent in manifest.agents.items() if agent.disabled] == ["joined"]
    (told,) = [each for each in manifest.diagnostics if each.path == "agents.joined.system"]
    assert told.severity is Severity.ERROR
    assert "the code failed: RangeError: no (bundle.js:1:2); the agent is disabled" in told.reason


async def test_bundle_that_loads_only_with_what_a_run_grants_is_asked_in_each_run() -> None:
    failed = SandboxAnswer(failure="it threw at load", not_loaded=True)
    manifest, _ = await answered(AGENTS, failed)
    assert sources(manifest)["joined"] == [(ValueSource.DYNAMIC, False)]
    assert not manifest.agents["joined"].disabled


async def test_schema_that_only_a_granted_load_tells_is_asked_in_runs_with_variables() -> None:
    failed = SandboxAnswer(failure="it threw at load", not_loaded=True)
    manifest, _ = await answered(bundle(unread=tool(UNREAD)), failed)
    agent = manifest.agents["a.tools"]
    assert agent.tools["unread"].disabled
    (asked,) = agent.asked
    assert (asked.part, asked.if_granted) == (AgentPart.TOOLS, True)
    (told,) = [each for each in manifest.diagnostics if ".unread" in each.path]
    assert told.severity is Severity.WARNING
    assert told.reason.endswith("but runs that are granted variables ask again")


async def test_sandbox_that_is_away_leaves_the_question_to_each_run() -> None:
    away = SandboxAnswer(failure="the sandbox was away", is_final=False)
    manifest, _ = await answered(AGENTS, away)
    assert sources(manifest) == sources(AGENTS)
    assert not manifest.agents["joined"].disabled
