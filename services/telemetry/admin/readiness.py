"""Whether a service is ready: named checks, the one truth of its HTTP and its gRPC health."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

NOT_YET: Final = "not checked yet"
DRAINING: Final = "it is stopping, and takes no new work"


@dataclass(frozen=True)
class Check:
    """What one check found: empty ``trouble`` is a pass."""

    name: str
    trouble: str = ""


class Readiness:
    """The checks of one service.

    It has started once every check has passed, and is ready while all pass and it does not drain.

    Args:
        changed: called with whether it is ready after each change of a check.
        names: the checks, in the order in which they are shown; none has passed at first.
    """

    def __init__(self, changed: Callable[[bool], None], *names: str) -> None:
        self._changed = changed
        self._troubles = dict.fromkeys(names, NOT_YET)
        self._started = self._draining = False

    def __repr__(self) -> str:
        failed = [check.name for check in self.checks if check.trouble]
        return f"Readiness(ready={self.ready}, failed={failed})"

    @property
    def checks(self) -> Sequence[Check]:
        """What each check found last; the last one fails while the service drains."""
        found = [Check(name, trouble) for name, trouble in self._troubles.items()]
        return *found, Check("drain", DRAINING if self._draining else "")

    @property
    def started(self) -> bool:
        """Whether it was ready once."""
        return self._started

    @property
    def ready(self) -> bool:
        """Whether all checks pass, and it is not stopping."""
        return not any(check.trouble for check in self.checks)

    def note(self, name: str, trouble: str = "") -> bool:
        """Record what a check found; return whether that is news.

        Args:
            name: one of the checks.
            trouble: why it failed; it names no host and no path, since anyone may read it.
        """
        was = self._troubles[name]
        if trouble == was:
            return False
        self._troubles[name] = trouble
        self._started = self._started or self.ready
        self._changed(self.ready)
        return bool(trouble) != bool(was)

    def drain(self) -> None:
        """Be ready no more: the service is stopping."""
        self._draining = True
        self._changed(False)
