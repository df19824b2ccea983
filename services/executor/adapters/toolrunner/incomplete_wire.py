"""What the toolrunner says of a bundle whose top level failed halfway, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.domain import ConsoleLine, with_name

MOST_FAULTS: Final = 5
MOST_TOOLS: Final = 40
TEXT_CHARACTERS: Final = 400


@dataclass(frozen=True)
class LoadFault:
    """A statement of the top level that failed; ``place`` is empty when it is not known."""

    place: str
    kind: str
    name: str
    message: str


@dataclass(frozen=True)
class IncompleteLoad:
    """A load whose top level failed halfway.

    ``agents`` are those that were made, with the keys of their tools; None when calls make them.
    """

    faults: tuple[LoadFault, ...]
    agents: dict[str, tuple[str, ...] | None]


def incomplete_of(opened: pb.Opened) -> IncompleteLoad | None:
    """Return what is known of a load that failed halfway; None for one that did not."""
    if not opened.HasField("incomplete"):
        return None
    given = opened.incomplete
    return IncompleteLoad(
        tuple(_fault(each) for each in given.faults),
        {each.key: None if each.tools_unknown else tuple(each.tools) for each in given.agents},
    )


def _fault(fault: pb.LoadFault) -> LoadFault:
    failure = fault.failure
    kind = pb.FailureKind.Name(failure.kind).removeprefix("FAILURE_KIND_")
    return LoadFault(fault.place, kind, failure.name, failure.message[:TEXT_CHARACTERS])


def lines_of(incomplete: IncompleteLoad | None) -> tuple[ConsoleLine, ...]:
    """Return the warnings that tell of it, a line for each statement, then what can be used."""
    if incomplete is None:
        return ()
    faults = incomplete.faults[:MOST_FAULTS]
    texts = [f"The bundle's top level failed{_told(each)}" for each in faults]
    if more := len(incomplete.faults) - len(faults):
        texts.append(f"{more} more statements of the bundle's top level failed.")
    texts.append(f"What can be used all the same: {_usable(incomplete)}.")
    return tuple(ConsoleLine("warn", text) for text in texts)


def _told(fault: LoadFault) -> str:
    where = f" at {fault.place}" if fault.place else ""
    return f"{where}: {with_name(fault.name, fault.message)}"


def _usable(incomplete: IncompleteLoad) -> str:
    names = []
    for agent, tools in incomplete.agents.items():
        if tools is None:
            names.append(f"{agent} (its tools are made by each call)")
        names += [f"{agent}.{tool}" for tool in tools or ()]
    rest = len(names) - MOST_TOOLS
    listed = ", ".join(names[:MOST_TOOLS]) or "agents without tools"
    return f"{listed} and {rest} more tools" if rest > 0 else listed
