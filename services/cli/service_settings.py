"""The settings of both services, as the environment of this command sets them."""

from __future__ import annotations

from services.cli.errors import UsageError
from services.executor import settings as executor_settings
from services.executor.errors import SetupError as ExecutorSetupError
from services.toolrunner import settings as toolrunner_settings
from services.toolrunner.errors import SetupError as ToolrunnerSetupError


def settings_of_both() -> tuple[executor_settings.Settings, toolrunner_settings.Settings]:
    """Return what the environment sets; raises UsageError that names a wrong variable."""
    try:
        return executor_settings.read_settings(), toolrunner_settings.read_settings()
    except (ExecutorSetupError, ToolrunnerSetupError) as error:
        raise UsageError(error.message) from None
