"""A run's spending whose outcome is set, for tests of what calls it."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.executor.access_errors import QuotaError
from services.executor.conversation import TokenUsage
from services.executor.events import Event
from services.executor.quota.ports import FreeSpending


@dataclass(eq=False)
class ScriptedSpending(FreeSpending):
    """Allows ``queries`` queries, and notes what it was told.

    Attributes:
        queries: how many queries are allowed; None for any number.
        asked: the use that each query was asked for with.
        seen: the events that it was shown.
        noted: the use that it was told of.
        ends: how often it ended.
        left: whether it was left to another process.
    """

    queries: int | None = None
    asked: list[TokenUsage] = field(default_factory=list)
    seen: list[Event] = field(default_factory=list)
    noted: list[TokenUsage] = field(default_factory=list)
    ends: int = 0
    left: bool = False

    async def before_query(self, used: TokenUsage) -> None:
        """Allow as many as are set; raises QuotaError for more."""
        self.asked.append(used)
        if self.queries is not None and len(self.asked) > self.queries:
            raise QuotaError("The quota is used up.", metric="tokens_per_day", subject="test")

    def saw(self, event: Event) -> None:
        """Note an event."""
        self.seen.append(event)

    def note(self, used: TokenUsage) -> None:
        """Note the use."""
        self.noted.append(used)

    def end(self) -> None:
        """Note the end."""
        self.ends += 1

    def leave(self) -> None:
        """Note it."""
        self.left = True
