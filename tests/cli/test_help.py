"""Each command's help lists its options; invalid grants are refused."""

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
        "--allow-fetch RULE",
        "--secret NAME@HOST",
        "--json",
    ],
    "inspect": ["BUNDLE", "--json"],
    "tool": [
        "BUNDLE AGENT TOOL [INPUT_JSON]",
        "--context JSON",
        "--fuel N",
        "--memory-mib N",
        "--timeout-s X",
        "--allow-fetch RULE",
        "--secret NAME@HOST",
        "--json",
    ],
    "replay": ["BUNDLE RECORDING", "--json"],
    "doctor": ["--json"],
}


def test_help_lists_the_commands(caisson: Caisson) -> None:
    result = caisson.anew("--help")
    assert result.status == 0
    for name in COMMANDS:
        assert f"  {name} " in result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_the_options(caisson: Caisson, command: str) -> None:
    result = caisson.anew(command, "--help")
    assert result.status == 0, result.err
    for option in COMMANDS[command]:
        assert option in result.out


@pytest.mark.parametrize("command", [("run",), ("tool", "worker", "add")])
@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--allow-fetch", "a b"), "cannot be read"),
        (("--allow-fetch", "*.com"), "too wide"),
        (("--allow-fetch", "ftp://example.com"), "Only http"),
        (("--allow-fetch", "example.com/path"), "write https://example.com/path"),
        (("--secret", "KEY"), "write NAME@HOST"),
        (("--secret", "KEY@a.io,heder=x"), "unknown option 'heder'; valid are header=NAME"),
        (("--secret", "NOT_SET_ANYWHERE@example.com"), "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_invalid_grants_are_refused(
    caisson: Caisson,
    files: Files,
    command: tuple[str, ...],
    option: tuple[str, str],
    said: str,
) -> None:
    result = caisson(command[0], files.workshop, *command[1:], *option)
    assert result.status == 2
    assert said in result.err
    assert not result.out


def test_version_is_printed(caisson: Caisson) -> None:
    result = caisson.anew("--version")
    assert result.status == 0
    assert result.out.startswith("caisson ")


@pytest.mark.parametrize("arguments", [("nonsense",), ("run",), ("inspect", "--nonsense", "x")])
def test_wrong_command_lines_are_usage_errors(caisson: Caisson, arguments: tuple[str, ...]) -> None:
    result = caisson(*arguments)
    assert result.status == 2
    assert "Usage: caisson" in result.err
    assert not result.out


def test_misspelt_command_is_answered_with_the_nearest(caisson: Caisson) -> None:
    result = caisson("rnu")
    assert result.status == 2
    assert "Did you mean `caisson run`?" in result.err


def test_default_of_a_limit_is_readable(caisson: Caisson) -> None:
    words = " ".join(caisson("run", "--help").out.split())
    assert "Default: 20, or CAISSON_EXECUTOR_MAX_STEPS." in words


def test_misspelt_variable_is_warned_of(caisson: Caisson) -> None:
    own = caisson.given({"CAISSON_EXECUTER_RUNS": "1"})
    result = own("sessions", "delete", "x")
    assert "Did you mean CAISSON_EXECUTOR_RUNS?" in result.err
