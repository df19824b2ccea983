"""What becomes of the settings of a tool, by the table of its framework."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue, truthiness
from services.executor.bundle.frameworks.framework import Framework
from services.executor.bundle.frameworks.registry import SWITCH_KEYS, known_settings
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    Level,
    sounds_restricting,
)
from services.executor.bundle.manifest.unread_parts import Given, is_empty, settings_in
from services.executor.bundle.syntax.diagnostics import Diagnostics

_DISABLED = "the tool is disabled"


def settings_allow(
    evaluator: Evaluator,
    framework: Framework,
    definition: ObjectValue,
    path: str,
    diagnostics: Diagnostics,
) -> bool:
    """Tell whether a tool may be offered, and say what becomes of its settings.

    What cannot be honoured disables it, as does a setting that no table knows but whose name
    sounds as if it restricted the tool.
    """
    known = known_settings(framework, Level.TOOL)
    is_allowed = True
    for given in settings_in(evaluator, definition, Level.TOOL):
        where = f"{path}.{given.name}"
        setting = known.get(given.name)
        if setting is None:
            is_allowed &= _may_be_lost(given, where, diagnostics)
        elif given.name in SWITCH_KEYS and truthiness(evaluator.forced(given.value)) is False:
            diagnostics.warning(
                where, "the tool is switched off: it is not offered", given.value.node
            )
            is_allowed = False
        elif is_empty(value := evaluator.forced(given.value)):
            continue
        elif setting.handling is Handling.REFUSING:
            diagnostics.error(where, f"{setting.meaning}; {_DISABLED}", value.node)
            is_allowed = False
        elif setting.handling is Handling.TOLD and setting.severity:
            diagnostics.add(setting.severity, where, setting.meaning, value.node)
    return is_allowed


def _may_be_lost(given: Given, where: str, diagnostics: Diagnostics) -> bool:
    """Say that a setting is unknown; return whether the tool works as it should without it."""
    if not sounds_restricting(given.name):
        reason = "Caisson does not know this setting: what it says is lost"
        diagnostics.warning(where, reason, given.value.node)
        return True
    reason = f"Caisson does not know this setting, which may restrict the tool; {_DISABLED}"
    diagnostics.error(where, reason, given.value.node)
    return False
