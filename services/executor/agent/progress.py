"""The state of a run that is going on, and whoever keeps it."""

from __future__ import annotations

from collections.abc import Callable

from services.executor.agent.ports import Clock, Keep
from services.executor.agent.state import RunState, changed
from services.executor.events import Event


class Progress:
    """Takes a run from state to state; its loop and the tools of a step share it.

    Args:
        state: where the run begins, or goes on.
        keep: takes each state that is reached.
        clock: times the run.
        requests: says how many requests its tools have made.
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
        """Put the present state right; whoever keeps it hears of that with the next one."""
        self.state = state

    async def move(self, state: RunState, *events: Event) -> None:
        """Go on to ``state``, of which ``events`` tell; what follows from it may then begin.

        ``state`` must be made of the present one, with nothing awaited in between.
        """
        elapsed_s = self._clock.monotonic() - self._began_s
        self.state = changed(state, requests=self._requests(), elapsed_s=elapsed_s)
        await self._keep(self.state, events)
