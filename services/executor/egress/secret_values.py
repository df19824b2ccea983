"""The values of secrets: asked of their sources when a run opens, and kept for a bounded time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.executor.egress.secrets import MissingValue, SecretBinding, SecretSource, check_value
from services.executor.errors import SetupError

logger = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""How many values of one run are asked for at once."""
AGAIN_S: Final = 1.0
"""How soon a source is asked again after it had no value."""


async def values_of(
    bindings: Sequence[SecretBinding],
) -> list[tuple[SecretBinding, str | MissingValue]]:
    """Return the values of secrets, or why they have none; what is not usable is none."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def value_of(binding: SecretBinding) -> str | MissingValue:
        async with slots:
            try:
                return check_value(binding.name, await binding.source.value(binding.name))
            except SetupError as error:
                logger.warning("the secret %s cannot be used: %s", binding.name, error.message)
                return MissingValue(error.message)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(value_of(each)) for each in bindings]
    return [(binding, task.result()) for binding, task in zip(bindings, tasks, strict=True)]


@dataclass(frozen=True)
class _Kept:
    """A value, and when it was asked for."""

    value: str = field(repr=False)
    asked_s: float


class KeptSecrets:
    """Asks another source, once for all who wait, and keeps its values for a while.

    A value that was replaced at its source counts for the runs that begin after ``fresh_s``.

    Args:
        source: is asked.
        fresh_s: seconds for which a value is used without asking again.
        stale_s: seconds for which it is used while the source fails.
        clock: a clock that only goes forward, in seconds.
    """

    def __init__(
        self, source: SecretSource, fresh_s: float, stale_s: float, clock: Callable[[], float]
    ) -> None:
        self._source = source
        self._fresh_s = fresh_s
        self._stale_s = max(fresh_s, stale_s)
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, tuple[float, SetupError]] = {}
        self._asking: dict[str, asyncio.Task[str]] = {}

    def __repr__(self) -> str:
        """Show the source, and how many values are kept."""
        return f"KeptSecrets({self._source!r}, {len(self._kept)})"

    async def value(self, name: str) -> str:
        """Return the value of a secret; see ``SecretSource.value``."""
        kept = self._kept.get(name)
        if kept is not None and self._clock() - kept.asked_s < self._fresh_s:
            return kept.value
        try:
            return await self._asked(name)
        except SetupError as error:
            if kept is None or self._clock() - kept.asked_s >= self._stale_s:
                self._kept.pop(name, None)
                raise SetupError(error.message) from None
            logger.warning("the last value of the secret %s is used: %s", name, error.message)
            return kept.value

    async def _asked(self, name: str) -> str:
        failed_s, error = self._failed.get(name, (0.0, None))
        if error is not None and self._clock() - failed_s < AGAIN_S:
            raise SetupError(error.message)
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._ask(name))
            asking.add_done_callback(lambda done: self._ended(name, done))
        # Who is cancelled leaves it to the others; its value is kept in any case.
        return await asyncio.shield(asking)

    async def _ask(self, name: str) -> str:
        asked_s = self._clock()
        value = await self._source.value(name)
        self._kept[name] = _Kept(value, asked_s)
        return value

    def _ended(self, name: str, task: asyncio.Task[str]) -> None:
        self._asking.pop(name, None)
        self._failed.pop(name, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, SetupError):
            self._failed[name] = self._clock(), error
