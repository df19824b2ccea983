"""``caisson run``: the stream as JSON and as text, and the exit status."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest
from llmock.pytest_plugin import LLMock

from tests.cli.command import TIMEOUT_S, Caisson, read_all
from tests.cli.conftest import Files, Served

ADD = {"a": 2, "b": 3}


def kinds(events: list[dict[str, object]]) -> list[str]:
    """Return the kind of each event."""
    common = {"runId", "sequence", "eventTime"}
    return [next(key for key in event if key not in common) for event in events]


def test_json_prints_one_event_per_line(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("add", ADD)
    result = caisson("run", files.workshop, "Add.", "--server", served.executor, "--json")
    assert result.status == 0, result.err
    events = result.events
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    assert len({event["runId"] for event in events}) == 1
    seen = kinds(events)
    assert seen[0] == "runStarted"
    assert seen[-1] == "runEnded"
    (output,) = [each["toolOutputAvailable"] for each in events if "toolOutputAvailable" in each]
    assert output["output"] == {"value": {"sum": 5}}
    assert "toolConsole" in seen
    assert "textDelta" in seen


def test_pipe_gets_plain_text(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("add", ADD)
    llmock.reply("It is five.")
    result = caisson.anew("run", files.workshop, "Add.", "--server", served.executor)
    assert result.status == 0, result.err
    assert "\x1b" not in result.out
    for text in ("worker", "openai/offline", 'add {"a": 2, "b": 3}', '{"sum": 5}', "adding 2 3"):
        assert text in result.out
    assert "It is five." in result.out.splitlines()
    assert "2 steps" in result.out.splitlines()[-1]


def test_run_continues_after_a_failed_tool(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("throws", {})
    llmock.reply("That went wrong.")
    result = caisson("run", files.workshop, "Throw.", "--server", served.executor)
    assert result.status == 0, result.err
    assert "✗ throws THROWN: " in result.out
    assert "RangeError" in result.out
    assert "bundle.js:" in result.out
    assert "That went wrong." in result.out


def test_message_is_read_from_stdin(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.reply("Heard.")
    result = caisson("run", files.workshop, "--server", served.executor, stdin="Listen.\n")
    assert result.status == 0, result.err
    assert "Heard." in result.out
    assert "Listen." in str(llmock.last_request.body)


def test_missing_message_is_a_usage_error(caisson: Caisson, files: Files) -> None:
    result = caisson("run", files.workshop, "  ")
    assert result.status == 2
    assert "message" in result.err


@pytest.mark.parametrize("arguments", [("\udcff",), ("Hi.", "--agent", "\udcff")])
def test_non_utf8_arguments_are_refused(
    caisson: Caisson, files: Files, arguments: tuple[str, ...]
) -> None:
    result = caisson("run", files.workshop, *arguments)
    assert result.status == 2
    assert "is not UTF-8" in result.err


def test_session_continues(caisson: Caisson, files: Files, served: Served, llmock: LLMock) -> None:
    llmock.tool_mode("off")
    options = ("--session", "s1", "--resource", "r1", "--server", served.executor)
    assert caisson("run", files.workshop, "My name is Ada.", *options).status == 0
    assert caisson("run", files.workshop, "Who am I?", *options).status == 0
    assert "My name is Ada." in str(llmock.last_request.body)


def test_context_reaches_tools(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("whoami", {})
    options = ("--context", '{"tier": "gold"}', "--server", served.executor, "--json")
    result = caisson("run", files.workshop, "Who am I?", *options)
    (output,) = [
        each["toolOutputAvailable"] for each in result.events if "toolOutputAvailable" in each
    ]
    assert output["output"]["value"]["tier"] == "gold"


def test_exceeded_budget_without_answer_exits_1(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("add", ADD)
    options = ("--max-steps", "1", "--server", served.executor)
    result = caisson("run", files.workshop, "Add.", *options)
    assert result.status == 1
    assert not result.err
    last = result.out.splitlines()[-1]
    assert "--max-steps, CAISSON_EXECUTOR_MAX_STEPS and the bundle's own" in last


def test_answer_within_budget_exits_0(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.reply("Five.")
    options = ("--max-steps", "1", "--server", served.executor)
    assert caisson("run", files.workshop, "Add.", *options).status == 0


def test_run_warns_of_secrets_not_granted(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("searches", {})
    result = caisson("run", files.keyed, "Search.", "--server", served.executor)
    option = "--secret EXA_API_KEY@api.exa.ai,header=x-api-key"
    first, _, failed = result.out.partition("✗ searches THROWN")
    assert f"not granted: {option}" in first
    assert f"not granted: {option}" in failed


def test_model_option_replaces_the_model(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.tool_mode("off")
    options = ("--model", "openai/another", "--server", served.executor, "--json")
    result = caisson("run", files.workshop, "Hello.", *options)
    assert result.events[0]["runStarted"]["model"] == "openai/another"


@pytest.mark.parametrize(
    ("bundle", "options", "status", "said"),
    [
        ("syntax_error", (), 2, "line 2"),
        ("no_agents", (), 2, "agent"),
        ("empty", (), 2, "empty"),
        ("workshop", ("--agent", "nobody"), 2, "worker"),
        ("half_readable", (), 2, "second"),
        ("workshop", ("--model", "nonsense"), 2, "nonsense"),
    ],
)
def test_run_that_cannot_start_fails_with_a_reason(
    caisson: Caisson,
    files: Files,
    served: Served,
    bundle: str,
    options: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    arguments = ("run", getattr(files, bundle), "Hi.", *options, "--server", served.executor)
    result = caisson(*arguments, "--json")
    assert result.status == status, result
    assert said in result.err
    assert "error: " in result.err
    assert "Traceback" not in result.err


def test_model_failure_fails_the_run(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.fail(401, times=None)
    result = caisson("run", files.workshop, "Hi.", "--server", served.executor)
    assert result.status == 1, result
    assert "error: " in result.err
    assert "OPENAI_API_KEY" in result.err
    assert "Traceback" not in result.err


def test_unreachable_server_is_reported(caisson: Caisson, files: Files) -> None:
    result = caisson("run", files.workshop, "Hi.", "--server", "127.0.0.1:9")
    assert result.status == 1
    assert "127.0.0.1:9" in result.err
    assert "caisson serve" in result.err


def test_toolrunner_address_is_rejected_as_server(
    caisson: Caisson, files: Files, served: Served
) -> None:
    result = caisson("run", files.workshop, "Hi.", "--server", served.toolrunner)
    assert result.status == 1
    assert "not a Caisson executor" in result.err


def test_run_starts_and_stops_its_own_services(
    caisson: Caisson, files: Files, llmock: LLMock, model_variables: dict[str, str]
) -> None:
    llmock.call_tool("add", ADD)
    own = caisson.given(model_variables)
    result = own("run", files.workshop, "Add.", "--json")
    assert result.status == 0, result.err
    assert kinds(result.events)[-1] == "runEnded"
    assert not own.processes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_stops_all_processes(
    caisson: Caisson,
    files: Files,
    llmock: LLMock,
    model_variables: dict[str, str],
    number: signal.Signals,
) -> None:
    llmock.call_tool("sleeps", {})
    own = caisson.given(model_variables)
    with own.started("run", files.workshop, "Sleep.", "--json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "toolInputAvailable" in line:
                break
        assert len(own.processes()) >= 3
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 130
        assert err == "interrupted\n"
    assert not own.processes()


def test_services_stop_when_the_command_is_killed(
    caisson: Caisson, files: Files, llmock: LLMock, model_variables: dict[str, str]
) -> None:
    llmock.call_tool("sleeps", {})
    own = caisson.given(model_variables)
    with own.started("run", files.workshop, "Sleep.", "--json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "toolInputAvailable" in line:
                break
        process.kill()
        process.wait(TIMEOUT_S)
    deadline = time.monotonic() + TIMEOUT_S
    while own.processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not own.processes()


def test_closed_pipe_shows_no_traceback(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.reply("x" * 200_000)  # more than a pipe holds: it is closed while more is to come
    arguments = ("run", files.workshop, "Hello.", "--server", served.executor, "--json")
    with caisson.started(*arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        assert process.wait(TIMEOUT_S) == 1
    assert "Traceback" not in err


def test_terminal_gets_colour(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("throws", {})
    ours, theirs = pty.openpty()
    environment = {**caisson.variables(), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    arguments = caisson.command("run", files.workshop, "Throw.", "--server", served.executor)
    with subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        shown = read_all(ours)
        assert process.wait(TIMEOUT_S) == 0
    assert "\x1b[1;31m" in shown
    assert "CAPABILITY" not in shown
    assert "throws" in shown


@pytest.mark.parametrize("name", ["gpt5mini", "foo/bar"])
def test_unknown_model_is_a_usage_error(
    caisson: Caisson, files: Files, served: Served, name: str
) -> None:
    arguments = ("--server", served.executor, "--model", name)
    assert caisson("run", files.workshop, "Hello.", *arguments).status == 2


def test_short_secret_is_refused_before_the_run(caisson: Caisson, files: Files) -> None:
    own = caisson.given({"SHORT_KEY": "..."})
    arguments = ("--offline", "--secret", "SHORT_KEY@api.example.com")
    result = own("run", files.workshop, "Hello.", *arguments)
    assert result.status == 2
    assert "--secret SHORT_KEY: The secret SHORT_KEY has 3 bytes" in result.err
    assert "· run " not in result.err + result.out


def test_server_is_no_url(caisson: Caisson, files: Files) -> None:
    result = caisson("run", files.workshop, "Hello.", "--server", "http://127.0.0.1:50051")
    assert result.status == 2
    assert "Leave out http://: --server 127.0.0.1:50051" in result.err


def test_file_of_another_language_is_named(caisson: Caisson, tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("# Notes")
    result = caisson("inspect", str(file))
    assert result.status == 2
    assert "is Markdown by its name" in result.err


def test_rule_with_one_slash_gets_no_nonsense(caisson: Caisson, files: Files) -> None:
    result = caisson("run", files.workshop, "Hello.", "--allow-fetch", "htp:/x")
    assert result.status == 2
    assert "https://htp" not in result.err
    assert "https://api.example.com" in result.err
