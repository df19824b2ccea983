"""What answers the host calls of a stream: a run's broker, or the recording of a call."""

from __future__ import annotations

from typing import Protocol

from services.executor.domain import JsonObject
from services.executor.egress.broker import Reply
from services.executor.egress.host_calls import HostCall


class CallAnswers(Protocol):
    """Answers the host calls of one tool call or load."""

    def ask(self, host_call: HostCall, reply: Reply) -> None:
        """Begin to answer a host call; ``reply`` takes the answer."""
        ...

    async def close(self) -> None:
        """Answer nothing any more, and release what is held; idempotent."""
        ...


class HostBroker(Protocol):
    """Answers the host calls of all calls of a stream; see ``RunBroker``."""

    def call(self, tool_call_id: str, idempotency_key: str) -> CallAnswers:
        """Return what answers one call."""
        ...

    def context_json(self, own: JsonObject, idempotency_key: str) -> str:
        """Return a call's context, a JSON object."""
        ...
