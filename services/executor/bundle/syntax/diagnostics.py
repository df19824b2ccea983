"""Collects what could not be read, in source order and without duplicates."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.agent_parts import AgentHook, AgentPart, AskedPart, HookName, ValueSource
from services.executor.bundle.syntax.syntax import Node, span
from services.executor.domain import Diagnostic, Refusal, Severity

MAX_DIAGNOSTICS = 500
MAX_REASON = 500
MAX_REFUSALS = 20
MAX_UNREAD = 20
HOOK_REASON = "it is a function of the bundle"


@dataclass(frozen=True)
class Unread:
    """A part of an agent that cannot be read, why, and where.

    ``returned`` is set if it is what a function of the context returns. ``otherwise`` is what holds
    if the sandbox is not asked for it; empty if the agent cannot run then.
    """

    part: AgentPart
    path: str
    reason: str
    node: Node
    returned: bool
    otherwise: str


def asked_diagnostic(asked: AskedPart) -> Diagnostic:
    """Return how a manifest reports a part that the sandbox is asked for."""
    when = "once" if asked.source is ValueSource.SANDBOX else "in each run"
    reason = f"{asked.reason}; the sandbox is asked for it {when}"
    return Diagnostic(Severity.INFO, asked.path, reason, asked.line, asked.column)


def hook_diagnostic(hook: AgentHook) -> Diagnostic:
    """Return how a manifest reports a hook of an agent."""
    reason = f"{HOOK_REASON}; the sandbox runs it where the framework does"
    return Diagnostic(Severity.INFO, hook.path, reason, hook.line, hook.column)


class Diagnostics:
    """The diagnostics of one bundle; those past 500 are counted and left out.

    Why an agent is disabled is never left out: an agent may have 20 reasons for it.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int, int], Diagnostic] = {}
        self._left_out = 0
        self._refusals: list[Refusal] = []
        self._unread: dict[tuple[AgentPart, str], Unread] = {}
        self._hooks: dict[HookName, AgentHook] = {}

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

    def ask(
        self,
        part: AgentPart,
        path: str,
        reason: str,
        node: Node = None,
        *,
        returned: bool = False,
        otherwise: str = "",
    ) -> None:
        """Note that only running the bundle tells a part of the agent that is being read.

        The arguments are those of ``Unread``; of several reasons at a path, the first counts. At
        most 20 paths of a part are kept: one is reason enough to ask.
        """
        unread = Unread(
            part, path[:MAX_REASON], reason[:MAX_REASON], node, returned, otherwise[:MAX_REASON]
        )
        of_part = [path for each, path in self._unread if each is part]
        if len(of_part) < MAX_UNREAD:
            self._unread.setdefault((part, unread.path), unread)

    def take_unread(self) -> tuple[Unread, ...]:
        """Return what is to be asked of the agent that was read, and begin the next agent's."""
        taken, self._unread = tuple(self._unread.values()), {}
        return taken

    def hook(self, name: HookName, path: str, node: Node = None) -> None:
        """Note a hook of the agent that is being read, which the sandbox runs; the first counts."""
        where = span(node)
        found = AgentHook(name, path[:MAX_REASON], where.line, where.column)
        if self._hooks.setdefault(name, found) is found:
            self.put(hook_diagnostic(found))

    def take_hooks(self) -> tuple[AgentHook, ...]:
        """Return the hooks of the agent that was read, by place, and begin the next agent's."""
        taken, self._hooks = sorted(self._hooks.values(), key=lambda h: (h.line, h.column)), {}
        return tuple(taken)

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
