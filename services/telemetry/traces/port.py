"""What the services know of traces: spans, which cost nothing where nothing is traced."""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol, Self, TypeAlias

Value: TypeAlias = str | bool | int | float
OK: Final = ""


class Kind(Enum):
    """What a span is about; the numbers are OTLP's."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3


class Span(Protocol):
    """One piece of work with a beginning and an end.

    Inside ``with span:`` it is the current one, see ``telemetry.current``; leaving ends it, and an
    exception that passes is its error. Otherwise ``end`` it. After its end nothing changes it.
    """

    @property
    def recording(self) -> bool:
        """Whether anybody will see it: attributes that cost something need not be made if not."""

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits; empty where nothing is traced."""

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits; empty where nothing is traced."""

    @property
    def traceparent(self) -> str:
        """The W3C header for what it asks of others; empty where nothing is traced."""

    @property
    def tracestate(self) -> str:
        """The W3C header that goes with ``traceparent``, as it came; may be empty."""

    def child(self, name: str, kind: Kind = Kind.INTERNAL, start_ns: int = 0) -> Span:
        """Begin a span inside this one: now, or at a time since 1970."""

    def set(self, name: str, value: Value) -> None:
        """Set an attribute; long texts are cut."""

    def fail(self, error_type: str) -> None:
        """Note that the work failed, with a word of a closed set; the first one counts."""

    def end(self, end_ns: int = 0) -> None:
        """End it: now, or at a time since 1970; only the first call counts."""

    def __enter__(self) -> Self:
        """Make it the current one."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        """End it; ``error`` is why its work failed."""


class NoSpan:
    """The span where nothing is traced."""

    __slots__ = ()
    recording: Final = False
    trace_id: Final = ""
    span_id: Final = ""
    traceparent: Final = ""
    tracestate: Final = ""

    def __repr__(self) -> str:
        return "NoSpan()"

    def child(self, name: str, kind: Kind = Kind.INTERNAL, start_ns: int = 0) -> Span:
        """Return itself."""
        return self

    def set(self, name: str, value: Value) -> None:
        """Do nothing."""

    def fail(self, error_type: str) -> None:
        """Do nothing."""

    def end(self, end_ns: int = 0) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        return


NO_SPAN: Final = NoSpan()
