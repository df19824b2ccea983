"""What the services know of traces: spans, which cost nothing where nothing is traced."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, Protocol, Self, TypeAlias

Value: TypeAlias = str | bool | int | float | tuple[str, ...]


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

    def elsewhere(self, span_id: str) -> Span:
        """Return the span of another process inside this one, or this one if the id is none.

        It is for what that process asks for, and nothing of it is recorded here.
        """

    def set(self, name: str, value: Value) -> None:
        """Set an attribute; long texts are cut."""

    @property
    def takes_content(self) -> bool:
        """Whether a setting asks for what is said: prompts, arguments and results."""

    def set_content(self, name: str, text: str) -> None:
        """Set an attribute to something said, cut to its limit; nothing unless it is asked for."""

    def hide(self, key: str, clean: Callable[[str], str]) -> None:
        """Let ``clean`` take secrets out of what is said, from now on and in the whole trace here.

        One with a ``key`` that was given before takes the place of the earlier one.
        """

    def fail(self, error_type: str) -> None:
        """Note that the work failed, with a word of a closed set; the first one counts."""

    def end(self, end_ns: int = 0) -> None:
        """End it: now, or at a time since 1970; only the first call counts."""

    def __enter__(self) -> Self:
        """Make it the current one."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        """End it; ``error`` is why its work failed."""


class NoSpan:
    """The span where nothing is traced; all below it is itself."""

    __slots__ = ()
    recording: Final = False
    takes_content: Final = False
    trace_id: str = ""
    span_id: str = ""
    tracestate: str = ""

    @property
    def traceparent(self) -> str:
        """Nothing."""
        return ""

    def __repr__(self) -> str:
        return "NoSpan()"

    def child(self, name: str, kind: Kind = Kind.INTERNAL, start_ns: int = 0) -> Span:
        """Return itself."""
        return self

    def elsewhere(self, span_id: str) -> Span:
        """Return itself."""
        return self

    def set(self, name: str, value: Value) -> None:
        """Do nothing."""

    def set_content(self, name: str, text: str) -> None:
        """Do nothing."""

    def hide(self, key: str, clean: Callable[[str], str]) -> None:
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
