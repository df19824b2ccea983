"""Checks of what a peer asks for: ids, names, capabilities, JSON; limits are only lowered."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TypeVar

from services.toolrunner.domain import MIB, Limits
from services.toolrunner.errors import OverLimitError, ProtocolError
from services.toolrunner.messages import LimitRequest

KNOWN_CAPABILITIES = frozenset({"fetch"})
ID_BYTES = 128
NAME_BYTES = 1024
MODEL_ID_BYTES = 4096

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Bounds:
    """What one stream may ask for: limits of a call, bytes of the program, calls in flight."""

    call_limits: Limits = field(default_factory=Limits)
    program_bytes: int = 16 * MIB
    calls_in_flight: int = 64


def check_id(name: str, value: str, most: int = ID_BYTES, *, optional: bool = False) -> None:
    """Raise ProtocolError unless ``value`` has 1 to ``most`` bytes, or none when ``optional``."""
    size = len(value.encode())
    if size > most:
        raise OverLimitError(f"{name} has {size} bytes; the most is {most}.")
    if not size and not optional:
        raise ProtocolError(f"{name} is empty.")


def check_capabilities(names: tuple[str, ...]) -> None:
    """Raise ProtocolError when a name is not that of a capability."""
    for name in names:
        if name not in KNOWN_CAPABILITIES:
            raise ProtocolError(
                f"open.capabilities names {name[:ID_BYTES]!r}, which is unknown; "
                f"there are: {', '.join(sorted(KNOWN_CAPABILITIES))}."
            )


def check_json(name: str, text: str) -> None:
    """Raise ProtocolError unless ``text`` is JSON."""
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ProtocolError(f"{name} is not JSON.") from None


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON lacks."""
    raise ValueError(name)


def lowered(most: Limits, wanted: LimitRequest | None, where: str) -> Limits:
    """Return ``most`` with each limit lowered to what is wanted.

    Raises ProtocolError, naming ``where``, when a limit is not above zero; console text may be
    limited to none.
    """
    if wanted is None:
        return most
    return Limits(
        timeout_s=_least(most.timeout_s, wanted.timeout_s, f"{where}.timeout"),
        fuel=_least(most.fuel, wanted.fuel, f"{where}.fuel"),
        memory_bytes=_least(most.memory_bytes, wanted.memory_bytes, f"{where}.memory_bytes"),
        output_bytes=_least(most.output_bytes, wanted.output_bytes, f"{where}.output_bytes"),
        console_bytes=most.console_bytes
        if wanted.console_bytes is None
        else min(most.console_bytes, wanted.console_bytes),
    )


def _least(most: Number, wanted: Number | None, name: str) -> Number:
    if wanted is None:
        return most
    if not wanted > 0 or math.isinf(wanted):
        raise ProtocolError(f"{name} is {wanted}; a limit must be above zero.")
    return min(most, wanted)
