"""Reads a guest's account of a load that failed halfway; the guest may lie."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from services.toolrunner.domain import (
    IncompleteLoad,
    LoadFault,
    MadeAgent,
    UnusableReason,
    UnusableTool,
)
from services.toolrunner.sandbox.failures import failure_in, text_of

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_FAULTS: Final = 32
MAX_AGENTS: Final = 64
MAX_TOOLS: Final = 1024
"""Tools of all agents together."""
MAX_UNUSABLE: Final = 1024
MAX_KEY_CHARACTERS: Final = 128
MAX_MESSAGE_CHARACTERS: Final = 1000
MAX_STACK_CHARACTERS: Final = 2000
MAX_PLACE_CHARACTERS: Final = 512


def incomplete_of(text: str) -> IncompleteLoad:
    """Read the text of a LOADED message; what is invalid is cut or left out."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    faults = tuple(_fault(each) for each in objects(fields.get("faults"), MAX_FAULTS))
    agents = []
    room = MAX_TOOLS
    for each in objects(fields.get("agents"), MAX_AGENTS):
        agents.append(_agent(each, room))
        room -= len(agents[-1].tools or ())
    unusable = (_unusable(each) for each in objects(fields.get("unusable"), MAX_UNUSABLE))
    told = tuple(each for each in unusable if each is not None)
    return IncompleteLoad(faults or (_fault(fields),), tuple(agents), told)


def objects(value: object, most: int) -> list[dict[str, object]]:
    """Return the objects of a list, at most so many."""
    given = value[:most] if isinstance(value, list) else []
    return [each for each in given if isinstance(each, dict)]


def _fault(fields: dict[str, object]) -> LoadFault:
    failure = failure_in(fields)
    cut = replace(
        failure,
        message=failure.message[:MAX_MESSAGE_CHARACTERS],
        stack=failure.stack[:MAX_STACK_CHARACTERS],
    )
    return LoadFault(cut, text_of(fields, "place", MAX_PLACE_CHARACTERS))


def _unusable(fields: dict[str, object]) -> UnusableTool | None:
    reason, fault = fields.get("reason"), fields.get("fault")
    if not isinstance(reason, str) or reason not in UnusableReason.__members__:
        return None
    if not isinstance(fault, int) or not 0 <= fault <= MAX_FAULTS:
        fault = 0
    return UnusableTool(
        text_of(fields, "agent", MAX_KEY_CHARACTERS),
        text_of(fields, "tool", MAX_KEY_CHARACTERS),
        UnusableReason[reason],
        fault,
    )


def _agent(fields: dict[str, object], room: int) -> MadeAgent:
    tools = fields.get("tools")
    if not isinstance(tools, list):
        return MadeAgent(text_of(fields, "key", MAX_KEY_CHARACTERS), None)
    keys = (text_of({"key": each}, "key", MAX_KEY_CHARACTERS) for each in tools[:room])
    return MadeAgent(text_of(fields, "key", MAX_KEY_CHARACTERS), tuple(keys))
