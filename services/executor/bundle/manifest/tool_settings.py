"""What a tool's settings say about its calls; one that cannot be honoured disables the tool."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ANY,
    Constant,
    FunctionValue,
    ObjectValue,
    Value,
)
from services.executor.bundle.frameworks.framework import FoundTool, Framework
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.registry import APPROVAL_KEYS, known_settings
from services.executor.bundle.frameworks.setting_table import Handling, Level, sounds_restricting
from services.executor.bundle.manifest.message_uses import may_see_messages
from services.executor.bundle.manifest.unread_parts import Given, is_empty, settings_in
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import ToolSpec

APPROVAL = "a person's approval"
_ALWAYS = f"each of its calls waits for {APPROVAL}"
_SOMETIMES = f"the sandbox asks whether a call needs {APPROVAL}, which it then waits for"
_OFF = "the tool is switched off: it is not offered"
_NOT_STRICT = "it is not known from source: the provider is not asked to keep to the schema"
_CALLED = ("execute", "needsApproval", "onInputAvailable")


def with_call_settings(
    tool: ToolSpec,
    evaluator: Evaluator,
    framework: Framework,
    found: FoundTool,
    path: str,
    diagnostics: Diagnostics,
) -> ToolSpec:
    """Return the tool with what its settings say; a diagnostic says what is not honoured."""
    definition = found.definition
    known = known_settings(framework, Level.TOOL)
    disabled = False
    gates: list[str] = []
    for given in settings_in(evaluator, definition, Level.TOOL):
        setting = known.get(given.name)
        where = f"{path}.{given.name}"
        if setting is None:
            disabled |= _say_unknown(given, where, diagnostics)
        elif not is_empty(given.value):
            if setting.handling is Handling.ASKED:
                gates.append(given.name)
            elif setting.handling is Handling.REFUSING:
                reason = f"{setting.meaning}, which Caisson does not do: the tool is disabled"
                diagnostics.error(where, reason, given.value.node)
                disabled = True
            elif setting.handling is Handling.TOLD and setting.severity:
                diagnostics.add(setting.severity, where, setting.meaning, given.value.node)
    if _is_off(evaluator, definition):
        diagnostics.warning(f"{path}.isEnabled", _OFF, definition.node)
        disabled = True
    needs_approval, is_asked = _approval(evaluator, definition, path, diagnostics)
    may_be_asked = definition.opaque() or ANY in definition.uncertain
    return replace(
        tool,
        disabled=disabled,
        needs_approval=needs_approval,
        approval_asked=is_asked,
        gates=(*gates, "...") if may_be_asked else tuple(gates),
        strict=_is_strict(evaluator, framework, definition, path, diagnostics),
        idempotent=any(
            _is_true(evaluator, definition, names) for names in framework.tools.idempotent_keys
        ),
        sees_messages=framework.tools.get_messages
        and any(_may_see(evaluator, definition, name) for name in _CALLED),
    )


def _say_unknown(given: Given, where: str, diagnostics: Diagnostics) -> bool:
    """Report a setting that nothing reads; return whether it disables the tool."""
    if sounds_restricting(given.name):
        reason = "Caisson does not know this setting, which may restrict the tool: it is disabled"
        diagnostics.error(where, reason, given.value.node)
        return True
    reason = "Caisson does not know this setting of a tool: what it says is lost"
    diagnostics.warning(where, reason, given.value.node)
    return False


def _is_off(evaluator: Evaluator, definition: ObjectValue) -> bool:
    value = _forced(evaluator, definition, "isEnabled")
    return isinstance(value, Constant) and value.value is False


def _is_true(evaluator: Evaluator, definition: ObjectValue, names: tuple[str, ...]) -> bool:
    """Tell whether a setting, which may be within others, is known to be true."""
    for name in names[:-1]:
        value = _forced(evaluator, definition, name)
        if not isinstance(value, ObjectValue):
            return False
        definition = value
    value = _forced(evaluator, definition, names[-1])
    return isinstance(value, Constant) and value.value is True


def _is_strict(
    evaluator: Evaluator,
    framework: Framework,
    definition: ObjectValue,
    path: str,
    diagnostics: Diagnostics,
) -> bool:
    value = _forced(evaluator, definition, "strict")
    if isinstance(value, Constant) and value.value is not None:
        return value.value is True
    if value is None or is_empty(value):
        return framework.tools.are_strict
    diagnostics.warning(f"{path}.strict", _NOT_STRICT, value.node or definition.node)
    return False


def _approval(
    evaluator: Evaluator, definition: ObjectValue, path: str, diagnostics: Diagnostics
) -> tuple[bool, bool]:
    """Return whether calls need approval, and whether the sandbox tells which ones do."""
    for name in APPROVAL_KEYS:
        value = _forced(evaluator, definition, name)
        if value is None or is_empty(value):
            continue
        if isinstance(value, Constant):
            if not value.value:
                continue
            diagnostics.warning(f"{path}.{name}", _ALWAYS, value.node)
            return True, False
        diagnostics.warning(f"{path}.{name}", _SOMETIMES, value.node)
        return True, True
    return False, False


def _may_see(evaluator: Evaluator, definition: ObjectValue, name: str) -> bool:
    """Tell whether a function of the tool may look at the messages of the conversation."""
    value = _forced(evaluator, definition, name)
    if value is None or isinstance(value, Constant):
        return name == "execute" and value is None
    return not isinstance(value, FunctionValue) or may_see_messages(value.node)


def _forced(evaluator: Evaluator, definition: ObjectValue, name: str) -> Value | None:
    value = part(evaluator, (definition,), name)
    return None if value is None else evaluator.forced(value)
