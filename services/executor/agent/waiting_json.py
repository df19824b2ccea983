"""What a pending call waits for, as JSON and back."""

from __future__ import annotations

from typing import Any, Final

from services.executor.agent.state import PendingCall, changed
from services.executor.agent.state_fields import of
from services.executor.agent.waiting import Waiting
from services.executor.lifecycle_events import InputKind

KEY: Final = "waits"


def waits_to_json(item: PendingCall) -> list[Any]:
    """Return what goes after the parts of a pending call: nothing for one that never waited."""
    if item.waits is None and not item.is_approved:
        return []
    waits = item.waits
    written: list[Any] = [item.is_approved]
    if waits is not None:
        written += [waits.input_id, waits.kind.value, waits.expires_ns, waits.reason]
    return [{KEY: written}]


def split_waits(parts: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return the parts of a pending call, and what ``waits_to_json`` wrote after them."""
    if parts and isinstance(parts[-1], dict) and KEY in parts[-1]:
        return parts[:-1], of(list, parts[-1][KEY])
    return parts, []


def with_waits(item: PendingCall, written: list[Any]) -> PendingCall:
    """Return a pending call with what was written of it; raises what ``of`` raises."""
    if not written:
        return item
    is_approved, *rest = written
    waits = None
    if rest:
        input_id, kind, expires_ns, reason = rest
        ends = of(int, expires_ns)
        waits = Waiting(of(str, input_id), InputKind(kind), ends, of(str, reason))
    return changed(item, waits=waits, is_approved=of(bool, is_approved))
