"""An agent's settings as the sandbox said them, obeyed by the same table as those in its source."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from services.executor.agent_parts import AgentHook, AskedPart, StepCount
from services.executor.bundle.frameworks.framework import Framework
from services.executor.bundle.frameworks.registry import (
    AGENT_APPROVAL_KEYS,
    AGENT_APPROVALS_ASKED,
    known_settings,
)
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    Level,
    Setting,
    sounds_restricting,
)
from services.executor.bundle.manifest.agent_settings import (
    UNKNOWN_IS_LOST,
    active_tools_of,
    say_options_not_sent,
    tool_choice_of,
    wrong_setting,
)
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import AgentSpec, Diagnostic, Json, ToolChoice

_ACTIVE = ("activeTools", "experimental_activeTools")
# What an agent's source says of these is read apart from its other settings.
_APART = frozenset({*_ACTIVE, "maxSteps", "toolChoice", "toolUseBehavior"})
# In the place of a name: all settings of an agent of which source tells none.
ALL_SETTINGS = "*"
_FORMS = frozenset({"experimental_output", "output", "outputType", "structuredOutput"})
_CODE = "it is code, which Caisson does not run there"


class RefusedSettingError(Exception):
    """A setting cannot be honoured; the message is a clause."""


def with_settings(
    agent: AgentSpec,
    framework: Framework,
    asked: Iterable[AskedPart],
    values: Mapping[str, Json],
    code: Collection[str],
) -> AgentSpec:
    """Return the agent with the settings that the sandbox said.

    Args:
        agent: as its source says.
        framework: its framework.
        asked: the settings that were asked for.
        values: those that JSON can express.
        code: the names of those that it cannot express, or not whole.

    Raises:
        RefusedSettingError: one cannot be honoured.
    """
    wanted = _wanted(agent, asked)
    is_whole = _is_whole(wanted, framework)
    known = known_settings(framework, Level.OPTIONS)
    settings = dict(agent.settings)
    for name in sorted({*values, *code}):
        if name in code or not _is_empty(values[name]):
            _check(name, known.get(name), name in code, is_whole or name in wanted)
        query = known[name].query if name in known else ""
        if query and name in values and name not in code:
            if wrong := wrong_setting(query, values[name]):
                raise RefusedSettingError(f"`{name}`: {wrong}")
            settings[query] = values[name]
    agent = replace(agent, settings=settings, tool_choice=_choice(values, agent.tool_choice))
    active = _active(values)
    if active is not None or is_whole or not wanted.isdisjoint(_ACTIVE):
        agent = replace(agent, active_tools=active)
    named = {name for name in {*values, *code} if name in code or not _is_empty(values[name])}
    if not is_whole:  # else their source says what they are
        apart = {name for name, setting in known.items() if setting.is_read_apart}
        named -= apart - wanted
    return _with_hooks(_with_steps(agent, values.get("maxSteps")), known, named)


def _with_hooks(
    agent: AgentSpec, known: Mapping[str, Setting], names: Collection[str]
) -> AgentSpec:
    """Return the agent with the hooks among the settings that the sandbox named."""
    found = {each.name: each for each in agent.hooks}
    for name in sorted(names):
        if name in known and (hook := known[name].hook):
            found.setdefault(hook, AgentHook(hook, f"agents.{agent.key}.{name}"))
    return replace(agent, hooks=tuple(found.values()))


def lost_settings(
    agent: AgentSpec,
    framework: Framework,
    asked: Iterable[AskedPart],
    values: Mapping[str, Json],
    code: Collection[str],
) -> tuple[Diagnostic, ...]:
    """Return what no run uses of the settings that the sandbox said, as a manifest reports it.

    The arguments are those of ``with_settings``; what the source says is in the manifest already.
    """
    wanted = _wanted(agent, asked)
    is_whole = _is_whole(wanted, framework)
    known = known_settings(framework, Level.OPTIONS)
    diagnostics = Diagnostics()
    for name in sorted({*values, *code}):
        is_new = is_whole or name in wanted
        if is_new and (name in code or not _is_empty(values[name])):
            where = f"agents.{agent.key}.{name}"
            _say_lost(where, known.get(name), values.get(name), diagnostics)
    return diagnostics.sorted()


def _say_lost(where: str, setting: Setting | None, value: Json, diagnostics: Diagnostics) -> None:
    if setting is None:
        diagnostics.warning(where, UNKNOWN_IS_LOST)
    elif setting.handling is Handling.TOLD and setting.severity:
        diagnostics.add(setting.severity, where, setting.meaning)
    if setting is not None and setting.query == "providerOptions":
        say_options_not_sent(value, where, None, diagnostics)


def _wanted(agent: AgentSpec, asked: Iterable[AskedPart]) -> frozenset[str]:
    """Return the names of the settings that were asked for."""
    paths = (each.path.removeprefix(f"agents.{agent.key}.") for each in asked)
    return frozenset(path.partition(".")[0].partition("[")[0] for path in paths)


def _is_whole(wanted: Collection[str], framework: Framework) -> bool:
    """Tell whether source said nothing of several: of a function of the context, or an object."""
    return not {ALL_SETTINGS, *framework.agents.holders}.isdisjoint(wanted)


def approves_all(values: Mapping[str, Json], code: Collection[str]) -> bool:
    """Tell whether every call needs approval by a setting that no call asks the sandbox for."""
    names = (name for name in AGENT_APPROVAL_KEYS if name not in AGENT_APPROVALS_ASKED)
    return any(name in code or not _is_empty(values.get(name)) for name in names)


def _check(name: str, setting: Setting | None, is_code: bool, is_new: bool) -> None:
    """Refuse a setting that cannot be honoured; ``is_new``: its source said nothing of it."""
    if setting is None:
        if sounds_restricting(name):
            reason = "Caisson does not know this setting, which may restrict the agent"
            raise RefusedSettingError(f"`{name}`: {reason}")
        return
    if setting.handling is Handling.REFUSING:
        raise RefusedSettingError(f"`{name}`: {setting.meaning}")
    is_used = name in _APART or (setting.query and setting.handling is not Handling.TOLD)
    if is_new and (name in _FORMS or (is_code and is_used and not setting.hook)):
        raise RefusedSettingError(f"`{name}`: {_CODE}")


def _choice(values: Mapping[str, Json], before: ToolChoice | None) -> ToolChoice | None:
    given = values.get("toolChoice")
    if given is None:
        return before
    choice = tool_choice_of(given)
    if choice is None:
        raise RefusedSettingError("`toolChoice` is not a valid choice")
    return choice


def _active(values: Mapping[str, Json]) -> tuple[str, ...] | None:
    given = next((values[name] for name in _ACTIVE if values.get(name) is not None), None)
    if given is None:
        return None
    active = active_tools_of(given)
    if active is None:
        raise RefusedSettingError("`activeTools` is not a list of keys")
    return active


def _with_steps(agent: AgentSpec, given: Json) -> AgentSpec:
    if given is None:
        return agent
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise RefusedSettingError("`maxSteps` is not a number of steps")
    steps = given if agent.max_steps is None else min(given, agent.max_steps)
    conditions = dict.fromkeys((*agent.stop_conditions, StepCount(given)))
    return replace(agent, max_steps=steps, stop_conditions=tuple(conditions))


def _is_empty(value: Json) -> bool:
    return value is None or value is False or value in ("", [], {})
