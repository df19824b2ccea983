"""Traces of runs: log lines, resources of the process, conversations."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.conftest import children

LOOK_EVERY_S = 0.0005
RUN_LOG = "services.executor.agent.run_line"


class RunLog(logging.Handler):
    """The executor's log lines about the end of runs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def line(self, run_id: str) -> str:
        """The line of a run that has ended, else nothing."""
        return next((line for line in self.lines if run_id in line), "")


@contextmanager
def run_log() -> Iterator[RunLog]:
    """Collect the log lines about runs."""
    logger, handler = logging.getLogger(RUN_LOG), RunLog()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@dataclass(frozen=True)
class Held:
    """Resources of this process that runs use."""

    tasks: int
    descriptors: int
    processes: int

    @classmethod
    def now(cls, pooled: int) -> Held:
        """What is held now, but for ``pooled`` connections that wait for the next run.

        Both of their ends are here, and a task that serves each.
        """
        return cls(
            tasks=len(asyncio.all_tasks()) - pooled,
            descriptors=len(os.listdir("/proc/self/fd")) - 2 * pooled,  # noqa: PTH208 - a count
            processes=len(children()),
        )

    def within(self, other: Held) -> bool:
        """Tell whether no resource exceeds the other's."""
        return (
            self.tasks <= other.tasks
            and self.descriptors <= other.descriptors
            and self.processes <= other.processes
        )


async def until(holds: Callable[[], bool]) -> None:
    """Poll until a condition holds; the caller limits the time."""
    while not holds():  # noqa: ASYNC110 - see above
        await asyncio.sleep(LOOK_EVERY_S)


def assert_is_valid(messages: Sequence[Any]) -> None:
    """In queries, each tool call is directly followed by its one result, in order."""
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert waiting, "an answer to no call"
            assert message["tool_call_id"] == waiting.pop(0)
        else:
            assert not waiting, "a call has no answer"
        if message["role"] == "assistant":
            waiting = [call["id"] for call in message.get("tool_calls") or ()]
    assert not waiting, "a call has no answer"
    assert [message["role"] for message in messages[:2]] == ["system", "user"]
    assert messages[-1]["role"] in {"user", "tool"}
