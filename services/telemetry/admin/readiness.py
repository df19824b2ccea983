"""Whether a service is ready: named checks, the one truth of its HTTP and its gRPC health."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

OK: Final = "ok"
NOT_YET: Final = "not yet"
STARTING: Final = "it is starting"
DRAINING: Final = "it is stopping, and takes no new work"
START: Final = "start"
DRAIN: Final = "drain"


class Readiness:
    """The checks of one service.

    It is ready from ``begin`` on, while no check fails, until ``drain``. A check that has not been
    made yet does not fail. It has started once it has begun, and the checks that starting takes
    have passed once.

    Args:
        changed: called with whether it is ready, after each change.
        names: the checks, in the order in which they are shown.
        starting: those of them that starting takes.
    """

    def __init__(
        self, changed: Callable[[bool], None], names: Sequence[str], starting: Sequence[str] = ()
    ) -> None:
        self._changed = changed
        self._found: dict[str, str] = {START: STARTING, **dict.fromkeys(names, NOT_YET), DRAIN: OK}
        self._starting = {START, *starting}

    def __repr__(self) -> str:
        return f"Readiness({self._found})"

    @property
    def checks(self) -> Mapping[str, str]:
        """What each check found last: ``ok``, ``not yet``, or why it failed."""
        return dict(self._found)

    @property
    def waits_for(self) -> Mapping[str, str]:
        """The checks that starting still takes, as ``checks`` shows them."""
        return {name: self._found[name] for name in self._found if name in self._starting}

    @property
    def started(self) -> bool:
        """Whether it has started, whatever has failed since."""
        return not self._starting

    @property
    def ready(self) -> bool:
        """Whether it takes work."""
        return all(found in (OK, NOT_YET) for found in self._found.values())

    def note(self, name: str, trouble: str = "") -> None:
        """Record what a check found.

        Args:
            name: one of the checks.
            trouble: why it failed; it names no host and no path, since anyone may read it.
        """
        found = trouble or OK
        if found == OK:
            self._starting.discard(name)
        if found != self._found[name]:
            self._found[name] = found
            self._changed(self.ready)

    def begin(self) -> None:
        """Take work from now on."""
        self.note(START)

    def drain(self) -> None:
        """Take no work any more: the service is stopping."""
        self.note(DRAIN, DRAINING)
