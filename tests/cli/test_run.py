"""``caisson run``: the stream as JSON and as a person reads it, and how it ends."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time

import pytest
from llmock.pytest_plugin import LLMock

from tests.cli.command import TIMEOUT_S, Caisson, read_all
from tests.cli.conftest import Files, Served

ADD = {"a": 2, "b": 3}


def kinds(events: list[dict[str, object]]) -> list[str]:
    """Return the kind of each event."""
    common = {"runId", "sequence", "eventTime"}
    return [next(key for key in event if key not in common) for event in events]


def test_json_is_one_event_a_line(
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


def test_a_pipe_gets_plain_text(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("add", ADD)
    llmock.reply("It is five.")
    result = caisson("run", files.workshop, "Add.", "--server", served.executor)
    assert result.status == 0, result.err
    assert "\x1b" not in result.out
    for text in ("worker", "openai/offline", 'add {"a": 2, "b": 3}', '{"sum": 5}', "adding 2 3"):
        assert text in result.out
    assert "It is five." in result.out.splitlines()
    assert "2 steps" in result.out.splitlines()[-1]


def test_a_failed_tool_is_shown_and_the_run_goes_on(
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


def test_the_message_may_be_piped_in(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.reply("Heard.")
    result = caisson("run", files.workshop, "--server", served.executor, stdin="Listen.\n")
    assert result.status == 0, result.err
    assert "Heard." in result.out
    assert "Listen." in str(llmock.last_request.body)


def test_no_message(caisson: Caisson, files: Files) -> None:
    result = caisson("run", files.workshop, "  ")
    assert result.status == 2
    assert "message" in result.err


@pytest.mark.parametrize("arguments", [("\udcff",), ("Hi.", "--agent", "\udcff")])
def test_arguments_are_utf_8(caisson: Caisson, files: Files, arguments: tuple[str, ...]) -> None:
    result = caisson("run", files.workshop, *arguments)
    assert result.status == 2
    assert "is not UTF-8" in result.err


def test_a_session_goes_on(caisson: Caisson, files: Files, served: Served, llmock: LLMock) -> None:
    llmock.tool_mode("off")
    options = ("--session", "s1", "--resource", "r1", "--server", served.executor)
    assert caisson("run", files.workshop, "My name is Ada.", *options).status == 0
    assert caisson("run", files.workshop, "Who am I?", *options).status == 0
    assert "My name is Ada." in str(llmock.last_request.body)


def test_context_reaches_the_tools(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("whoami", {})
    options = ("--context", '{"tier": "gold"}', "--server", served.executor, "--json")
    result = caisson("run", files.workshop, "Who am I?", *options)
    (output,) = [
        each["toolOutputAvailable"] for each in result.events if "toolOutputAvailable" in each
    ]
    assert output["output"]["value"]["tier"] == "gold"


def test_budget_without_an_answer_fails_the_command(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("add", ADD)
    options = ("--max-steps", "1", "--server", served.executor)
    result = caisson("run", files.workshop, "Add.", *options)
    assert result.status == 1
    assert not result.err
    last = result.out.splitlines()[-1]
    assert "--max-steps, CAISSON_EXECUTOR_MAX_STEPS and the bundle's own" in last


def test_answer_within_the_budget_is_a_success(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.reply("Five.")
    options = ("--max-steps", "1", "--server", served.executor)
    assert caisson("run", files.workshop, "Add.", *options).status == 0


def test_secret_that_was_not_granted_is_told_at_the_start_and_when_its_tool_fails(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.call_tool("searches", {})
    result = caisson("run", files.keyed, "Search.", "--server", served.executor)
    option = "--secret EXA_API_KEY@api.exa.ai,header=x-api-key"
    first, _, failed = result.out.partition("✗ searches THROWN")
    assert f"not granted: {option}" in first
    assert f"not granted: {option}" in failed


def test_the_model_may_be_replaced(
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
        ("workshop", ("--model", "nonsense"), 1, "nonsense"),
    ],
)
def test_runs_that_cannot_start(
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


def test_a_model_that_fails_fails_the_run(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.fail(401, times=None)
    result = caisson("run", files.workshop, "Hi.", "--server", served.executor)
    assert result.status == 1, result
    assert "error: " in result.err
    assert "OPENAI_API_KEY" in result.err
    assert "Traceback" not in result.err


def test_nobody_at_the_address(caisson: Caisson, files: Files) -> None:
    result = caisson("run", files.workshop, "Hi.", "--server", "127.0.0.1:9")
    assert result.status == 1
    assert "127.0.0.1:9" in result.err
    assert "caisson serve" in result.err


def test_the_toolrunner_is_no_executor(caisson: Caisson, files: Files, served: Served) -> None:
    result = caisson("run", files.workshop, "Hi.", "--server", served.toolrunner)
    assert result.status == 1
    assert "no Caisson executor" in result.err


def test_without_a_server_the_pair_is_started_and_ended(
    caisson: Caisson, files: Files, llmock: LLMock, model_variables: dict[str, str]
) -> None:
    llmock.call_tool("add", ADD)
    own = Caisson(caisson.folder, model_variables, caisson.cache)
    result = own("run", files.workshop, "Add.", "--json")
    assert result.status == 0, result.err
    assert kinds(result.events)[-1] == "runEnded"
    assert not own.processes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything(
    caisson: Caisson,
    files: Files,
    llmock: LLMock,
    model_variables: dict[str, str],
    number: signal.Signals,
) -> None:
    llmock.call_tool("sleeps", {})
    own = Caisson(caisson.folder, model_variables, caisson.cache)
    with own.started("run", files.workshop, "Sleep.", "--json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "toolInputAvailable" in line:
                break
        assert len(own.processes()) >= 3
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 130
        assert "Traceback" not in err
    assert not own.processes()


def test_services_end_with_a_command_that_is_killed(
    caisson: Caisson, files: Files, llmock: LLMock, model_variables: dict[str, str]
) -> None:
    llmock.call_tool("sleeps", {})
    own = Caisson(caisson.folder, model_variables, caisson.cache)
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


def test_a_reader_that_goes_away_is_no_traceback(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    llmock.tool_mode("off")
    arguments = ("run", files.workshop, "Hello.", "--server", served.executor, "--json")
    with caisson.started(*arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        assert process.wait(TIMEOUT_S) == 1
    assert "Traceback" not in err


def test_a_terminal_gets_colour(
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
