"""The ids of one stream: which calls are in flight, and which of their requests are unanswered."""

from __future__ import annotations

from services.toolrunner.checks import ID_BYTES
from services.toolrunner.errors import OverLimitError, ProtocolError

CALLS_IN_ALL = 100_000


class CallLedger:
    """Call ids are used once in a stream's life; host call ids are answered once."""

    def __init__(self, most_in_flight: int) -> None:
        self._most = most_in_flight
        self._used: set[str] = set()
        self._asked: dict[str, set[int]] = {}
        self._most_asked: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<CallLedger {len(self._asked)} of {len(self._used)} calls in flight>"

    @property
    def in_flight(self) -> frozenset[str]:
        """Ids of the calls that have started and not ended."""
        return frozenset(self._asked)

    @property
    def empty(self) -> bool:
        """True when no call is in flight."""
        return not self._asked

    def runs(self, call_id: str) -> bool:
        """Return whether the call is in flight."""
        return call_id in self._asked

    @property
    def full(self) -> bool:
        """True when no more calls may be in flight."""
        return len(self._asked) >= self._most

    def use(self, call_id: str) -> None:
        """Record a call id; raises ProtocolError if it was used before, or there are too many."""
        if call_id in self._used:
            raise ProtocolError(f"call.call_id {call_id!r} was used before in this stream.")
        if len(self._used) >= CALLS_IN_ALL:
            raise OverLimitError(f"This stream made {CALLS_IN_ALL} calls, the limit; open another.")
        self._used.add(call_id)

    def begin(self, call_id: str, most_asked: int) -> None:
        """Record the start of a call that may have ``most_asked`` host calls waiting at once."""
        self._asked[call_id] = set()
        self._most_asked[call_id] = most_asked

    def end(self, call_id: str) -> bool:
        """Record the end of a call; return False when it was not in flight."""
        self._most_asked.pop(call_id, None)
        return self._asked.pop(call_id, None) is not None

    def ask(self, call_id: str, host_call_id: int) -> None:
        """Record a host call of a call in flight."""
        self._asked[call_id].add(host_call_id)

    def may_ask(self, call_id: str) -> bool:
        """Return whether a call in flight may have one more host call waiting."""
        return len(self._asked[call_id]) < self._most_asked[call_id]

    def answer(self, call_id: str, host_call_id: int) -> bool:
        """Record an answer; return False when its call has already ended.

        Raises ProtocolError for an answer that was not requested.
        """
        asked = self._asked.get(call_id)
        if asked is None:
            if call_id in self._used:
                return False
            raise ProtocolError(f"host_result.call_id {call_id[:ID_BYTES]!r} is no call.")
        if host_call_id not in asked:
            raise ProtocolError(
                f"host_result.host_call_id {host_call_id} of call {call_id!r} was not asked for, "
                "or is answered already."
            )
        asked.discard(host_call_id)
        return True

    def unanswered(self) -> list[tuple[str, int]]:
        """Return the call id and host call id of each unanswered host call."""
        return [(call_id, each) for call_id, asked in self._asked.items() for each in sorted(asked)]
