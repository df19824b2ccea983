"""What the code of a tool can reach, as read from source."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.agent_parts import HeaderUse


@dataclass(frozen=True)
class ReachGap:
    """A place where the analysis of a tool's reach ends; line and column as in ``Diagnostic``."""

    reason: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Reach:
    """What a tool's code can reach, found by static analysis; every tuple is sorted.

    ``globals`` of the runtime, ``modules`` from outside the bundle, names in ``env``, ``hosts`` of
    literal URLs as fetch rules; ``missing`` are globals and modules that the sandbox lacks.
    ``headers`` has the names in ``env`` that are sent in headers and not used otherwise,
    ``addresses`` those that are used as an address or a path.
    """

    globals: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    gaps: tuple[ReachGap, ...] = ()
    headers: tuple[HeaderUse, ...] = ()
    addresses: tuple[str, ...] = ()
