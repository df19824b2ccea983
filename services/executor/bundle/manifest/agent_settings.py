"""An agent's settings for model queries, under the manifest's names."""

from __future__ import annotations

from services.executor.agent_parts import AgentPart
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Undefined,
    Value,
)
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.registry import setting_names
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import Json, JsonObject, ToolChoice, ToolChoiceMode

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
# The provider options that a run passes on.
_SENT_OPTIONS = frozenset({"reasoningEffort", "thinking"})
_OUT = "this setting is left out, the model's own default holds"


def read_settings(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> JsonObject:
    """Return the constant settings; for others a diagnostic says what applies instead."""
    found: dict[str, Json] = {}
    names = setting_names(agent.framework)
    for name, modern in names.query.items():
        value = part(evaluator, agent.settings, name)
        if value is None or isinstance(value, Undefined) or modern in found:
            continue
        try:
            given = json_of(evaluator, value)
        except NotLiteralError as error:
            where = f"{path}.{name}{error.path}"
            diagnostics.ask(AgentPart.SETTINGS, where, error.reason, error.node, otherwise=_OUT)
            continue
        if wrong := wrong_setting(modern, given):
            diagnostics.warning(f"{path}.{name}", f"{wrong}: {_OUT}", value.node)
            continue
        found[modern] = given
        if name in names.told_only:
            diagnostics.info(f"{path}.{name}", names.told_only[name], value.node)
        if name == "providerOptions":
            _say_options_not_sent(found[modern], f"{path}.{name}", value.node, diagnostics)
    _say_what_is_not_used(evaluator, agent, path, diagnostics)
    agent.framework.remarks(evaluator, agent, path, diagnostics)
    return found


def wrong_setting(name: str, given: Json) -> str:
    """Return why no provider accepts a setting, empty when one may."""
    if name in _NUMBERS and (isinstance(given, bool) or not isinstance(given, int | float | None)):
        return "it is not a number"
    texts = given if isinstance(given, list) else [given]
    if name == "stopSequences" and not all(isinstance(each, str | None) for each in texts):
        return "it is not a list of strings"
    return ""


def _say_options_not_sent(options: Json, path: str, node: Node, diagnostics: Diagnostics) -> None:
    for provider, given in options.items() if isinstance(options, dict) else ():
        for name in given if isinstance(given, dict) else ():
            if name not in _SENT_OPTIONS:
                diagnostics.info(f"{path}.{provider}.{name}", _TOLD_ONLY, node)


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
    reason = "it is not a valid choice: the model is free to call tools"
    diagnostics.warning(f"{path}.toolChoice", reason, value.node)
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
        return None
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _say_what_is_not_used(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> None:
    names = setting_names(agent.framework)
    for name in sorted(names.not_called):
        value = part(evaluator, agent.settings, name)
        if isinstance(value, FunctionValue):
            reason = "a function of the bundle that Caisson does not call around model queries"
            diagnostics.info(f"{path}.{name}", reason, value.node)
    for name, (severity, reason) in names.not_used.items():
        value = part(evaluator, agent.settings, name)
        if value is not None and not _is_empty(value):
            diagnostics.add(severity, f"{path}.{name}", reason, value.node)


def _is_empty(value: Value) -> bool:
    match value:
        case Undefined() | Constant(None | False | ""):
            return True
        case ArrayValue(items=(), opaque=None):
            return True
        case ObjectValue():
            return not value.parts
        case _:
            return False
