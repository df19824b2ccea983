"""Diagnostics of a bundle, each with the line of source that it refers to."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from services.cli.show.outside_text import clean
from services.cli.show.terminal import Terminal
from services.executor.bundle.syntax.excerpts import excerpt_of, line_of
from services.executor.domain import Diagnostic, Severity

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
MAX_SHOWN = 100
MAX_PATHS = 4


def show_diagnostics(terminal: Terminal, diagnostics: Sequence[Diagnostic], source: str) -> None:
    """Write the diagnostics, the most severe first; ``source`` is the bundle's text.

    Diagnostics with the same position and reason are shown together.
    """
    if not diagnostics:
        return
    terminal.line("")
    terminal.parts(*_counts(diagnostics))
    alike: dict[tuple[Severity, int, int, str], list[Diagnostic]] = {}
    for each in diagnostics:
        alike.setdefault((each.severity, each.line, each.column, each.reason), []).append(each)
    order = list(STYLES)
    groups = sorted(alike.values(), key=lambda group: order.index(group[0].severity))
    for group in groups[:MAX_SHOWN]:
        terminal.line("")
        _show(terminal, group, source)
    if len(groups) > MAX_SHOWN:
        terminal.line("")
        left = sum(map(len, groups[MAX_SHOWN:]))
        terminal.line(f"--json shows {left} more.", "dim")


def _counts(diagnostics: Sequence[Diagnostic]) -> list[tuple[str, str]]:
    """Return "1 error, 3 warnings and 2 notes"."""
    parts: list[tuple[str, str]] = []
    for severity, style in STYLES.items():
        count = sum(1 for each in diagnostics if each.severity is severity)
        if count:
            parts.append((f"{count} {WORDS[severity]}{'' if count == 1 else 's'}", style))
    separated: list[tuple[str, str]] = []
    for index, part in enumerate(parts):
        if index:
            separated.append((" and " if index == len(parts) - 1 else ", ", ""))
        separated.append(part)
    return separated


def _show(terminal: Terminal, group: Sequence[Diagnostic], source: str) -> None:
    first = group[0]
    place = f"  line {first.line}, column {first.column}" if first.line else ""
    word = WORDS[first.severity]
    for index, each in enumerate(group[:MAX_PATHS]):
        path = _one_line(each.path) or "the bundle"
        lead = (word, STYLES[first.severity]) if index == 0 else (" " * len(word), "")
        terminal.block(Text.assemble(lead, (f" {path}", "bold"), ("" if index else place, "dim")))
    if len(group) > MAX_PATHS:
        terminal.line(f"{' ' * len(word)} and {len(group) - MAX_PATHS} more")
    terminal.block(Text(_one_line(first.reason)), indent=2)
    line = line_of(source, first.line) if first.line else None
    if line is not None:
        _show_line(terminal, line, first.line, first.column)


def _show_line(terminal: Terminal, text: str, line: int, column: int) -> None:
    margin = f"  {line} │ "
    excerpt = excerpt_of(text, column, max(20, terminal.width - len(margin)))
    terminal.parts((margin, "dim"), (excerpt.text, ""))
    if column:
        bar = margin.replace(str(line), " " * len(str(line)))
        terminal.parts((bar, "dim"), (" " * excerpt.mark + "^", STYLES[Severity.WARNING]))


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
