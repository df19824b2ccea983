"""Checks of a peer's requests: ids, names, capabilities, JSON; limits are only lowered."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from services.front.limits import BUNDLE_BYTES
from services.front.version import caisson_version
from services.toolrunner import strict_json
from services.toolrunner.domain import MIB, Limits, ToolCall
from services.toolrunner.errors import OverLimitError, ProtocolError, UnsupportedError
from services.toolrunner.messages import Evaluate, LimitRequest, Open

KNOWN_CAPABILITIES = frozenset({"fetch", "model"})
INPUT_SCHEMA = "inputSchema"
AGENT = "agent"
AGENT_PARTS = frozenset({"description", "instructions", "model", "settings", "tools"})
HOOK = "hook"
HOOKS = frozenset(
    {
        "agentTool",
        "handoff",
        "handoffs",
        "inputGuardrails",
        "outputGuardrails",
        "prepareCall",
        "prepareStep",
        "processInput",
        "processInputStep",
        "processOutput",
        "repairToolCall",
        "stopWhen",
        "toolUseBehavior",
    }
)
GATES = "call.gates"
"""Approvals, guardrails and the like are asked in calls, and `toModelOutput` is told."""
REPLAY = "call.replay"
"""Calls are recorded, and made once more as they were."""
FEATURES = (
    GATES,
    REPLAY,
    f"evaluate.{AGENT}",
    f"evaluate.{HOOK}",
    f"evaluate.{INPUT_SCHEMA}",
    "open.env",
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MOST_FEATURES = 64
MOST_VALUES = 128
VALUE_BYTES = 32 * 1024
ENV_BYTES = 256 * 1024
ID_BYTES = 128
NAME_BYTES = 1024
GIVEN_CHARACTERS = 1024 * 1024
"""Characters of what a hook is given."""
KEY_BYTES = 64 * 1024
"""Bytes of an agent's or a tool's key, which a bundle chooses: any text, also none."""
MODEL_ID_BYTES = 4096
MESSAGES_CHARACTERS = 256 * 1024
CHECKED_AT_ONCE = 32 * 1024
"""Characters of JSON to check on the event loop: 2 ms at most."""

# Limits that may be lowered to zero.
MAY_BE_NONE = frozenset({"console_bytes", "host_calls", "host_calls_in_flight", "timers"})


@dataclass(frozen=True)
class Bounds:
    """What a stream may ask for: limits of a call, bytes of program and request, calls at once."""

    call_limits: Limits = field(default_factory=Limits)
    program_bytes: int = BUNDLE_BYTES
    calls_in_flight: int = 64
    request_bytes: int = 4 * MIB


def check_id(name: str, value: str, most: int = ID_BYTES, *, optional: bool = False) -> None:
    """Raise ProtocolError unless ``value`` has 1 to ``most`` bytes, or none when ``optional``."""
    size = len(value.encode())
    if size > most:
        raise OverLimitError(f"{name} has {size} bytes; the most is {most}.")
    if not size and not optional:
        raise ProtocolError(f"{name} is empty.")


def check_open(message: Open) -> bool:
    """Return whether the program is a module; raises ProtocolError for a field that is wrong."""
    check_id("run_id", message.run_id, optional=True)
    check_id("open.tenant", message.tenant, optional=True)
    check_features(message.required_features)
    if not DIGEST.fullmatch(message.digest):
        raise ProtocolError(
            "open.program_digest must be the SHA-256 of the program: sha256: and 64 lower-case "
            "hexadecimal digits."
        )
    if message.is_module is None:
        raise ProtocolError("open.format must say whether the program is a module or a script.")
    check_capabilities(message.capabilities)
    check_environment(message.env)
    return message.is_module


def check_capabilities(names: tuple[str, ...]) -> None:
    """Raise ProtocolError for an unknown capability."""
    for name in names:
        if name not in KNOWN_CAPABILITIES:
            raise ProtocolError(
                f"open.capabilities names {name[:ID_BYTES]!r}, which is unknown; "
                f"there are: {', '.join(sorted(KNOWN_CAPABILITIES))}."
            )


def check_environment(values: Mapping[str, str]) -> None:
    """Raise ProtocolError for environment values that are too many, too large, or badly named."""
    if len(values) > MOST_VALUES:
        raise OverLimitError(f"open.env has {len(values)} values; the most is {MOST_VALUES}.")
    total = 0
    for name, value in values.items():
        check_id("A name in open.env", name)
        if "=" in name or "\0" in name or "\0" in value:
            raise ProtocolError("open.env has a name or a value that no environment can hold.")
        size = len(value.encode())
        total += size
        if size > VALUE_BYTES or total > ENV_BYTES:
            raise OverLimitError(
                f"open.env is too large: at most {VALUE_BYTES} bytes for a value and {ENV_BYTES} "
                "in all."
            )


def check_features(names: tuple[str, ...]) -> None:
    """Raise UnsupportedError when the peer needs a feature that this version does not have."""
    if len(names) > MOST_FEATURES:
        raise OverLimitError(f"open.required_features has more than {MOST_FEATURES} names.")
    for name in names:
        check_id("open.required_features", name)
        if name not in FEATURES:
            raise UnsupportedError(
                f"The caller needs the feature {name!r}, which toolrunner {caisson_version()} does "
                "not have. Upgrade the toolrunners first."
            )


def check_age(seconds: float | None) -> float | None:
    """Return the most age of a load; raises ProtocolError when it is less than a second."""
    if seconds is not None and seconds < 1:
        raise ProtocolError("open.max_load_age is less than 1 second.")
    return seconds


def check_json(name: str, text: str) -> None:
    """Raise ProtocolError unless ``text`` is JSON; the worker checks long texts."""
    if len(text) > CHECKED_AT_ONCE:
        return
    try:
        strict_json.check(text)
    except (ValueError, RecursionError):
        raise ProtocolError(f"{name} is not JSON.") from None


def asked_for(message: Evaluate, limits: Limits) -> ToolCall | None:
    """Return the call that asks the guest for a member; None for an unknown member."""
    given = _arguments(message)
    if given is None:
        return None
    agent, tool, context = message.agent, message.tool, message.context_json
    return ToolCall(agent, tool, given, context, "", (), limits, message.member)


def _arguments(message: Evaluate) -> str | None:
    """Return what the guest is given for a member, as JSON text; None for an unknown member."""
    if message.member == INPUT_SCHEMA:
        return "{}" if message.tool and not message.arguments_json else None
    if message.member == HOOK:
        return _hook_given(message)
    if message.member != AGENT or message.tool or len(message.arguments_json) > NAME_BYTES:
        return None
    try:
        arguments = json.loads(message.arguments_json)
    except (ValueError, RecursionError):
        return None
    names = arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return json.dumps(names) if names and AGENT_PARTS.issuperset(names) else None


_HOOK_NAME = re.compile(r'\s*\[\s*"(\w{1,64})"\s*,')


def _hook_given(message: Evaluate) -> str | None:
    """Return a hook's name and what it is given; the worker checks that it is JSON."""
    found = _HOOK_NAME.match(message.arguments_json)
    known = found is not None and found[1] in HOOKS and not message.tool
    if not known or len(message.arguments_json) > GIVEN_CHARACTERS:
        return None
    return message.arguments_json


def lowered(most: Limits, wanted: LimitRequest | None, where: str) -> Limits:
    """Return ``most`` with each limit lowered to the requested value, if that is less.

    Raises ProtocolError, naming ``where``, when a limit is not above zero; console text, host calls
    and timers may be limited to zero.
    """
    if wanted is None:
        return most
    asked = {name: value for name, value in asdict(wanted).items() if value is not None}
    for name, value in asked.items():
        allowed = value > 0 or (value == 0 and name in MAY_BE_NONE)
        if not allowed or math.isinf(value):
            shown = name.removesuffix("_s")
            raise ProtocolError(f"{where}.{shown} is {value}; a limit must be above zero.")
    return replace(most, **{name: min(getattr(most, name), asked[name]) for name in asked})
