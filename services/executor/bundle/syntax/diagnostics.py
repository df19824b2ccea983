"""Collects what could not be read, in source order and without duplicates."""

from __future__ import annotations

from services.executor.bundle.syntax.syntax import Node, span
from services.executor.domain import Diagnostic, Refusal, Severity

MAX_DIAGNOSTICS = 500
MAX_REASON = 500
MAX_REFUSALS = 20


class Diagnostics:
    """The diagnostics of one bundle; those past 500 are counted and left out.

    Why an agent is disabled is never left out: an agent may have 20 reasons for it.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int, int], Diagnostic] = {}
        self._left_out = 0
        self._refusals: list[Refusal] = []

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Diagnostics({len(self._found)})"

    def add(self, severity: Severity, path: str, reason: str, node: Node = None) -> None:
        """Add one; the reason is a clause or a sentence, the node says where."""
        where = span(node)
        self.put(
            Diagnostic(severity, path[:MAX_REASON], reason[:MAX_REASON], where.line, where.column)
        )

    def put(self, diagnostic: Diagnostic) -> None:
        """Add a ready-made diagnostic."""
        key = (diagnostic.path, diagnostic.reason, diagnostic.line, diagnostic.column)
        if key in self._found:
            return
        if len(self._found) >= MAX_DIAGNOSTICS:
            self._left_out += 1
            return
        self._found[key] = diagnostic

    def refuse(self, path: str, reason: str, node: Node = None) -> None:
        """Disable the agent that is being read: the reason is a clause, the node says where."""
        where = span(node)
        refusal = Refusal(path[:MAX_REASON], reason[:MAX_REASON], where.line, where.column)
        if len(self._refusals) < MAX_REFUSALS and refusal not in self._refusals:
            self._refusals.append(refusal)
            told = refusal.diagnostic()
            self._found[(told.path, told.reason, told.line, told.column)] = told

    def take_refusals(self) -> tuple[Refusal, ...]:
        """Return why the agent that was read is disabled, and begin the next agent's."""
        taken, self._refusals = tuple(self._refusals), []
        return taken

    def info(self, path: str, reason: str, node: Node = None) -> None:
        """Add a note for information; nothing is lost."""
        self.add(Severity.INFO, path, reason, node)

    def warning(self, path: str, reason: str, node: Node = None) -> None:
        """Add a warning about what is left out; the rest works."""
        self.add(Severity.WARNING, path, reason, node)

    def error(self, path: str, reason: str, node: Node = None) -> None:
        """Add why an agent or a tool cannot be used."""
        self.add(Severity.ERROR, path, reason, node)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Return all, by line and column."""
        found = sorted(self._found.values(), key=lambda d: (d.line, d.column, d.path))
        if self._left_out:
            reason = f"{self._left_out} more diagnostics are left out"
            found.append(Diagnostic(Severity.INFO, "", reason))
        return tuple(found)
