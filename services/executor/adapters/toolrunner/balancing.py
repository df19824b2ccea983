"""Which of several toolrunners takes the next stream: decisions alone, no I/O and no clock.

A program's streams go to the same toolrunner as long as its load allows, so that its image stays
warm there. The order of toolrunners for a program is that of rendezvous hashing: when one leaves,
only its own programs move. The first one in this order whose load is within a bound of the mean
takes the stream.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

BOUND: Final = 1.25
"""A stream goes to no toolrunner with more than so many times the mean load, and ``SLACK``."""
SLACK: Final = 0.5
STREAM_LOAD: Final = 0.5
"""What a stream counts, in calls: a run waits for its model most of the time."""
FAILURES: Final = 3
"""So many streams that break, with no call answered between, eject a toolrunner."""
FIRST_EJECTION_S: Final = 1.0
LONGEST_EJECTION_S: Final = 30.0
FULL_S: Final = 1.0
"""How long a toolrunner that refused a stream gets no other."""
FORGOTTEN_S: Final = 60.0
"""After so many seconds without another, earlier ejections do not lengthen the next."""
UNTOLD_WORKERS: Final = 4


@dataclass(frozen=True)
class RunnerLoad:
    """What a toolrunner says of its load, over all executors.

    Attributes:
        streams: streams that are open.
        running: calls that run.
        waiting: calls that wait for a worker.
        workers: how many calls run at once.
        draining: it stops, and takes no more streams.
    """

    streams: int = 0
    running: int = 0
    waiting: int = 0
    workers: int = UNTOLD_WORKERS
    draining: bool = False


@dataclass
class _Runner:
    """What is known of a toolrunner; ``since``: by how many its streams grew since it spoke."""

    load: RunnerLoad = RunnerLoad()
    told: bool = False
    there: bool = False
    draining: bool = False
    own: int = 0
    since: int = 0
    failures: int = 0
    ejections: int = 0
    ejected_until: float = 0.0

    @property
    def takes(self) -> bool:
        """Whether it is there, and not about to stop."""
        return self.there and not self.draining

    def weight(self, of_stream: float) -> float:
        """Return its load, in calls for each worker.

        Its word is up to a second old: a stream that began since then has brought as many calls
        as streams have, ``of_stream``, and one that ended has taken as many away.
        """
        changed = self.since if self.told else self.own
        streams = max(0, self.load.streams + changed)
        calls = max(0.0, self.load.running + self.load.waiting + of_stream * changed)
        return (calls + STREAM_LOAD * streams) / max(1, self.load.workers)


class Balancer:
    """What an executor knows of its toolrunners, and its choice; times are monotonic seconds.

    Toolrunners are named by their addresses. What is told of one that is not known is ignored.
    """

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self._runners: dict[str, _Runner] = {}
        self.keep(addresses)

    def __repr__(self) -> str:
        states = {address: self._state(address) for address in self._runners}
        return f"Balancer({states})"

    @property
    def addresses(self) -> Sequence[str]:
        """All toolrunners."""
        return tuple(self._runners)

    @property
    def serving(self) -> bool:
        """Whether any toolrunner takes streams."""
        return any(each.takes for each in self._runners.values())

    def weight(self, address: str) -> float:
        """Return the load of a toolrunner, in calls for each worker; 0 for one not known."""
        found = self._runners.get(address)
        return 0.0 if found is None else found.weight(self._calls_of_stream())

    def _calls_of_stream(self) -> float:
        """Return how many calls a stream has, by the word of all toolrunners."""
        loads = [each.load for each in self._runners.values()]
        streams = sum(each.streams for each in loads)
        return sum(each.running + each.waiting for each in loads) / streams if streams else 0.0

    def keep(self, addresses: Iterable[str]) -> None:
        """Know these toolrunners and no others; what is known of them stays."""
        self._runners = {each: self._runners.get(each) or _Runner() for each in addresses}

    def told(self, address: str, load: RunnerLoad) -> None:
        """Take a toolrunner's word on its load."""
        if found := self._runners.get(address):
            found.load, found.told, found.since = load, True, 0
            found.there, found.draining = True, load.draining

    def answered(self, address: str, *, serves: bool) -> None:
        """Take a toolrunner's answer to whether it serves."""
        if found := self._runners.get(address):
            found.there = True
            found.draining = found.load.draining or not serves

    def silent(self, address: str) -> None:
        """Forget a toolrunner's word on its load, as it does not speak any more."""
        if found := self._runners.get(address):
            found.load, found.told = RunnerLoad(), False

    def away(self, address: str, now: float) -> None:
        """Note that a toolrunner is not there; when it is there again, it waits for a while."""
        found = self._runners.get(address)
        if found and found.there:
            found.there = False
            self.silent(address)
            self._eject(found, now)

    def doubt(self, address: str) -> None:
        """Choose a toolrunner no more until it answers: a connection to it broke."""
        if found := self._runners.get(address):
            found.there = False

    def drains(self, address: str) -> None:
        """Note that a toolrunner has said on a stream that it stops."""
        if found := self._runners.get(address):
            found.draining = True

    def began(self, address: str) -> None:
        """Count a stream of this executor that begins."""
        if found := self._runners.get(address):
            found.own += 1
            found.since += 1

    def ended(self, address: str) -> None:
        """Count a stream of this executor that has ended."""
        if found := self._runners.get(address):
            found.own = max(0, found.own - 1)
            found.since -= 1

    def succeeded(self, address: str) -> None:
        """Note that a call was answered."""
        if found := self._runners.get(address):
            found.failures = 0

    def failed(self, address: str, now: float) -> None:
        """Note that a stream broke; those that break while it is ejected are of one failure."""
        found = self._runners.get(address)
        if found and now >= found.ejected_until:
            found.failures += 1
            if found.failures >= FAILURES:
                found.failures = 0
                self._eject(found, now)

    def full(self, address: str, now: float) -> None:
        """Note that a toolrunner refused a stream, as it has no room."""
        if found := self._runners.get(address):
            found.ejected_until = max(found.ejected_until, now + FULL_S)

    def is_ejected(self, address: str, now: float) -> bool:
        """Return whether a toolrunner is not chosen for now, as long as others are."""
        found = self._runners.get(address)
        return found is not None and now < found.ejected_until

    def choose(self, digest: str, now: float, without: Collection[str] = ()) -> str | None:
        """Return who takes the next stream; None if nobody does.

        One that is ejected is chosen if all others are, too.

        Args:
            digest: the program's.
            now: the time.
            without: who should not be chosen if there is another.
        """
        takers = {name: each for name, each in self._runners.items() if each.takes}
        well = {name: each for name, each in takers.items() if now >= each.ejected_until}
        for group in (_less(well, without), _less(takers, without), well, takers):
            if group:
                of_stream = self._calls_of_stream()
                return _bounded(digest, {n: each.weight(of_stream) for n, each in group.items()})
        return None

    def others(self, now: float, without: Collection[str]) -> bool:
        """Return whether anyone but these may be chosen and is not ejected."""
        return any(
            each.takes and now >= each.ejected_until and name not in without
            for name, each in self._runners.items()
        )

    def _eject(self, found: _Runner, now: float) -> None:
        if now > found.ejected_until + FORGOTTEN_S:
            found.ejections = 0
        length = min(LONGEST_EJECTION_S, FIRST_EJECTION_S * 2.0 ** min(found.ejections, 10))
        found.ejections += 1
        found.ejected_until = max(found.ejected_until, now + length)

    def _state(self, address: str) -> str:
        runner = self._runners[address]
        state = "draining" if runner.draining else "there" if runner.there else "away"
        return f"{state}, {self.weight(address):.2f}"


def _less(group: dict[str, _Runner], without: Collection[str]) -> dict[str, _Runner]:
    return {name: each for name, each in group.items() if name not in without}


def _bounded(digest: str, weights: dict[str, float]) -> str:
    """Return the first in a program's order within the bound; the least loaded always is."""
    bound = BOUND * sum(weights.values()) / len(weights) + SLACK
    fitting = (name for name in weights if weights[name] <= bound)
    return max(fitting, key=lambda name: score(digest, name))


def score(digest: str, address: str) -> bytes:
    """Return the place of a toolrunner in the order of a program, greatest first."""
    return blake2b(f"{digest}\n{address}".encode(), digest_size=8).digest()
