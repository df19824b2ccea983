"""What pending calls wait for, as JSON and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.executor.agent.state import PendingCall, changed
from services.executor.agent.state_fields import of
from services.executor.agent.waiting import Waiting
from services.executor.lifecycle_events import InputKind


def waits_to_json(pending: Sequence[PendingCall]) -> list[Any]:
    """Return the calls that wait or are approved; none for a run without any."""
    return [
        [item.call.id, item.is_approved, *_waiting(item.waits)]
        for item in pending
        if item.waits is not None or item.is_approved
    ]


def waits_from_json(items: list[Any], pending: tuple[PendingCall, ...]) -> tuple[PendingCall, ...]:
    """Return pending calls with what ``waits_to_json`` wrote of them; raises what ``of`` raises."""
    if not items:
        return pending
    found = {of(str, call_id): (of(bool, approved), rest) for call_id, approved, *rest in items}
    return tuple(_with(item, *found.get(item.call.id, (False, []))) for item in pending)


def _waiting(waits: Waiting | None) -> list[Any]:
    if waits is None:
        return []
    return [waits.input_id, waits.kind.value, waits.expires_ns, waits.reason]


def _with(item: PendingCall, is_approved: bool, rest: list[Any]) -> PendingCall:
    waits = None
    if rest:
        input_id, kind, expires_ns, reason = rest
        ends = of(int, expires_ns)
        waits = Waiting(of(str, input_id), InputKind(kind), ends, of(str, reason))
    return changed(item, waits=waits, is_approved=is_approved)
