"""Loads a program, or, where that fails, the part of it that its agents and tools need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.wire import LoadFailed, Opened, Opening
from services.executor.bundle.ports import Slicer
from services.executor.domain import ConsoleLine, FailureKind, ProgramSlice

SLICED = frozenset(
    {
        FailureKind.FUEL_EXHAUSTED,
        FailureKind.MEMORY_EXCEEDED,
        FailureKind.STACK_OVERFLOW,
        FailureKind.DEADLINE_EXCEEDED,
        FailureKind.NEVER_SETTLED,
    }
)
"""The failures of a load after which a part of the program may load: it took too much, or no end.

A program that failed by itself is not loaded in part: what failed may have been a check.
"""
REASON_CHARACTERS = 300
KEPT = "an earlier load of all of it failed, or the deployment prefers it so"


@dataclass(frozen=True)
class Loaded:
    """A stream whose program is loaded, how it was opened, and how the load ended.

    ``part`` is set if a part of the program was loaded; the console says why.
    """

    link: RunnerLink
    opening: Opening
    opened: Opened | LoadFailed
    part: ProgramSlice | None = None


async def sliced_opening(
    opening: Opening, slicer: Slicer | None
) -> tuple[Opening, ProgramSlice | None]:
    """Return what to open a stream with, and the part of the program that it names, if any."""
    part = None if slicer is None else await slicer.preferred(opening.program)
    return (opening, None) if part is None else (replace(opening, program=part.program), part)


async def loaded(
    link: RunnerLink,
    opening: Opening,
    slicer: Slicer | None,
    start: Callable[[Opening], RunnerLink],
    part: ProgramSlice | None = None,
) -> Loaded:
    """Wait for the load of a stream; if it fails, load what the agents need on another.

    The stream that failed is closed then. Raises what ``RunnerLink.opened`` raises.

    Args:
        link: the stream.
        opening: what it was opened with.
        slicer: makes parts; None for none.
        start: opens another stream.
        part: the part of the program that ``opening`` names, if it does.
    """
    opened = await link.opened()
    if part is not None and isinstance(opened, Opened):
        return Loaded(link, opening, _told(opened, part, KEPT), part)
    if slicer is None or part is not None or not isinstance(opened, LoadFailed):
        return Loaded(link, opening, opened)
    if opened.failure.kind not in SLICED:
        return Loaded(link, opening, opened)
    tried = await slicer.part(opening.program)
    if tried is None:
        return Loaded(link, opening, opened)
    another = replace(opening, program=tried.program)
    second = start(another)
    try:
        again = await second.opened()
    except BaseException:
        await second.close()
        raise
    slicer.keep(opening.program, loads=isinstance(again, Opened))
    if isinstance(again, LoadFailed):
        await second.close()
        return Loaded(link, opening, opened)
    await link.close()
    return Loaded(second, another, _told(again, tried, _reason(opened)), tried)


def _reason(failed: LoadFailed) -> str:
    failure = failed.failure
    message = failure.message[:REASON_CHARACTERS].rstrip(".")
    return f"all of it could not be loaded ({failure.kind.value}: {message})"


def _told(opened: Opened, part: ProgramSlice, reason: str) -> Opened:
    """Return how the load ended, with a warning that says what was left out and why."""
    text = (
        "Only the part of the bundle that its agents and tools need was loaded: "
        f"{part.omitted:,} of {part.statements:,} statements of its top level, and of its modules, "
        f"were left out, since {reason}."
    )
    return replace(opened, console=(ConsoleLine("warn", text), *opened.console))
