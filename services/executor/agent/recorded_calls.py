"""Recordings of a run's tool calls, on their way to where the run is recorded."""

from __future__ import annotations


class RecordedCalls:
    """Keeps recordings until the next batch takes them; see ``CallRecorder``.

    A call's result is recorded right after it, so that no commit is made for the recording alone.
    """

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def __repr__(self) -> str:
        return f"RecordedCalls({len(self._waiting)})"

    async def record(self, call_id: str, data: bytes) -> None:
        """Keep a recording."""
        self._waiting.append(data)

    def take(self) -> tuple[bytes, ...]:
        """Return what came since the last time."""
        taken, self._waiting = tuple(self._waiting), []
        return taken
