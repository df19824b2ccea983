"""Shows deployed agents, their versions, and how these differ."""

from __future__ import annotations

from typing import Final

from services.cli.client.agents_wire import ShownAgent, ShownChange, ShownDeployment, ShownVersion
from services.cli.show.outside_text import one_line
from services.cli.show.terminal import Terminal

MAX_TEXT: Final = 200
DIGEST_CHARACTERS: Final = 19  # sha256: and twelve digits


def show_deployment(terminal: Terminal, found: ShownDeployment, *, dry_run: bool) -> None:
    """Show a version that was deployed, or would be, and what is different."""
    version = found.version
    show_version(terminal, version)
    if found.before and found.before != version.version:
        terminal.line(f"  changes since {version.name}@{found.before}:", "dim")
        if not found.changes:
            terminal.line("    none that can be read from the bundle", "dim")
        for change in found.changes:
            show_change(terminal, change)
        if found.change_count > len(found.changes):
            terminal.line(f"    and {found.change_count - len(found.changes)} more", "dim")
    if dry_run:
        terminal.remark("Nothing was deployed.")
    elif not version.approved:
        remark = f"It runs once its reach is approved: caisson agents approve {version.name}"
        terminal.remark(f"{remark} {version.version}")


def show_version(terminal: Terminal, version: ShownVersion) -> None:
    """Show a version and what it may reach."""
    details = [version.digest[:DIGEST_CHARACTERS], version.approval, version.created]
    terminal.parts(
        (f"{version.name}@{version.version}", "bold"),
        (f" · {' · '.join(filter(None, details))}", "dim"),
        (f" · {version.agents}" if version.agents else "", ""),
    )
    for line in version.reach:
        terminal.line(f"  {line}", "dim")
    for sentence in version.wider:
        terminal.line(f"  wider: {sentence}", "" if version.approved else "yellow")


def show_change(terminal: Terminal, change: ShownChange) -> None:
    """Show a difference."""
    terminal.parts((f"    {change.subject} ", "cyan"), (change.path, ""))
    if change.before:
        terminal.line(f"      - {_cut(change.before)}", "red")
    if change.after:
        terminal.line(f"      + {_cut(change.after)}", "green")


def show_agent(terminal: Terminal, agent: ShownAgent) -> None:
    """Show an agent and its labels."""
    terminal.parts(
        (agent.name, "bold"),
        (f" · latest {agent.latest} · {agent.told or 'no label'}", "dim"),
    )


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 3]}..."
