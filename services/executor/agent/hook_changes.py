"""What hooks change of a run's queries, as data, and how their answers are read.

Answers come from the bundle: what cannot be honoured of one raises ``DishonouredError``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace

from services.executor.agent.changes import NONE, Changes
from services.executor.bundle.frameworks.registry import framework_named, known_settings
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    Level,
    sounds_restricting,
)
from services.executor.bundle.intake.agent_answers import UntoldPartError, model_name
from services.executor.bundle.manifest.agent_settings import (
    active_tools_of,
    tool_choice_of,
    wrong_setting,
)
from services.executor.bundle.manifest.instructions import BETWEEN_TEXTS
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.conversation import Message
from services.executor.domain import AgentSpec, Json, JsonObject, ToolChoice

MAX_INSTRUCTIONS = 1024 * 1024
MAX_NAME = 100
_TOOLS = re.compile("tool|step|guard", re.IGNORECASE)


class DishonouredError(Exception):
    """A hook says what cannot be done; the message is a clause."""


def read_changes(
    value: Json,
    agent: AgentSpec,
    known: Collection[str],
    messages: Callable[[Json], tuple[Message, ...]],
    covers: int,
) -> Changes:
    """Return the changes of an answer in the form of the toolrunner's protocol.

    Args:
        value: the answer.
        agent: the agent.
        known: the keys of its tools that may be offered.
        messages: reads messages of an answer.
        covers: how many messages of the conversation the hook was given.

    Raises:
        DishonouredError: a part of it cannot be honoured.
    """
    if value is None:
        return NONE
    if not isinstance(value, dict):
        raise DishonouredError("its answer is no object")
    found = NONE
    if "instructions" in value:
        found = replace(found, system=_system(value["instructions"]))
    if "model" in value:
        found = replace(found, model=_model(value["model"]))
    if "messages" in value:
        found = replace(found, messages=messages(value["messages"]), covers=covers)
    if "settings" in value:
        found = replace(found, settings=query_settings(value["settings"], agent.framework))
    if "activeTools" in value:
        active = _active(value["activeTools"], agent, known)
        found = replace(found, active_tools=active)
    if value.get("isKept") is False:
        found = replace(found, is_kept=False)
    if "toolChoice" in value:
        choice = _choice(value["toolChoice"], agent)
        found = replace(found, has_choice=True, tool_choice=choice)
    return found


def lost_names(value: Json) -> tuple[str, ...]:
    """Return the names in an answer that nothing is done with, which frameworks pass over, too.

    Raises:
        DishonouredError: one sounds as if it restricted the query, as a misspelt one may.
    """
    told = value.get("lost") if isinstance(value, dict) else None
    names = (
        tuple(clean_text(str(name)[:MAX_NAME]) for name in told) if isinstance(told, list) else ()
    )
    for name in names:
        if sounds_restricting(name) or _TOOLS.search(name):
            raise DishonouredError(f"it sets `{name}`, which Caisson does not know")
    return names


def _system(value: Json) -> str:
    texts = value if isinstance(value, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise DishonouredError("its instructions are not all texts")
    system = BETWEEN_TEXTS.join(clean_text(str(text)) for text in texts)
    if len(system) > MAX_INSTRUCTIONS:
        raise DishonouredError(f"its instructions have more than {MAX_INSTRUCTIONS} characters")
    return system


def _model(value: Json) -> str:
    try:
        return model_name(value)
    except UntoldPartError as error:
        raise DishonouredError(f"its `model` cannot be asked: {error}") from None


def query_settings(value: Json, framework: str | None) -> JsonObject:
    """Return the settings of a query under the AI SDK's names; raises DishonouredError."""
    if not isinstance(value, dict):
        raise DishonouredError("its settings are no object")
    table = known_settings(framework_named(framework), Level.AGENT)
    found: JsonObject = {}
    for name, given in value.items():
        setting = table.get(name)
        if setting is None or not setting.query or setting.handling is not Handling.HONOURED:
            raise DishonouredError(f"`{name[:100]}` is no setting of a model query")
        if wrong := wrong_setting(setting.query, given):
            raise DishonouredError(f"`{name}`: {wrong}")
        found[setting.query] = given
    return found


def _active(value: Json, agent: AgentSpec, known: Collection[str]) -> tuple[str, ...]:
    active = active_tools_of(value)
    if active is None:
        raise DishonouredError("its `activeTools` are no list of keys")
    for key in active:
        if key not in agent.tools:
            raise DishonouredError(f"the agent has no tool `{key[:100]}`, which it wants to offer")
    return tuple(key for key in active if key in known)


def _choice(value: Json, agent: AgentSpec) -> ToolChoice | None:
    if value is None:
        return None
    choice = tool_choice_of(value)
    if choice is None:
        raise DishonouredError("its `toolChoice` is no valid choice")
    if choice.tool and choice.tool not in agent.tools:
        raise DishonouredError(f"the agent has no tool `{choice.tool[:100]}`, which must be called")
    return choice
