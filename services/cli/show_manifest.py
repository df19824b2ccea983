"""How a manifest looks to a person: a table of tools for each agent, then what was not read."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from services.cli.schema_summary import summary
from services.cli.terminal import Terminal, clean, shortened
from services.executor.domain import AgentSpec, Diagnostic, Manifest, Severity, ToolSpec

SYSTEM_WIDTH = 300
SUMMARY_WIDTH = 400
EXCERPT_WIDTH = 100
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def show_manifest(terminal: Terminal, manifest: Manifest, source: bytes) -> None:
    """Write the manifest; ``source`` is the bundle's text, for excerpts."""
    agents = f"{len(manifest.agents)} agent" + ("" if len(manifest.agents) == 1 else "s")
    terminal.parts((agents, "bold"), (f" · {manifest.format.value} · {manifest.digest}", "dim"))
    for key, value in manifest.metadata.items():
        terminal.line(f"{key}: {shortened(str(value), SYSTEM_WIDTH)}", "dim")
    for agent in manifest.agents.values():
        _show_agent(terminal, agent)
    lines = source.decode("utf-8", "replace").split("\n") if manifest.diagnostics else []
    if manifest.diagnostics:
        terminal.line("")
    for diagnostic in manifest.diagnostics:
        _show_diagnostic(terminal, diagnostic, lines)


def _show_agent(terminal: Terminal, agent: AgentSpec) -> None:
    terminal.line("")
    name = f" ({agent.name})" if agent.name and agent.name != agent.key else ""
    terminal.parts(
        (agent.key, "bold cyan"), (name, "cyan"), (f" · {agent.model or 'no model'}", "dim")
    )
    if agent.description:
        terminal.line("  " + shortened(agent.description, SYSTEM_WIDTH))
    if agent.system:
        terminal.line("  " + shortened(agent.system, SYSTEM_WIDTH), "dim")
    if not agent.tools:
        terminal.line("  no tools", "dim")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    table.add_column("tool", no_wrap=True)
    table.add_column("input", overflow="fold")
    table.add_column("description", overflow="fold")
    table.add_column("schema", no_wrap=True)
    for tool in agent.tools.values():
        table.add_row(*_row(tool))
    terminal.table(table)


def _row(tool: ToolSpec) -> tuple[Text, Text, Text, Text]:
    style = "red" if tool.disabled else "green"
    shape = "not readable: disabled" if tool.input_schema is None else summary(tool.input_schema)
    origin = tool.schema_source.value.lower() if tool.schema_source else "none"
    return (
        Text(clean(tool.key), style=f"bold {style}"),
        Text(shortened(shape, SUMMARY_WIDTH)),
        Text(shortened(tool.description, SUMMARY_WIDTH), style="dim"),
        Text(origin, style="dim"),
    )


def _show_diagnostic(terminal: Terminal, diagnostic: Diagnostic, lines: list[str]) -> None:
    place = f" at {diagnostic.line}:{diagnostic.column}" if diagnostic.line else ""
    style = STYLES[diagnostic.severity]
    terminal.parts(
        (diagnostic.severity.value, style),
        (f" {diagnostic.path}", "bold"),
        (place, "dim"),
        (f": {diagnostic.reason}", ""),
    )
    if 0 < diagnostic.line <= len(lines):
        show_excerpt(terminal, lines[diagnostic.line - 1], diagnostic.line, diagnostic.column)


def show_excerpt(terminal: Terminal, text: str, line: int, column: int) -> None:
    """Write one line of source, cut around a column of a long one, with a mark below it."""
    start = max(0, column - 1 - EXCERPT_WIDTH // 2) if len(text) > EXCERPT_WIDTH else 0
    shown = clean(text[start : start + EXCERPT_WIDTH]).replace("\t", " ").replace("\n", " ")
    before = "…" if start else ""
    after = "…" if start + EXCERPT_WIDTH < len(text) else ""
    margin = f"  {line} │ "
    terminal.line(f"{margin}{before}{shown}{after}", "dim")
    if column:
        indent = " " * (len(margin) + len(before) + column - 1 - start)
        terminal.line(f"{indent}^", "yellow")
