"""Which services are installed: each has an extra of the package that brings its libraries."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version

from services.cli.errors import UsageError

EXECUTOR = "executor"
TOOLRUNNER = "toolrunner"

# Of a requirement such as `pyseccomp==0.1.2; sys_platform == "linux" and extra == "toolrunner"`.
REQUIREMENT = re.compile(r"""([\w.-]+).*\bextra == ["'](\w+)["']""")


@cache
def missing(service: str) -> tuple[str, ...]:
    """Return the packages of a service's extra that are not installed."""
    try:
        asked = requires("caisson") or []
    except PackageNotFoundError:
        return ()  # a checkout that is not installed, whose dependencies are another's concern
    found = map(REQUIREMENT.match, asked)
    return tuple(each[1] for each in found if each and each[2] == service and not has(each[1]))


def has(package: str) -> bool:
    """Tell whether a package is installed."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def require(*services: str) -> None:
    """Check that services can be started here.

    Raises:
        UsageError: one is not installed; the message says how to install it.
    """
    lacking = [each for each in services if missing(each)]
    if lacking:
        raise not_installed(lacking)


def not_installed(services: list[str]) -> UsageError:
    """Return the error for services that are not installed."""
    named = " and the ".join(services)
    return UsageError(
        f"This needs the {named}, which {'is' if len(services) == 1 else 'are'} not installed: "
        f"{how(services)}"
    )


def how(services: list[str]) -> str:
    """Return the command that installs services."""
    return f"pip install 'caisson[{','.join(services)}]'"
