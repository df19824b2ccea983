"""Settings of both services: all problems are reported at once, by variable name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pytest

from services.executor import settings as executor
from services.executor.errors import SetupError as ExecutorSetupError
from services.toolrunner import settings as toolrunner
from services.toolrunner.errors import SetupError as ToolrunnerSetupError

SERVICES = pytest.mark.parametrize("service", [executor, toolrunner])


class Service(Protocol):
    """A module of settings."""

    PREFIX: str

    def read_settings(self, environment: Mapping[str, str]) -> object:
        """Return the settings of an environment."""


def complaint(service: Service, variables: Mapping[str, str]) -> str:
    """Return the problems of variables, given without their prefix."""
    with pytest.raises((ExecutorSetupError, ToolrunnerSetupError)) as caught:
        service.read_settings({service.PREFIX + name: text for name, text in variables.items()})
    return str(caught.value)


@SERVICES
def test_all_problems_are_reported_at_once(service: Service) -> None:
    told = complaint(
        service,
        {
            "DRAIN_S": "soon",
            "CONNECTIONS": "0",
            "LOG_LEVEL": "loud",
            "ADDRESS": "here",
            "MESSAGE_BYTES": str(200 * 2**20),
            "UNFINISHED_BYTES": str(2 * 2**20),
            "DRAIM_S": "1",
        },
    )
    first, *lines = told.splitlines()
    assert first == "6 settings are wrong:"
    names = ("DRAIM_S", "DRAIN_S", "LOG_LEVEL", "CONNECTIONS", "ADDRESS", "MESSAGE_BYTES")
    for name in names:
        assert any(service.PREFIX + name in line for line in lines), name
    assert any("'loud'" in line for line in lines)


@SERVICES
def test_unknown_setting_suggests_the_nearest(service: Service) -> None:
    told = complaint(service, {"KEEPALIV_S": "1"})
    prefix = service.PREFIX
    assert told == f"Unknown setting {prefix}KEEPALIV_S. Did you mean {prefix}KEEPALIVE_S?"
    listed = complaint(service, {"XYZZY": "1"})
    assert listed.startswith(f"Unknown setting {prefix}XYZZY. Valid settings: {prefix}")
    assert f"{prefix}ADDRESS, " in listed


@SERVICES
def test_levels_and_booleans_ignore_case(service: Service) -> None:
    name = "BUNDLE_DIGESTS" if service is executor else "REQUIRE_JAIL"
    settings = service.read_settings(
        {f"{service.PREFIX}LOG_LEVEL": "warning", f"{service.PREFIX}{name}": "TRUE"}
    )
    assert vars(settings)["log_level"] == "WARNING"
    assert vars(settings)[name.lower()] is True


@SERVICES
def test_kubernetes_service_variables_are_accepted(service: Service) -> None:
    linked = {f"{service.PREFIX}PORT": "tcp://10.0.0.1:1", f"{service.PREFIX}SERVICE_HOST": "x"}
    assert service.read_settings(linked) == service.read_settings({})
