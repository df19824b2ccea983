"""Serializes the events of a run, once for the journal and for everybody who watches."""

from __future__ import annotations

from functools import partial

from services.executor.events import RunEvent
from services.executor.long_json import SHORT, is_small
from services.executor.side_thread import SIDE
from services.executor.wire.deltas import DeltaWriter
from services.executor.wire.events import holds_json, to_response, to_response_bytes


class UnsendableError(Exception):
    """An event cannot be a message; ``__cause__`` says why. Others may still be sent."""


class ResponseWriter:
    """Serializes the events of one run as ``ExecuteAgentResponse``."""

    def __init__(self) -> None:
        self._deltas = DeltaWriter()

    def __repr__(self) -> str:
        return f"ResponseWriter({self._deltas!r})"

    async def written(self, event: RunEvent) -> bytes:
        """Return an event as bytes.

        Raises:
            UnsendableError: it cannot be a message.
        """
        try:
            delta = self._deltas.written(event)
            if delta is not None:
                return delta
            if is_small(holds_json(event.event)):
                data: bytes = to_response(event).SerializeToString()
                return data
            return await SIDE.run(SHORT, partial(to_response_bytes, event))
        except Exception as error:
            raise UnsendableError(f"event {event.sequence} of run {event.run_id}") from error
