"""Serializes text as it is streamed, most of what a client is sent, with little work for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.executor.events import ReasoningDelta, RunEvent, TextDelta, ToolInputDelta
from services.executor.wire.limits import NANO
from services.executor.wire.value_bytes import clean

REFILLS: Final = 64
"""A message keeps the memory of all texts that were ever set, so it is replaced after these."""
SHORT: Final = 1024
"""A longer delta costs little for each character, and is not kept."""


class DeltaWriter:
    """Serializes the deltas of one run.

    Building a response and the three messages in it costs twice as much as filling one again.
    """

    def __init__(self) -> None:
        self._left = 0
        self._scope = ""
        self._response: Any = None

    def __repr__(self) -> str:
        return f"DeltaWriter(left={self._left})"

    def written(self, happened: RunEvent) -> bytes | None:
        """Return the serialized response of an event, None if it is not a short delta."""
        delta: Any = happened.event
        fill = FILLED.get(type(delta))
        if fill is None or len(delta.delta) > SHORT:
            return None
        if not self._left:
            self._left, self._response = REFILLS, ExecuteAgentResponse()
            self._response.event.run_id = happened.run_id
            self._scope = ""
        self._left -= 1
        event = self._response.event
        if happened.scope_id != self._scope:
            event.scope_id = self._scope = happened.scope_id
        event.sequence = happened.sequence
        time = event.event_time
        time.seconds, time.nanos = divmod(happened.time_ns, NANO)
        fill(event, delta)
        data: bytes = self._response.SerializeToString()
        return data


def _text(event: Any, delta: Any) -> None:
    part = event.text_delta
    part.id, part.delta = clean(delta.id), clean(delta.delta)


def _reasoning(event: Any, delta: Any) -> None:
    part = event.reasoning_delta
    part.id, part.delta = clean(delta.id), clean(delta.delta)


def _tool_input(event: Any, delta: Any) -> None:
    part = event.tool_input_delta
    part.tool_call_id, part.input_text_delta = clean(delta.call_id), clean(delta.delta)


FILLED: Final[Mapping[type, Callable[[Any, Any], None]]] = {
    TextDelta: _text,
    ReasoningDelta: _reasoning,
    ToolInputDelta: _tool_input,
}
