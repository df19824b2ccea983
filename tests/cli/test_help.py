"""Each command's help names what it takes; what is not there yet is refused clearly."""

from __future__ import annotations

import pytest

from tests.cli.command import Caisson
from tests.cli.conftest import Files

COMMANDS = {
    "serve": ["--executor ADDR", "--toolrunner ADDR"],
    "executor": ["CAISSON_EXECUTOR_ADDRESS"],
    "toolrunner": ["CAISSON_TOOLRUNNER_ADDRESS", "CAISSON_TOOLRUNNER_CALL_FUEL"],
    "run": [
        "BUNDLE [MESSAGE]",
        "--agent KEY",
        "--session ID",
        "--resource ID",
        "--model M",
        "--server ADDR",
        "--json",
    ],
    "inspect": ["BUNDLE", "--json"],
    "tool": [
        "BUNDLE AGENT TOOL [INPUT_JSON]",
        "--context JSON",
        "--fuel N",
        "--memory-mib N",
        "--timeout-s X",
        "--json",
    ],
    "doctor": ["--json"],
}


def test_help_lists_the_commands(caisson: Caisson) -> None:
    result = caisson("--help")
    assert result.status == 0
    for name in COMMANDS:
        assert f"  {name} " in result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_the_options(caisson: Caisson, command: str) -> None:
    result = caisson(command, "--help")
    assert result.status == 0, result.err
    for option in COMMANDS[command]:
        assert option in result.out
    assert "--allow-fetch" not in result.out
    assert "--secret" not in result.out


@pytest.mark.parametrize("option", [("--allow-fetch", "example.com"), ("--secret", "KEY@host")])
@pytest.mark.parametrize("command", [("run",), ("tool", "worker", "add")])
def test_grants_are_refused_for_now(
    caisson: Caisson, files: Files, command: tuple[str, ...], option: tuple[str, str]
) -> None:
    result = caisson(command[0], files.workshop, *command[1:], *option)
    assert result.status == 2
    assert "not in this version: fetch is refused for every tool" in result.err
    assert not result.out


def test_version(caisson: Caisson) -> None:
    result = caisson("--version")
    assert result.status == 0
    assert result.out.startswith("caisson ")


@pytest.mark.parametrize("arguments", [("nonsense",), ("run",), ("inspect", "--nonsense", "x")])
def test_wrong_command_lines_are_usage_errors(caisson: Caisson, arguments: tuple[str, ...]) -> None:
    result = caisson(*arguments)
    assert result.status == 2
    assert "Usage: caisson" in result.err
    assert not result.out
