"""The state of an active run, and its storage."""

from __future__ import annotations

from collections.abc import Callable

from services.executor.agent.ports import Clock, Keep
from services.executor.agent.state import RunState, stamped
from services.executor.events import Event


class Progress:
    """Moves a run from state to state; shared by its loop and the tools of a step.

    Args:
        state: the first state, or the one to resume from.
        keep: takes each new state.
        clock: times the run.
        requests: returns how many requests its tools have made.
    """

    def __init__(
        self, state: RunState, keep: Keep, clock: Clock, requests: Callable[[], int]
    ) -> None:
        self.state = state
        self._keep = keep
        self._clock = clock
        self._requests = requests
        self._began_s = clock.monotonic() - state.elapsed_s

    def __repr__(self) -> str:
        return f"Progress(step={self.state.step}, pending={len(self.state.pending)})"

    def correct(self, state: RunState) -> None:
        """Correct the current state; ``keep`` gets the correction with the next one."""
        self.state = state

    async def move(self, state: RunState, *events: Event) -> None:
        """Move to ``state`` with its ``events``; what follows from it may then start.

        ``state`` must be a new one, derived from the current one without awaiting in between.
        """
        elapsed_s = self._clock.monotonic() - self._began_s
        self.state = stamped(state, self._requests(), elapsed_s)
        await self._keep(self.state, events)
