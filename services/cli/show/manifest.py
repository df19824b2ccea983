"""A manifest as text: the agents with their tools, then the diagnostics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from rich.table import Table
from rich.text import Text

from services.cli.show.diagnostics import show_diagnostics
from services.cli.show.graph import link_text, show_graph
from services.cli.show.outside_text import clean, one_line
from services.cli.show.schema_summary import summary
from services.cli.show.terminal import Terminal, shortened
from services.cli.show.tools import show_tools
from services.executor.agent_memory import AgentMemory, MemoryScope
from services.executor.agent_parts import (
    AgentPart,
    StepCount,
    StopCondition,
    ValueSource,
)
from services.executor.domain import AgentSpec, Json, Manifest, ToolChoice, ToolChoiceMode
from services.executor.mcp_servers import McpServer, shown_text

SYSTEM_WIDTH = 300
VALUE_WIDTH = 200
DIGEST_NOTE = "(enough to run the bundle on a server that has read it)"


def show_manifest(terminal: Terminal, manifest: Manifest, source: bytes, name: str) -> None:
    """Write the manifest.

    Args:
        terminal: where to write.
        manifest: the manifest.
        source: the bundle's text, for excerpts.
        name: the bundle's name on the command line, for suggested commands.
    """
    count = len(manifest.agents)
    terminal.parts(
        (f"{count} agent{'' if count == 1 else 's'}", "bold"),
        (f" · {manifest.format.value} · {_size(len(source))}", ""),
    )
    terminal.block(Text(f"{manifest.digest}  {DIGEST_NOTE}", style="dim"))
    _show_facts(terminal, [("metadata", _pairs(manifest.metadata))], indent=0)
    show_graph(terminal, manifest)
    for agent in manifest.agents.values():
        _show_agent(terminal, agent, name)
    if manifest.diagnostics:
        show_diagnostics(terminal, manifest.diagnostics, source.decode("utf-8", "replace"))


def _size(count: int) -> str:
    return f"{count} bytes" if count < 10_000 else f"{count / 1000:,.0f} kB"


def _show_agent(terminal: Terminal, agent: AgentSpec, name: str) -> None:
    terminal.line("")
    called = f" ({agent.name})" if agent.name and agent.name != agent.key else ""
    framework = f" · {agent.framework}" if agent.framework else ""
    style, state = ("red", " · disabled") if agent.disabled else ("cyan", "")
    terminal.block(
        Text.assemble(
            (one_line(agent.key), f"bold {style}"),
            (one_line(called), style),
            (framework, "dim"),
            (state, "red"),
        )
    )
    _show_facts(terminal, list(_facts(agent)), indent=2)
    terminal.line("")
    show_tools(terminal, agent, name)


def _facts(agent: AgentSpec) -> Iterator[tuple[str, str]]:
    yield "about", shortened(agent.description, SYSTEM_WIDTH)
    for refusal in agent.refusals:
        what = refusal.path.removeprefix(f"agents.{agent.key}.")
        where = f" (line {refusal.line}, column {refusal.column})" if refusal.line else ""
        yield "refused", f"{what}: {refusal.reason}{where}"
    yield "system", shortened(agent.system, SYSTEM_WIDTH) or _no_system(agent)
    yield "model", ", or else ".join([agent.model or "none", *agent.fallback_models])
    yield "settings", _pairs(agent.settings)
    yield "stops", ", or ".join(_stop(each) for each in agent.stop_conditions)
    yield "hooks", ", ".join(f"{each.name.value} (line {each.line})" for each in agent.hooks)
    yield "must call", _choice(agent.tool_choice)
    if agent.active_tools is not None:
        yield "offers", ", ".join(agent.active_tools) or "no tool"
    yield "hands over", ", ".join(link_text(each) for each in agent.handoffs)
    yield "calls", ", ".join(link_text(each) for each in agent.agent_tools)
    yield "MCP", ", ".join(_server(each) for each in agent.mcp_servers)
    yield "remembers", "" if agent.memory is None else _memory(agent.memory)
    if agent.output_schema is not None:
        yield "answers", summary(agent.output_schema)
    yield "metadata", _pairs(agent.metadata)


def _no_system(agent: AgentSpec) -> str:
    for each in agent.unknown:
        if each.part is AgentPart.INSTRUCTIONS and not each.if_granted:
            when = "once" if each.source is ValueSource.SANDBOX else "in each run"
            return f"asked of the sandbox {when} (line {each.line}, column {each.column})"
    unread = any(each.path == f"agents.{agent.key}.system" for each in agent.refusals)
    return "not known" if unread else "none"


def _pairs(values: Mapping[str, Json]) -> str:
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    return ", ".join(f"{key} {shortened(text, VALUE_WIDTH)}" for key, text in texts.items())


def _stop(condition: StopCondition) -> str:
    if isinstance(condition, StepCount):
        return f"after {condition.steps} step{'' if condition.steps == 1 else 's'}"
    return (
        "once any tool is called" if condition.tool is None else f"once {condition.tool} is called"
    )


def _choice(choice: ToolChoice | None) -> str:
    if choice is None or choice.mode is ToolChoiceMode.AUTO:
        return ""
    words = {ToolChoiceMode.NONE: "no tool", ToolChoiceMode.REQUIRED: "some tool"}
    return words.get(choice.mode, choice.tool)


def _memory(memory: AgentMemory) -> str:
    messages = f"the last {memory.last_messages} messages of a session"
    if memory.working is None:
        return messages
    whose = {MemoryScope.SESSION: "session", MemoryScope.RESOURCE: "resource"}
    kind = "JSON" if memory.working.schema_json else "Markdown"
    return f"{messages}, and notes of its {whose[memory.working.scope]} in {kind}"


def _server(server: McpServer) -> str:
    return f"{server.key} at {shortened(shown_text(server.url), VALUE_WIDTH)}"


def _show_facts(terminal: Terminal, facts: list[tuple[str, str]], *, indent: int) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in facts:
        if value:
            table.add_row(label, Text(" ".join(clean(value).split())))
    if table.row_count:
        terminal.block(table, indent=indent)
