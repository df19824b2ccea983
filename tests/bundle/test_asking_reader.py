"""Which tools the sandbox is asked about, and what becomes of its answers."""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.adapters.bundle_cache import NoManifestCache
from services.executor.agent.scripted import FixedBundles
from services.executor.bundle.intake.asking_reader import AskingBundleReader, questions
from services.executor.bundle.ports import SchemaAnswer
from services.executor.bundle.syntax.diagnostics import MAX_DIAGNOSTICS
from services.executor.clients import OWN_PROCESS, Client
from services.executor.domain import (
    Bundle,
    InlineBundle,
    Manifest,
    Program,
    SchemaSource,
    Severity,
)
from services.executor.schemas.scripted import LocalSchemas
from tests.bundle.reading import LIGHTFAST_IMPORTS, manifest_of

PROGRAM = Program("0" * 64, is_module=True, source=b"")
TOLD = '{"jsonSchema":{"type":"object","properties":{"x":{"type":"string"}}}}'
UNREAD = "schema: unknown()"


class ScriptedAsker:
    """Gives the same answer to every question; ``asked`` holds them."""

    def __init__(self, answer: SchemaAnswer) -> None:
        self._answer = answer
        self.asked: list[tuple[str, str]] = []

    async def ask(
        self, program: Program, tools: Sequence[tuple[str, str]], client: Client
    ) -> tuple[SchemaAnswer, ...]:
        self.asked += tools
        return (self._answer,) * len(tools)

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


async def answered(manifest: Manifest, answer: SchemaAnswer) -> tuple[Manifest, ScriptedAsker]:
    """Return the manifest after the sandbox was asked."""
    asker = ScriptedAsker(answer)
    reader = AskingBundleReader(
        FixedBundles(Bundle(manifest, PROGRAM)), asker, NoManifestCache(), LocalSchemas()
    )
    read = await reader.read(InlineBundle(b""), OWN_PROCESS)
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
    _, asker = await answered(MANIFEST, SchemaAnswer(text=TOLD))
    assert asker.asked == [("a.tools", "unread"), ("a.tools", "vague"), ("a.tools", "none")]


async def test_answer_enables_its_tool_and_replaces_its_error() -> None:
    manifest, _ = await answered(MANIFEST, SchemaAnswer(text=TOLD))
    tools = manifest.agents["a.tools"].tools
    assert [key for key, each in tools.items() if each.disabled] == ["client", "number"]
    assert tools["unread"].schema_source is SchemaSource.SANDBOX
    assert tools["unread"].input_schema == {
        "type": "object",
        "properties": {"x": {"type": "string"}},
    }
    said = [each for each in manifest.diagnostics if ".unread." in each.path]
    assert [each.severity for each in said] == [Severity.INFO]
    assert said[0].reason.endswith("; the schema is the sandbox's word")
    assert "disabled" not in said[0].reason
    assert not questions(manifest)
    untouched = {each for each in MANIFEST.diagnostics if each.severity is Severity.WARNING}
    assert untouched <= set(manifest.diagnostics)


async def test_failed_description_leaves_tool_disabled_and_says_so() -> None:
    failure = SchemaAnswer(failure="the sandbox was away", is_final=False)
    manifest, _ = await answered(MANIFEST, failure)
    assert manifest.agents["a.tools"].tools["unread"].disabled
    (said,) = [each for each in manifest.diagnostics if ".unread." in each.path]
    assert said.severity is Severity.ERROR
    assert said.reason.endswith("; the sandbox was away; the tool is disabled")
    assert questions(manifest) == questions(MANIFEST)


async def test_tool_is_described_even_if_its_diagnostic_was_dropped() -> None:
    approved = "inputSchema: z.object({}), needsApproval: true"
    warned = {f"w{n}": tool(approved, f"u{n}()") for n in range(MAX_DIAGNOSTICS // 2)}
    manifest = bundle(**warned, unread=tool(UNREAD))
    assert not any(".unread." in each.path for each in manifest.diagnostics)
    manifest, asker = await answered(manifest, SchemaAnswer(text=TOLD))
    assert asker.asked == [("a.tools", "unread")]
    assert not manifest.agents["a.tools"].tools["unread"].disabled
