"""Makes the recordings of a run's tool calls."""

from __future__ import annotations

from typing import Final

from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.recorded_wire import KeptCall, left_out, serialized
from services.executor.adapters.toolrunner.tapes import BodyRoom, RecordBounds, Tape
from services.executor.adapters.toolrunner.wire import REPLAY, CallResult, Opened
from services.executor.agent.ports import CallRecorder, ToolInvocation

MOST_BYTES: Final = 3 * 1024 * 1024
"""With room to spare in what gRPC takes for a message."""
TOO_LARGE: Final = "The recording of this call has {size:,} bytes; the limit is {most:,}."
RUN_FULL: Final = "The recordings of this run's calls are at their limit of {most:,} bytes."
TOO_OLD: Final = "The toolrunner is too old to record calls. Upgrade the toolrunners."


class RunRecording:
    """Records the calls of one run.

    Args:
        recorder: takes the recordings.
        bounds: how much is kept.
    """

    def __init__(self, recorder: CallRecorder, bounds: RecordBounds) -> None:
        self._recorder = recorder
        self._bounds = bounds
        self._room = BodyRoom(bounds.run_bodies)
        self._left = bounds.run

    def __repr__(self) -> str:
        return f"RunRecording(left={self._left})"

    def tape(self) -> Tape:
        """Return a tape for one call or load."""
        return Tape(self._bounds.call_bodies, self._room)

    async def keep(
        self,
        link: RunnerLink,
        invocation: ToolInvocation,
        tape: Tape,
        ended: CallResult,
        *,
        part: bool = False,
    ) -> None:
        """Record a call that has ended on a stream; ``part``: of a part of the bundle.

        What is over a bound is not recorded, but that it is. Raises what the recorder raises.
        """
        opened = await link.opened()
        call_id = invocation.tool_call_id
        if not isinstance(opened, Opened) or REPLAY not in opened.features:
            await self._recorder.record(call_id, left_out(invocation, TOO_OLD))
            return
        bodies = self._bounds.call_bodies > 0
        kept = KeptCall(link.opening, opened.limits, invocation, tape, link.tape, ended)
        data = serialized(kept, bodies=bodies, part=part)
        if len(data) > MOST_BYTES:
            data = left_out(invocation, TOO_LARGE.format(size=len(data), most=MOST_BYTES))
        if len(data) > self._left:
            data = left_out(invocation, RUN_FULL.format(most=self._bounds.run))
        self._left = max(0, self._left - len(data))
        await self._recorder.record(call_id, data)
