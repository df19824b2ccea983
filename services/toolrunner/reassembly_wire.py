"""Reassembles requests that arrive in parts, within one budget of bytes for all streams."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.front.receive_queue import NotReceivedError
from services.toolrunner.domain import MIB, FailureKind, ToolFailure
from services.toolrunner.errors import OverLimitError, OverloadedError, ProtocolError
from services.toolrunner.messages import Unreceived
from services.toolrunner.parsing_wire import Refused, address_of, parsed_request

PART_BYTES = 1 * MIB
MESSAGE_BYTES = PART_BYTES + 64 * 1024
"""The largest gRPC message: a part, or a chunk of a program, with its envelope."""
HOST_SHARE = 16
MAY_COME_BETWEEN = ("cancel", "ping")
HEAD_BYTES = 16 * 1024
RETRY_AFTER_S = 1.0


class PartsBudget:
    """A budget of bytes for the parts of all incomplete requests; no host can take all of it.

    A host that holds some may take more while it holds less than 16 times what is free.

    Args:
        total: bytes in all.
        request_bytes: bytes of the largest request.
        timeout_s: seconds from the first part of a request to its last.
    """

    def __init__(self, total: int, request_bytes: int, timeout_s: float) -> None:
        self._total = total
        self._held: Counter[str] = Counter()
        self.request_bytes = request_bytes
        self.timeout_s = timeout_s

    def __repr__(self) -> str:
        return f"<PartsBudget {self.held} of {self._total} bytes>"

    @property
    def held(self) -> int:
        """Bytes held."""
        return self._held.total()

    def take(self, host: str, amount: int) -> None:
        """Count bytes in; raises OverloadedError."""
        free = self._total - self.held - amount
        held = self._held.get(host, 0)
        if free < 0 or (held and held + amount > HOST_SHARE * free):
            raise OverloadedError(
                "Too many large requests are incomplete, or too many of this peer's "
                "(CAISSON_TOOLRUNNER_UNFINISHED_BYTES); try again later.",
                retry_after_s=RETRY_AFTER_S,
            )
        self._held[host] += amount

    def give_back(self, host: str, amount: int) -> None:
        """Count bytes out."""
        self._held[host] -= amount
        if not self._held[host]:
            del self._held[host]


@dataclass(eq=False)
class _Parts:
    """The parts of one request so far; they expire at ``deadline_s`` on the loop's clock."""

    budget: PartsBudget
    host: str
    deadline_s: float | None = None

    def __post_init__(self) -> None:
        self._data = bytearray()
        self._counted = 0
        self._dropped: Unreceived | None = None

    def add(self, part: pb.RequestPart) -> pb.RunToolsRequest | Unreceived | None:
        """Return the request when this is its last part; raises ToolRunnerError."""
        size = len(part.data)
        if size > PART_BYTES:
            raise OverLimitError(f"A part has {size} bytes; the most is {PART_BYTES}.")
        if part.abandoned:
            self.drop()
            return None
        if self._dropped is None:
            self._take(part.data)
        if not part.last:
            if self.deadline_s is None:
                self.deadline_s = asyncio.get_running_loop().time() + self.budget.timeout_s
            return None
        return self._whole()

    def _take(self, data: bytes) -> None:
        """Keep a part; if there is no room, drop the request and its later parts.

        Raises ToolRunnerError if the target of the request is unknown.
        """
        most = self.budget.request_bytes
        try:
            if self._counted + len(data) > most:
                raise OverLimitError(
                    f"A request has more than {most} bytes, the limit "
                    "(CAISSON_TOOLRUNNER_MESSAGE_BYTES)."
                )
            self.budget.take(self.host, len(data))
        except (OverLimitError, OverloadedError) as error:
            address = address_of(bytes(self._data[:HEAD_BYTES] or data[:HEAD_BYTES]))
            if address is None:
                raise
            too_large = FailureKind.INVALID_INPUT
            if address.host_call_id is not None:
                too_large = FailureKind.OUTPUT_TOO_LARGE
            overloaded = isinstance(error, OverloadedError)
            failure = ToolFailure(
                FailureKind.OVERLOADED if overloaded else too_large, error.message
            )
            self._let_go()
            self._dropped = Unreceived(address.call_id, address.host_call_id, failure)
            return
        self._counted += len(data)
        self._data += data

    def _whole(self) -> pb.RunToolsRequest | Unreceived:
        if self._dropped is not None:
            dropped = self._dropped
            self.drop()
            return dropped
        request = parsed_request(bytes(self._data))
        if isinstance(request, Refused):
            raise ProtocolError(request.why)
        if request.HasField("part"):
            raise ProtocolError("The parts of a request contain another part.")
        self.drop()
        return request

    def drop(self) -> None:
        """Forget the parts."""
        self._let_go()
        self._dropped, self.deadline_s = None, None

    def _let_go(self) -> None:
        self.budget.give_back(self.host, self._counted)
        self._counted = 0
        self._data.clear()


async def whole_requests(
    messages: AsyncIterator[pb.RunToolsRequest | Refused], host: str, budget: PartsBudget
) -> AsyncIterator[pb.RunToolsRequest | Unreceived]:
    """Yield requests, reassembling those that arrive in parts.

    Requests that may come between the parts of another are yielded at once.

    Raises:
        ProtocolError: a message is malformed, too large, incomplete, or between two parts.
    """
    parts = _Parts(budget, host)
    try:
        while True:
            message = await _next(messages, parts)
            if message is None:
                return
            if isinstance(message, Refused):
                raise ProtocolError(message.why)
            if not message.HasField("part"):
                between = parts.deadline_s is not None
                if between and message.WhichOneof("message") not in MAY_COME_BETWEEN:
                    raise ProtocolError("A message came between the parts of a request.")
                yield message
            elif (request := parts.add(message.part)) is not None:
                yield request
    finally:
        parts.drop()


async def _next(
    messages: AsyncIterator[pb.RunToolsRequest | Refused], parts: _Parts
) -> pb.RunToolsRequest | Refused | None:
    """Return the next message, None at the end."""
    try:
        async with asyncio.timeout_at(parts.deadline_s) as waiting:
            message = await anext(messages, None)
    except TimeoutError:
        if not waiting.expired():
            raise
        raise ProtocolError(
            f"A request was incomplete {parts.budget.timeout_s:g} s after its first part."
        ) from None
    except NotReceivedError:
        raise ProtocolError("A message is not a valid RunToolsRequest.") from None
    if message is None and parts.deadline_s is not None:
        raise ProtocolError("The stream ended before the last part of a request.")
    return message
