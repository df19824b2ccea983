"""Warms workers: loads frequently called programs into workers that lack them.

A call in a worker without its program's image waits for a load, which takes a hundred times as long
as most calls. Warming loads run at idle priority while nothing waits, and are cancelled as soon as
something does.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.toolrunner.domain import FailureKind, Limits, Outcome, Program
from services.toolrunner.pool.live_worker import LiveWorker
from services.toolrunner.pool.shared_load import SharedLoad
from services.toolrunner.pool.work import Work
from services.toolrunner.tenants import Tenant

OFTEN: Final = 8
"""After every so many calls of a program, look for workers without it."""
PROGRAMS_KNOWN: Final = 32


@dataclass(slots=True)
class _Known:
    program: weakref.ref[Program]
    tenant: Tenant
    uses: int = 0


class Warming:
    """Tracks the programs of recent calls, and loads those that are called often.

    Args:
        workers: all workers, now and later.
        limits: of a load.
    """

    def __init__(self, workers: Sequence[LiveWorker], limits: Limits) -> None:
        self._workers = workers
        self._limits = limits
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._under_way: dict[LiveWorker, Work] = {}

    def __repr__(self) -> str:
        return f"<Warming {len(self._under_way)} workers, {len(self._known)} programs known>"

    def warms(self, worker: LiveWorker) -> bool:
        """Return whether a worker runs only a warming load."""
        return worker in self._under_way

    def used(self, work: Work) -> None:
        """Record that a call starts."""
        known = self._known.get(work.key)
        if known is None:
            known = self._known[work.key] = _Known(weakref.ref(work.program), work.tenant)
            if len(self._known) > PROGRAMS_KNOWN:
                self._known.popitem(last=False)
        self._known.move_to_end(work.key)
        known.uses += 1
        if known.uses > 0 and known.uses % OFTEN == 0:
            for worker in self._workers:
                self._load(worker, known)

    def ran_long(self, tenant: Tenant) -> None:
        """Record a tenant's long call, which as many short calls as count as often must offset."""
        for known in self._known.values():
            if known.tenant == tenant:
                known.uses = max(0, known.uses - OFTEN)

    def warm(self, worker: LiveWorker) -> None:
        """Start to load what an idle worker lacks, the most recent program first."""
        for known in reversed(self._known.values()):
            if known.uses >= OFTEN and self._load(worker, known):
                return

    def give_up(self) -> None:
        """Cancel all loads in progress: something waits for a worker."""
        for worker, work in tuple(self._under_way.items()):
            worker.cancel(work)

    def _load(self, worker: LiveWorker, known: _Known) -> bool:
        """Start a load where it holds up nothing; return whether it started."""
        program = known.program()
        if program is None or not worker.idle or worker.waiting:
            return False
        key = program.image_key
        beside = (each for each in self._workers if each is not worker)
        if worker.holds(key) or not any(each.idle or each.quick for each in beside):
            return False
        sink = _Ended(lambda outcome: self._ended(worker, key, outcome))
        work = sink.work = Work(program, None, self._limits, sink, known.tenant)
        work.retried = True  # a lost warming load is not missed
        self._under_way[worker] = work
        worker.begin(work)
        worker.give_way()
        return True

    def _ended(self, worker: LiveWorker, key: str, outcome: Outcome) -> None:
        del self._under_way[worker]
        if outcome.failure is None:
            asyncio.get_running_loop().call_soon(self.warm, worker)
        elif outcome.failure.kind is not FailureKind.CANCELLED:
            self._known.pop(key, None)


class _Ended(SharedLoad):
    """The sink of a load that no one waits for."""

    def __init__(self, on_end: Callable[[Outcome], None]) -> None:
        super().__init__(lambda: None)
        self._on_end = on_end

    def ended(self, outcome: Outcome) -> None:
        """Report how it ended."""
        self._on_end(outcome)
