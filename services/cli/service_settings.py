"""The settings of both services, as the environment of this command sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from services.cli.errors import UsageError
from services.executor import settings as executor_settings
from services.executor.errors import SetupError as ExecutorSetupError
from services.executor.limits import ToolCallLimits
from services.toolrunner import settings as toolrunner_settings
from services.toolrunner.errors import SetupError as ToolrunnerSetupError

# What the executor's settings, and the toolrunner's, call the same limit.
SAME_LIMITS = {
    "BUNDLE_BYTES": "PROGRAM_BYTES",
    **{f"TOOL_{each.name.upper()}": f"CALL_{each.name.upper()}" for each in fields(ToolCallLimits)},
}


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the limits that are set for one service alone, as variables of the other.

    A pair that is started together agrees on them, whichever service they were set for.
    """
    found = {}
    for own, other in SAME_LIMITS.items():
        names = executor_settings.PREFIX + own, toolrunner_settings.PREFIX + other
        values = [environment.get(name) for name in names]
        if values[0] is not None and values[1] is None:
            found[names[1]] = values[0]
        elif own == "BUNDLE_BYTES" and values[0] is None and values[1] is not None:
            found[names[0]] = values[1]
    return found


def settings_of_both() -> tuple[executor_settings.Settings, toolrunner_settings.Settings]:
    """Return what the environment sets; raises UsageError that names every wrong variable."""
    given = executor_settings.process_environment()
    environment = {**passed_on(given), **given}
    problems = []
    try:
        executor = executor_settings.read_settings(environment)
    except ExecutorSetupError as error:
        problems.append(error.message)
    try:
        toolrunner = toolrunner_settings.read_settings(environment)
    except ToolrunnerSetupError as error:
        problems.append(error.message)
    if problems:
        raise UsageError("\n".join(problems))
    return executor, toolrunner
