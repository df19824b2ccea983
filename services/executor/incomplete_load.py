"""A bundle whose top level failed halfway: what was made of it, and how that is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.executor.domain import ConsoleLine, with_name

MOST_FAULTS: Final = 5
MOST_TOOLS: Final = 40
KEY_CHARACTERS: Final = 128
"""The runner cuts longer keys."""
MOST_LISTED: Final = {"agents": 64, "tools": 1024}
"""How many of each the runner lists at most."""


@dataclass(frozen=True)
class LoadFault:
    """A statement of the top level that failed; ``place`` is empty when it is not known."""

    place: str
    kind: str
    name: str
    message: str

    @property
    def told(self) -> str:
        """Where it failed and with what, as the end of a sentence."""
        where = f" at {self.place}" if self.place else ""
        return f"{where}: {with_name(self.name, self.message)}"


@dataclass(frozen=True)
class UnusableTool:
    """A tool that cannot be called, or all of its agent if ``tool`` is empty, and why.

    ``may_run``: a call fails only if it needs what was not made.
    """

    agent: str
    tool: str
    why: str
    may_run: bool


@dataclass(frozen=True)
class IncompleteLoad:
    """A load whose top level failed halfway.

    ``agents`` are those that were made, with the keys of their usable tools; None when calls make
    them. ``unusable`` is what cannot be used of them, as far as that is known.
    """

    faults: tuple[LoadFault, ...]
    agents: dict[str, tuple[str, ...] | None]
    unusable: tuple[UnusableTool, ...] = ()

    def out_of_use(self, agent: str, tools: Iterable[str]) -> dict[str, str]:
        """Return which of an agent's tools, by key, a call cannot reach, and why."""
        sure = {each.tool: each.why for each in self.unusable if self._is(each, agent)}
        out = {}
        for tool in tools:
            why = sure.get(tool[:KEY_CHARACTERS]) or sure.get("")
            if why is None and self._lacks(agent, tool):
                why = f"it was not made{self.faults[0].told if self.faults else ''}"
            if why is not None:
                out[tool] = why
        return out

    @staticmethod
    def _is(each: UnusableTool, agent: str) -> bool:
        return each.agent == agent[:KEY_CHARACTERS] and not each.may_run

    def _lacks(self, agent: str, tool: str) -> bool:
        """Return whether an agent's list of usable tools, if it has one, is without a tool."""
        made = self.agents.get(agent)
        listed = sum(len(tools or ()) for tools in self.agents.values())
        whole = listed < MOST_LISTED["tools"] and len(self.agents) < MOST_LISTED["agents"]
        return made is not None and whole and tool[:KEY_CHARACTERS] not in made


def lines_of(incomplete: IncompleteLoad | None) -> tuple[ConsoleLine, ...]:
    """Return the warnings that tell of it, a line for each statement, then what can be used."""
    if incomplete is None:
        return ()
    faults = incomplete.faults[:MOST_FAULTS]
    texts = [f"The bundle's top level failed{each.told}" for each in faults]
    if more := len(incomplete.faults) - len(faults):
        texts.append(f"{more} more statements of the bundle's top level failed.")
    texts.append(f"What can be used all the same: {_usable(incomplete)}.")
    texts += _unusable_texts(incomplete)
    return tuple(ConsoleLine("warn", text) for text in texts)


def _unusable_texts(incomplete: IncompleteLoad) -> list[str]:
    """Return a line for each reason why tools cannot be used, and for how many are not shown."""
    shown = incomplete.unusable[:MOST_TOOLS]
    by_reason: dict[tuple[bool, str], list[str]] = {}
    for each in shown:
        name = f"{each.agent}.{each.tool}" if each.tool else f"all tools of {each.agent}"
        by_reason.setdefault((each.may_run, each.why), []).append(name)
    texts = [
        f"{'May fail' if may_run else 'Cannot be called'}: {', '.join(names)}, since {why}"
        for (may_run, why), names in by_reason.items()
    ]
    if more := len(incomplete.unusable) - len(shown):
        texts.append(f"{more} more tools cannot be called or may fail.")
    return texts


def _usable(incomplete: IncompleteLoad) -> str:
    names = []
    for agent, tools in incomplete.agents.items():
        if tools is None:
            names.append(f"{agent} (its tools are made by each call)")
        names += [f"{agent}.{tool}" for tool in tools or ()]
    rest = len(names) - MOST_TOOLS
    listed = ", ".join(names[:MOST_TOOLS]) or "agents without tools"
    return f"{listed} and {rest} more tools" if rest > 0 else listed
