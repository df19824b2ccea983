"""What changes from one state of a run to the next, as JSON: folded, it is the state again.

A run is recorded so: a state holds the whole conversation, of which a transition changes little.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.executor.agent.state import PendingCall, RunState
from services.executor.agent.state_fields import of
from services.executor.agent.state_json import (
    FIELDS,
    VERSION,
    StateFormatError,
    check_version,
    effect_json,
    pending_json,
    read_state,
)
from services.executor.conversation_json import to_json
from services.executor.domain import JsonObject

# What only grows, as a rule, is written from where it has grown.
GROWING: Final[dict[str, Callable[[Any], Any]]] = {"said": to_json, "effects": effect_json}


def first_change(state: RunState) -> JsonObject:
    """Return the whole of a state, as what comes before all its changes."""
    values = vars(state)
    return _versioned({key: write(values[name]) for name, (key, write) in FIELDS.items()})


def change(old: RunState, new: RunState) -> JsonObject:
    """Return what is different in ``new``.

    Both are states of one run, so that what is the same is the same object, or nearly always.
    """
    before, after = vars(old), vars(new)
    found: dict[str, Any] = {}
    for name, (key, write) in FIELDS.items():
        was, value = before[name], after[name]
        if was is value:
            continue
        if name in GROWING and _has_grown(was, value):
            found[f"+{key}"] = [GROWING[name](each) for each in value[len(was) :]]
        elif name == "pending" and _are_same_calls(was, value):
            found["~pending"] = [
                [at, pending_json(each)] for at, each in enumerate(value) if each is not was[at]
            ]
        else:
            found[key] = write(value)
    return _versioned(found)


@dataclass(frozen=True)
class Folded:
    """The state that changes lead to.

    ``asked_at`` is the ``sequence`` beside the change in which its last query began, before which
    event it did; 0 for none.
    """

    state: RunState
    asked_at: int


def folded(changes: Iterable[str | bytes]) -> Folded:
    """Return the state that changes, JSON text each, lead to; the first is a ``first_change``.

    Raises:
        StateFormatError: another version wrote them, they are damaged, or there are none.
    """
    item: dict[str, Any] = {}
    asked_at = 0
    for text in changes:
        try:
            changed = json.loads(text)
            check_version(changed.pop("version", None))
            at = changed.pop("sequence", 0)
            if changed.get("asking") is not None and item.get("asking") is None:
                asked_at = of(int, at)
            _apply(item, changed)
        except StateFormatError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise StateFormatError(f"The record is damaged: {type(error).__name__}.") from None
    return Folded(read_state(item), asked_at)


def _apply(item: dict[str, Any], changed: dict[str, Any]) -> None:
    for key, value in changed.items():
        if key.startswith("+"):
            item[key[1:]].extend(value)
        elif key == "~pending":
            for at, each in value:
                item["pending"][at] = each
        else:
            item[key] = value


def _has_grown(was: Sequence[Any], value: Sequence[Any]) -> bool:
    return len(value) >= len(was) and all(a is b for a, b in zip(was, value, strict=False))


def _are_same_calls(was: Sequence[PendingCall], value: Sequence[PendingCall]) -> bool:
    return len(was) == len(value) and all(a.call is b.call for a, b in zip(was, value, strict=True))


def _versioned(item: dict[str, Any]) -> JsonObject:
    return {"version": VERSION, **item}
