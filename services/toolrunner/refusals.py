"""Reasons for refusing a call, or one of its requests."""

from __future__ import annotations

from services.front.version import caisson_version
from services.toolrunner.checks import (
    AGENT,
    AGENT_PARTS,
    GIVEN_CHARACTERS,
    HOOK,
    HOOKS,
    ID_BYTES,
    INPUT_SCHEMA,
    KEY_BYTES,
    MESSAGES_CHARACTERS,
)
from services.toolrunner.domain import FailureKind, Outcome, ToolCall, ToolFailure, Usage
from services.toolrunner.messages import CallEnded, Evaluate

SILENT_CALLER = ToolFailure(
    FailureKind.CAPABILITY_DENIED,
    "The tool's request was not answered: the caller closed its side of the stream.",
)

TOO_MANY_CALLS = ToolFailure(
    FailureKind.OVERLOADED,
    "As many calls are in flight on this stream as may be (CAISSON_TOOLRUNNER_CALLS_PER_STREAM); "
    "wait for a result.",
)
STOPPING = ToolFailure(
    FailureKind.OVERLOADED, "This runner is being stopped; send the call on another stream."
)
TOO_MANY_ASKED = ToolFailure(
    FailureKind.LIMIT_EXCEEDED,
    "The tool has as many requests waiting as it may; it must await some first.",
)


def not_started(call_id: str, failure: ToolFailure) -> CallEnded:
    """Return the end of a call whose tool was not started."""
    return CallEnded(call_id, Outcome("", failure, Usage()), started=False)


def unusable(call: ToolCall) -> ToolFailure | None:
    """Return why a call cannot have its keys of agent and tool, or its messages; None if it can."""
    size = max(len(key.encode()) for key in (call.agent, call.tool))
    if size > KEY_BYTES:
        return ToolFailure(
            FailureKind.TOOL_NOT_FOUND,
            f"The key of the agent or the tool has {size} bytes; the most is {KEY_BYTES}. "
            "Shorten it in the bundle.",
        )
    if len(call.messages_json) > MESSAGES_CHARACTERS:
        return ToolFailure(
            FailureKind.LIMIT_EXCEEDED,
            f"The conversation of the call has {len(call.messages_json)} characters; the most is "
            f"{MESSAGES_CHARACTERS}. The caller must leave out older messages.",
        )
    return None


def unknown_member(message: Evaluate) -> ToolFailure:
    """Return why a member is not evaluated."""
    of = f"tool {message.tool[:ID_BYTES]!r}" if message.tool else "an agent"
    return ToolFailure(
        FailureKind.INVALID_INPUT,
        f"The member {message.member[:ID_BYTES]!r} of {of} cannot be evaluated by toolrunner "
        f"{caisson_version()}: it knows {INPUT_SCHEMA!r} of tools, without arguments, and "
        f"{AGENT!r} of agents, with one list of its parts: {', '.join(sorted(AGENT_PARTS))}, and "
        f"{HOOK!r} of agents, with the name of one and at most {GIVEN_CHARACTERS} characters: "
        f"{', '.join(sorted(HOOKS))}.",
    )
