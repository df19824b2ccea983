"""An agent's settings: those of model queries under the manifest's names, and what restricts it."""

from __future__ import annotations

from collections.abc import Container

from services.executor.agent_parts import AgentPart
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import (
    FunctionValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.registry import known_settings
from services.executor.bundle.frameworks.setting_table import Handling, Setting, sounds_restricting
from services.executor.bundle.manifest.unread_parts import Given, is_empty, settings_of
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import Json, JsonObject, ToolChoice, ToolChoiceMode

UNKNOWN_IS_LOST = "Caisson does not know this setting: what it says is lost"
_TOLD_ONLY = "Caisson does not send it: it is only listed in the manifest"
_NUMBERS = frozenset(
    {
        "frequencyPenalty",
        "maxOutputTokens",
        "presencePenalty",
        "seed",
        "temperature",
        "topK",
        "topP",
    }
)
_TIMEOUTS = frozenset({"chunkMs", "firstChunkMs", "toolMs", "totalMs"})
# The provider options that a run passes on.
_SENT_OPTIONS = frozenset({"reasoningEffort", "store", "thinking"})


def read_settings(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> JsonObject:
    """Return the settings of a model query, and say what becomes of all others.

    What cannot be honoured disables the agent, as does a setting that no table knows but whose
    name sounds as if it restricted the agent.
    """
    found: dict[str, Json] = {}
    for given in settings_of(evaluator, agent):
        where = f"{path}.{given.name}"
        setting = known_settings(agent.framework, given.level).get(given.name)
        if setting is None:
            _say_unknown(given, agent.framework.agents.methods, where, diagnostics)
            continue
        if setting.handling is Handling.REFUSING:
            if not is_empty(value := evaluator.forced(given.value)):
                diagnostics.refuse(where, setting.meaning, value.node or given.value.node)
            continue
        hook = None if setting.is_read_apart else setting.hook
        if hook and not is_empty(value := evaluator.forced(given.value)):
            diagnostics.hook(hook, where, value.node or given.value.node)
        if given.name in agent.framework.agents.holders:
            _ask_unread(evaluator, given, where, diagnostics)
        if setting.query and setting.query not in found:
            _read_query(evaluator, given, setting, where, found, diagnostics)
        if setting.handling is Handling.TOLD and setting.severity and not is_empty(given.value):
            diagnostics.add(setting.severity, where, setting.meaning, given.value.node)
    agent.framework.remarks(evaluator, agent, path, diagnostics)
    return dict(sorted(found.items()))


def _ask_unread(evaluator: Evaluator, given: Given, where: str, diagnostics: Diagnostics) -> None:
    """Ask for what should be an object of settings and cannot be read."""
    value = evaluator.forced(given.value)
    if isinstance(value, ObjectValue) or is_nullish(value):
        return
    reason = value.reason if isinstance(value, Unsupported) else "it is no object"
    returned = isinstance(value, FunctionValue)
    if returned:
        reason = "it is a function of the context"
    node = value.node if value.node is not None else given.value.node
    diagnostics.ask(AgentPart.SETTINGS, where, reason, node, returned=returned)


def _say_unknown(
    given: Given, methods: Container[str], where: str, diagnostics: Diagnostics
) -> None:
    if given.name in methods:
        reason = "it replaces a method of the framework, which Caisson does not call"
        diagnostics.refuse(where, reason, given.value.node)
    elif sounds_restricting(given.name):
        reason = "Caisson does not know this setting, which may restrict the agent"
        diagnostics.refuse(where, reason, given.value.node)
    else:
        diagnostics.warning(where, UNKNOWN_IS_LOST, given.value.node)


def _read_query(
    evaluator: Evaluator,
    given: Given,
    setting: Setting,
    where: str,
    found: dict[str, Json],
    diagnostics: Diagnostics,
) -> None:
    """Add a setting of the model query to ``found``; one that cannot be read is never left out."""
    try:
        value = json_of(evaluator, given.value)
    except NotLiteralError as error:
        if setting.handling is not Handling.TOLD:
            where = f"{where}{error.path}"
            diagnostics.ask(AgentPart.SETTINGS, where, error.reason, error.node)
        return
    if wrong := wrong_setting(setting.query, value):
        diagnostics.refuse(where, wrong, given.value.node)
        return
    found[setting.query] = value
    if setting.query == "providerOptions":
        say_options_not_sent(value, where, given.value.node, diagnostics)


def wrong_setting(name: str, given: Json) -> str:
    """Return why no provider accepts a setting, empty when one may."""
    if name in _NUMBERS and (isinstance(given, bool) or not isinstance(given, int | float | None)):
        return "it is not a number"
    texts = given if isinstance(given, list) else [given]
    if name == "stopSequences" and not all(isinstance(each, str | None) for each in texts):
        return "it is not a list of strings"
    if name == "store" and not isinstance(given, bool | None):
        return "it is neither true nor false"
    if name == "timeout":
        return _wrong_timeout(given)
    if name == "maxProcessorRetries" and not _is_count(given):
        return "it is not a number of retries"
    limit = given.get("limit") if isinstance(given, dict) else given
    if name == "toolCallConcurrency" and not (_is_positive(limit) and isinstance(limit, int)):
        return "it is not a number of calls"
    return ""


def _wrong_timeout(given: Json) -> str:
    limits = given if isinstance(given, dict) else {"totalMs": given}
    unknown = [name for name in limits if name not in _TIMEOUTS]
    if unknown:
        return f"Caisson has no limit such as `{unknown[0][:100]}`"
    fits = all(map(_is_positive, limits.values()))
    return "" if fits else "it is not a positive number of milliseconds"


def _is_count(given: Json) -> bool:
    return given is None or (isinstance(given, int) and not isinstance(given, bool) and given >= 0)


def _is_positive(given: Json) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and given > 0


def say_options_not_sent(options: Json, path: str, node: Node, diagnostics: Diagnostics) -> None:
    """Report the options of providers that a run does not pass on."""
    for provider, given in options.items() if isinstance(options, dict) else ():
        for name in given if isinstance(given, dict) else ():
            if name not in _SENT_OPTIONS:
                diagnostics.warning(f"{path}.{provider}.{name}", _TOLD_ONLY, node)


def read_metadata(
    evaluator: Evaluator, value: Value | None, path: str, diagnostics: Diagnostics
) -> JsonObject:
    """Return the metadata of a bundle or an agent, empty when there is none to read."""
    if value is None or isinstance(value, Undefined):
        return {}
    try:
        metadata = json_of(evaluator, value)
    except NotLiteralError as error:
        diagnostics.warning(f"{path}{error.path}", f"{error.reason}; left out", error.node)
        return {}
    return metadata if isinstance(metadata, dict) else {}


def read_tool_choice(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> ToolChoice | None:
    """Return which tools the model must or may call, None when the bundle does not say."""
    value = part(evaluator, agent.settings, "toolChoice")
    if value is None or isinstance(value, Undefined):
        return None
    try:
        choice = json_of(evaluator, value)
    except NotLiteralError as error:
        where = f"{path}.toolChoice{error.path}"
        diagnostics.ask(AgentPart.SETTINGS, where, error.reason, error.node)
        return None
    if (found := tool_choice_of(choice)) is not None:
        return found
    if choice is not None:
        reason = "it is not a valid choice: which tools the model must call is not known"
        diagnostics.refuse(f"{path}.toolChoice", reason, value.node)
    return None


def tool_choice_of(choice: Json) -> ToolChoice | None:
    """Return the choice that a framework's ``toolChoice`` means, None when it means none."""
    if choice in [mode.value for mode in ToolChoiceMode if mode is not ToolChoiceMode.TOOL]:
        return ToolChoice(ToolChoiceMode(choice))
    name = choice.get("toolName") if isinstance(choice, dict) else choice
    return ToolChoice(ToolChoiceMode.TOOL, name) if isinstance(name, str) else None


def read_active_tools(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> tuple[str, ...] | None:
    """Return the keys of the tools to offer, None when the bundle does not say."""
    value = part(evaluator, agent.settings, "activeTools", "experimental_activeTools")
    if value is None or isinstance(value, Undefined):
        return None
    try:
        names = json_of(evaluator, value)
    except NotLiteralError as error:
        where = f"{path}.activeTools{error.path}"
        diagnostics.ask(AgentPart.SETTINGS, where, error.reason, error.node)
        return ()
    if names is None:
        return None
    if (active := active_tools_of(names)) is None:
        reason = "it is not a list of keys: which tools may be offered is not known"
        diagnostics.refuse(f"{path}.activeTools", reason, value.node)
        return ()
    return active


def active_tools_of(names: Json) -> tuple[str, ...] | None:
    """Return the keys that a framework's ``activeTools`` lists, None when it is no list of them."""
    if not isinstance(names, list):
        return None
    keys = tuple(name for name in names if isinstance(name, str))
    return keys if len(keys) == len(names) else None
