"""The command shows where in its sources a tool failed, and nothing of anybody's folders."""

from __future__ import annotations

import pytest

from examples.weather.build import HERE, build
from tests.cli.command import Caisson

TOOL = ("forecaster", "readSecrets", '{"path": "/etc/hostname"}')


@pytest.fixture(scope="module")
def weather() -> str:
    """The example's bundle, which carries the inline map that esbuild made."""
    return str(build())


def place_of_the_read() -> str:
    """Where in its source the tool reads a file: name and line."""
    lines = (HERE / "src" / "index.ts").read_text().splitlines()
    line = next(i for i, text in enumerate(lines, start=1) if "await readFile(" in text)
    return f"    at execute (src/index.ts:{line}:"


def test_a_failure_names_the_source(caisson: Caisson, weather: str) -> None:
    failure = caisson("tool", weather, *TOOL, "--json").json["failure"]
    assert (failure["kind"], failure["name"]) == ("CAPABILITY_DENIED", "CapabilityDeniedError")
    assert failure["stack"].startswith(place_of_the_read())
    assert str(HERE) not in str(failure)


def test_a_person_reads_the_same(caisson: Caisson, weather: str) -> None:
    done = caisson("tool", weather, *TOOL)
    assert place_of_the_read() in done.out + done.err
