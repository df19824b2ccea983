"""A run's state as JSON text and back: pure functions.

The text names the version of its format. Other versions are refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.executor.agent.assembler import Spent
from services.executor.agent.deltas import Attempts
from services.executor.agent.hook_state_json import hooks_from_json, hooks_to_json
from services.executor.agent.spending_json import nested_json, read_nested
from services.executor.agent.state import Asking, Handed, PendingCall, RunEnding, RunState
from services.executor.agent.state_fields import of, read_messages, read_usage, usage_json
from services.executor.agent.waiting_json import split_waits, waits_to_json, with_waits
from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import (
    FinishReason,
    Price,
    ResultForm,
    ToolCall,
)
from services.executor.conversation_json import part_from_json, part_to_json, to_json
from services.executor.errors import LimitError
from services.executor.events import ToolEffect, ToolOutcome
from services.executor.long_json import SHORT, read_long, write_long

VERSION: Final = 1
MAX_CHARACTERS: Final = 64 * 1024 * 1024
"""The most characters of a state: a larger run could not be stored in a session either."""


class StateFormatError(ValueError):
    """A text is not a state that this version can read; the message says why."""


def to_text(state: RunState) -> str:
    """Return a state as JSON text.

    Raises:
        LimitError: it is too large to store.
    """
    text = write_long({"version": VERSION, **_written(state)}, compact=True)
    if len(text) > MAX_CHARACTERS:
        raise LimitError(
            f"The state of the run is over the limit of {MAX_CHARACTERS} characters. Ask for less "
            "in one run, or lower `spec.limits.tool_text_bytes`."
        )
    return text


def from_text(text: str) -> RunState:
    """Return the state that ``to_text`` wrote.

    Raises:
        StateFormatError: another version wrote it, it is too large, or it is damaged.
    """
    if len(text) > MAX_CHARACTERS:
        raise StateFormatError(f"The state is over the limit of {MAX_CHARACTERS} characters.")
    try:
        item: Any = json.loads(text) if len(text) <= SHORT else read_long(text, math.inf)
    except (ValueError, RecursionError) as error:
        raise StateFormatError(f"The state is not JSON: {error}.") from None
    if not isinstance(item, dict):
        raise StateFormatError("The state is not a JSON object.")
    check_version(item.get("version"))
    return read_state(item)


def check_version(version: Any) -> None:
    """Raise StateFormatError unless this version reads what ``version`` wrote."""
    if type(version) is not int or version != VERSION:
        raise StateFormatError(
            f"The state has version {str(version)[:40]}, and this executor reads version "
            f"{VERSION} only. Finish the run with the version of Caisson that started it."
        )


def same(value: Any) -> Any:
    """Return a value that is JSON already."""
    return value


FIELDS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "said": ("said", lambda said: [to_json(message) for message in said]),
    "history": ("history", lambda history: [to_json(message) for message in history]),
    "step": ("step", same),
    "usage": ("usage", usage_json),
    "models": ("models", lambda models: _spent(models)),
    "asking": ("asking", lambda asking: _asking(asking)),
    "prices": ("prices", lambda prices: {name: _price(each) for name, each in prices.items()}),
    "finish_reason": ("finishReason", lambda reason: reason and reason.value),
    "answer_usage": ("answerUsage", usage_json),
    "answer_model": ("answerModel", same),
    "pending": ("pending", lambda pending: [pending_json(item) for item in pending]),
    "pending_s": ("pendingS", same),
    "effects": ("effects", lambda effects: [effect_json(item) for item in effects]),
    "tool_time_s": ("toolTimeS", same),
    "invalid_steps": ("invalidSteps", same),
    "corrections": ("corrections", same),
    "refused": ("refused", lambda refused: _budget(refused)),
    "ending": ("ending", lambda ending: None if ending is None else _ending(ending)),
    "notes": ("notes", same),
    "hooks": ("hooks", lambda hooks: None if hooks is None else hooks_to_json(hooks)),
    "handed": ("handed", lambda handed: [[each.at, each.agent] for each in handed]),
    "left_out": ("leftOut", dict),
    "nested": ("nested", nested_json),
    "requests": ("requests", same),
    "elapsed_s": ("elapsedS", same),
}
"""The fields of a state: the key of each in JSON, and what writes it."""


# What most runs have none of is left out of their states.
RARE: Final = frozenset({"ending", "notes", "hooks", "handed", "left_out", "nested"})


def _written(state: RunState) -> dict[str, Any]:
    values = vars(state)
    return {
        key: write(values[name])
        for name, (key, write) in FIELDS.items()
        if values[name] or name not in RARE
    }


def read_state(item: dict[str, Any]) -> RunState:
    """Return the state that was written by its ``FIELDS``.

    Raises:
        StateFormatError: it is damaged.
    """
    try:
        return _read(item)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StateFormatError(
            f"The state is damaged: {type(error).__name__}: {str(error)[:200]}"
        ) from None


def _read(item: dict[str, Any]) -> RunState:
    said = read_messages(item["said"])
    calls = {call.id: call for message in said[-1:] for call in getattr(message, "calls", ())}
    reason = item["finishReason"]
    return RunState(
        said=said,
        history=read_messages(item["history"]),
        step=of(int, item["step"]),
        usage=read_usage(item["usage"]),
        models=_read_spent(item["models"]),
        asking=_read_asking(item["asking"]),
        prices={name: _read_price(price) for name, price in of(dict, item["prices"]).items()},
        finish_reason=None if reason is None else FinishReason(reason),
        answer_usage=read_usage(item["answerUsage"]),
        answer_model=of(str, item["answerModel"]),
        pending=tuple(_read_pending(calls, *each) for each in item["pending"]),
        pending_s=of(float, item["pendingS"]),
        effects=tuple(
            ToolEffect(of(str, call_id), of(str, tool), ToolOutcome(outcome))
            for call_id, tool, outcome in item["effects"]
        ),
        tool_time_s=of(float, item["toolTimeS"]),
        invalid_steps=of(int, item["invalidSteps"]),
        corrections=of(int, item["corrections"]),
        refused=_read_budget(item["refused"]),
        ending=_read_ending(item.get("ending")),
        notes=of(str, item.get("notes", "")),
        hooks=None if item.get("hooks") is None else hooks_from_json(item["hooks"]),
        handed=tuple(
            Handed(of(int, at), of(str, agent)) for at, agent in of(list, item.get("handed", []))
        ),
        left_out={
            model: tuple(of(str, each) for each in settings)
            for model, settings in of(dict, item.get("leftOut", {})).items()
        },
        nested=read_nested(item.get("nested", {})),
        requests=of(int, item["requests"]),
        elapsed_s=of(float, item["elapsedS"]),
    )


def effect_json(effect: ToolEffect) -> list[Any]:
    """Write what became of a call."""
    return [effect.call_id, effect.tool, effect.outcome.value]


def pending_json(item: PendingCall) -> list[Any]:
    """Write a pending call without the call itself, which the last message has."""
    answer = [item.answer, item.form.value, item.whole_bytes]
    parts = [part_to_json(part) for part in item.parts]
    written = [item.call.id, item.is_valid, item.outcome.value, *answer, *parts]
    return [*written, *waits_to_json(item)]


def _read_pending(
    calls: Mapping[str, ToolCall],
    call_id: str,
    valid: Any,
    outcome: str,
    answer: Any,
    form: str,
    whole_bytes: Any,
    *rest: Any,
) -> PendingCall:
    parts, waits = split_waits([*rest])
    item = PendingCall(
        calls[call_id],
        None if valid is None else of(bool, valid),
        ToolOutcome(outcome),
        None if answer is None else of(str, answer),
        ResultForm(form),
        of(int, whole_bytes),
        tuple(part_from_json(part) for part in parts),
    )
    return with_waits(item, waits)


def _asking(asking: Asking | None) -> dict[str, Any] | None:
    if asking is None:
        return None
    attempts = asking.attempts
    return {
        "attempts": [attempts.failed, attempts.retries, attempts.passed, attempts.wait_s],
        "spent": _spent(asking.spent),
        "text": asking.text,
    }


def _read_asking(item: dict[str, Any] | None) -> Asking | None:
    if item is None:
        return None
    failed, retries, passed, wait_s = item["attempts"]
    counts = of(int, failed), of(int, retries), of(int, passed)
    return Asking(
        Attempts(*counts, of(float, wait_s)), _read_spent(item["spent"]), of(str, item["text"])
    )


def _spent(spent: Sequence[Spent]) -> list[Any]:
    return [[model, usage_json(usage)] for model, usage in spent]


def _read_spent(items: list[Any]) -> tuple[Spent, ...]:
    return tuple((of(str, model), read_usage(usage)) for model, usage in items)


def _price(price: Price | None) -> list[Any] | None:
    if price is None:
        return None
    plain: list[Any] = [price.input, price.output, price.cached_input, price.cache_write_input]
    tiers = [[above, _price(each)] for above, each in price.tiers]
    return [*plain, tiers] if tiers else plain


def _read_price(item: list[Any] | None) -> Price | None:
    if item is None:
        return None
    prompt, output, cached, cache_write = (of(float, each) for each in item[:4])
    tiers = ((of(int, above), _read_price(each)) for above, each in (item[4] if item[4:] else ()))
    known = tuple((above, price) for above, price in tiers if price is not None)
    return Price(prompt, output, cached, cache_write, known)


def _ending(ending: RunEnding | None) -> list[Any] | None:
    return None if ending is None else [ending.is_tripwire, ending.message]


def _read_ending(item: Any) -> RunEnding | None:
    return None if item is None else RunEnding(of(bool, item[0]), of(str, item[1]))


def _budget(reached: BudgetReached | None) -> list[Any] | None:
    return None if reached is None else [reached.kind.name, reached.limit, reached.used]


def _read_budget(item: list[Any] | None) -> BudgetReached | None:
    if item is None:
        return None
    kind, limit, used = item
    return BudgetReached(BudgetKind[kind], _number(limit), _number(used))


def _number(value: Any) -> float:
    return value if type(value) is int else of(float, value)
