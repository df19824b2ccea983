"""Calls that were made once more, as objects of ``--json`` and as text."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from typing import Final

from services.cli.show.terminal import Terminal, shortened
from services.executor.adapters.toolrunner.comparing_wire import Comparison, Difference
from services.executor.domain import JsonObject

MAX_LINES: Final = 40
MAX_COLUMNS: Final = 300
CONTEXT_LINES: Final = 2


def comparison_object(each: Comparison) -> JsonObject:
    """Return the object of one call; its keys are a contract of the command line."""
    return {
        "callId": each.call_id,
        "agent": each.agent,
        "tool": each.tool,
        "same": each.same,
        "whyNot": each.why_not,
        "changedProgram": each.changed,
        "requests": each.requests,
        "fuel": each.fuel,
        "differences": [asdict(one) for one in each.differences],
        "notes": list(each.notes),
    }


def show_comparison(terminal: Terminal, each: Comparison) -> None:
    """Write a line for the call, and below it how its first difference looks."""
    name = f"{each.agent}.{each.tool} {each.call_id}"
    if each.why_not:
        terminal.parts((name, "bold"), ("  not replayed", "yellow"))
        terminal.line(f"    {each.why_not}", "yellow")
        return
    if each.same:
        terminal.parts((name, "bold"), ("  same", "green"), (f"  {each.fuel:,} fuel", "dim"))
    else:
        whats = ", ".join(one.what for one in each.differences)
        terminal.parts((name, "bold"), (f"  differs: {whats}", "red"))
        for line in diff_of(each.differences[0]):
            style = {"-": "red", "+": "green"}.get(line[:1], "dim")
            terminal.line(f"    {shortened_line(line)}", style)
    for note in each.notes:
        terminal.line(f"    {note}", "yellow")


def diff_of(difference: Difference) -> list[str]:
    """Return the difference as lines, with those of the recording after a minus sign."""
    recorded, now = difference.recorded.split("\n"), difference.now.split("\n")
    found = difflib.unified_diff(recorded, now, n=CONTEXT_LINES, lineterm="")
    lines = [line for line in found if not line.startswith(("---", "+++", "@@"))]
    if not lines:
        lines = ["(the parts that are kept are equal: what differs is a body)"]
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"({len(lines) - MAX_LINES} more lines)"]
    return [f"{difference.what}:", *lines]


def shortened_line(line: str) -> str:
    """Return a line of at most 300 characters, with its indentation."""
    inner = line[1:].lstrip(" ")
    before = line[: len(line) - len(inner)]
    return before + shortened(inner, MAX_COLUMNS)
