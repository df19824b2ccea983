"""The settings of both services, from this command's environment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from importlib import import_module

from services.cli.certificate_files import examined
from services.cli.errors import UsageError
from services.executor import settings as executor_settings
from services.executor.errors import SetupError as ExecutorSetupError
from services.executor.limits import ToolCallLimits
from services.front.other_variables import ignored, names_of
from services.toolrunner import settings as toolrunner_settings
from services.toolrunner.errors import SetupError as ToolrunnerSetupError

# Imported when it is used: it needs the executor's libraries.
EGRESS_SETUP = "services.executor.egress_setup"
# The names of one limit in the executor's settings and in the toolrunner's.
SAME_LIMITS = {
    "BUNDLE_BYTES": "PROGRAM_BYTES",
    **{f"TOOL_{each.name.upper()}": f"CALL_{each.name.upper()}" for each in fields(ToolCallLimits)},
}


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the limits that are set for only one service, as variables of the other.

    Services that are started together agree on them, whichever service they were set for.
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


def ignored_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a warning for each variable that only looks like a setting."""
    known = [
        *names_of(executor_settings.Settings, executor_settings.PREFIX),
        *names_of(toolrunner_settings.Settings, toolrunner_settings.PREFIX),
    ]
    return ignored(environment, known)


def settings_of_both(
    overrides: Mapping[str, str] | None = None,
    *,
    to_start: bool = False,
    without: Collection[str] = (),
) -> tuple[executor_settings.Settings, toolrunner_settings.Settings]:
    """Return the settings of both services.

    Args:
        overrides: variables on top of this process's environment.
        without: variables of this process's environment that are not read.
        to_start: check also what the executor checks only when it starts: files and secrets.

    Raises:
        UsageError: some are wrong; the message names every variable, by service.
    """
    own = executor_settings.process_environment()
    given = {name: value for name, value in own.items() if name not in without}
    given |= overrides or {}
    environment = {**passed_on(given), **given}
    problems = []
    try:
        executor = executor_settings.read_settings(environment)
        if to_start:
            import_module(EGRESS_SETUP).policy_of(executor, environment)
    except ExecutorSetupError as error:
        problems.append(f"executor: {error.message}")
    try:
        toolrunner = toolrunner_settings.read_settings(environment)
    except ToolrunnerSetupError as error:
        problems.append(f"toolrunner: {error.message}")
    if not problems and to_start:
        found = examined(executor, toolrunner)
        problems = [f"{each.service}: {each.fault}." for each in found if each.fault]
    if problems:
        raise UsageError("\n".join(problems))
    return executor, toolrunner
