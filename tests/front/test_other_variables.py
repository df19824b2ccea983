"""Variables that look like settings and are none are named, with the nearest setting."""

from __future__ import annotations

import pytest

from services.front.other_variables import ignored

KNOWN = ("CAISSON_EXECUTOR_RUNS", "CAISSON_EXECUTOR_LOG_LEVEL")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CAISSON_EXECUTER_RUNS", "Did you mean CAISSON_EXECUTOR_RUNS?"),
        ("CAISSON_LOG_LEVEL", "Did you mean CAISSON_EXECUTOR_LOG_LEVEL?"),
        ("CAISSON_TOOLRUNER_WORKERS", "Did you mean CAISSON_TOOLRUNNER_WORKERS?"),
        ("CAISSON_X", "Settings begin with CAISSON_EXECUTOR_ or CAISSON_TOOLRUNNER_."),
    ],
)
def test_misspelt_prefix_is_told_with_the_nearest_name(name: str, meant: str) -> None:
    (warning,) = ignored([name, "HOME"], KNOWN)
    assert f"The variable {name} is ignored" in warning
    assert meant in warning


@pytest.mark.parametrize(
    "name",
    [
        "CAISSON_EXECUTOR_RUN",  # an error of the settings themselves
        "CAISSON_BASE",
        "CAISSON_PORT",
        "CAISSON_PORT_50051_TCP_ADDR",
        "CAISSON_GATEWAY_SERVICE_HOST",
        "CAISSON_KEY",
    ],
)
def test_variables_of_others_are_not_told(name: str) -> None:
    assert ignored([name], KNOWN, {"CAISSON_KEY"}) == []
