"""What hooks have made of a run as JSON and back; see ``state_json``."""

from __future__ import annotations

from typing import Any

from services.executor.agent.changes import Changes
from services.executor.agent.hook_state import HookState, StepRecord
from services.executor.agent.state_fields import of, read_messages, read_usage, usage_json
from services.executor.conversation import FinishReason
from services.executor.conversation_json import to_json
from services.executor.domain import ToolChoice, ToolChoiceMode


def hooks_to_json(hooks: HookState) -> dict[str, Any]:
    """Return it as JSON."""
    return {
        "call": _changes(hooks.call),
        "kept": _changes(hooks.kept),
        "records": [
            [each.at, each.finish_reason.value, usage_json(each.usage), each.model]
            for each in hooks.records
        ],
        "offered": None if hooks.offered is None else list(hooks.offered),
        "passed": hooks.passed,
        "tried": list(hooks.tried),
        "memory": dict(hooks.memory),
        "retries": hooks.retries,
        "outputs": dict(hooks.outputs),
        "cleared": hooks.cleared,
    }


def hooks_from_json(item: dict[str, Any]) -> HookState:
    """Return what ``hooks_to_json`` wrote; raises KeyError, TypeError or ValueError."""
    return HookState(
        _read_changes(of(dict, item["call"])),
        _read_changes(of(dict, item["kept"])),
        tuple(
            StepRecord(of(int, at), FinishReason(reason), read_usage(usage), of(str, model))
            for at, reason, usage, model in item["records"]
        ),
        _read_keys(item["offered"]),
        of(int, item["passed"]),
        _read_keys(item["tried"]) or (),
        of(dict, item["memory"]),
        of(int, item["retries"]),
        {of(str, key): of(str, value) for key, value in of(dict, item["outputs"]).items()},
        of(int, item["cleared"]),
    )


def _changes(changes: Changes) -> dict[str, Any]:
    messages, choice = changes.messages, changes.tool_choice
    return {
        "system": changes.system,
        "model": changes.model,
        "messages": None if messages is None else [to_json(each) for each in messages],
        "covers": changes.covers,
        "settings": dict(changes.settings),
        "activeTools": None if changes.active_tools is None else list(changes.active_tools),
        "hasChoice": changes.has_choice,
        "isKept": changes.is_kept,
        "earlier": changes.earlier,
        "toolChoice": None if choice is None else [choice.mode.value, choice.tool],
    }


def _read_changes(item: dict[str, Any]) -> Changes:
    system, messages, choice = item["system"], item["messages"], item["toolChoice"]
    return Changes(
        None if system is None else of(str, system),
        of(str, item["model"]),
        None if messages is None else read_messages(messages),
        of(int, item["covers"]),
        of(dict, item["settings"]),
        _read_keys(item["activeTools"]),
        of(bool, item["hasChoice"]),
        None if choice is None else ToolChoice(ToolChoiceMode(choice[0]), of(str, choice[1])),
        of(bool, item["isKept"]),
        of(int, item["earlier"]),
    )


def _read_keys(item: Any) -> tuple[str, ...] | None:
    return None if item is None else tuple(of(str, each) for each in of(list, item))
