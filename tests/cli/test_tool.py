"""``caisson tool``: every way in which a call can end, as documented JSON."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.command import Caisson
from tests.cli.conftest import Files
from tests.repeats import some


def test_json_output_has_the_documented_shape(caisson: Caisson, files: Files) -> None:
    result = caisson.anew("tool", files.workshop, "worker", "add", '{"a": 2, "b": 3}', "--json")
    assert result.status == 0, result.err
    outcome = result.json
    assert set(outcome) == {"ok", "output", "console", "usage"}
    assert outcome["ok"] is True
    assert outcome["output"] == {"sum": 5}
    assert outcome["console"] == [
        {"level": "log", "text": "adding 2 3"},
        {"level": "warn", "text": "carefully"},
    ]
    usage = outcome["usage"]
    assert set(usage) == {"fuel", "wallMs", "peakMemoryBytes", "hostCalls"}
    assert usage["fuel"] > 0
    assert usage["wallMs"] > 0
    assert usage["peakMemoryBytes"] > 0
    assert usage["hostCalls"] == 0


def test_ports_of_a_service_beside_it_are_left_alone(caisson: Caisson, files: Files) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ports = ("CAISSON_EXECUTOR_ADMIN_ADDRESS", "CAISSON_TOOLRUNNER_ADMIN_GRPC_ADDRESS")
        own = caisson.given({**caisson.environment, **dict.fromkeys(ports, address)})
        result = own.anew("tool", files.workshop, "worker", "add", '{"a": 2, "b": 3}', "--json")
    assert result.status == 0, result.err


def test_text_output_shows_result_console_and_cost(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.workshop, "worker", "add", '{"a": 2, "b": 3}')
    assert result.status == 0, result.err
    assert '"sum": 5' in result.out
    assert "adding 2 3" in result.out
    assert "M fuel" in result.out
    assert "\x1b" not in result.out


def test_input_is_read_from_stdin(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.workshop, "worker", "add", "-", "--json", stdin='{"a":1,"b":1}')
    assert result.json["output"] == {"sum": 2}


def test_context_reaches_the_tool(caisson: Caisson, files: Files) -> None:
    context = '{"resourceId": "user-7", "tier": "gold"}'
    result = caisson("tool", files.workshop, "worker", "whoami", "--context", context, "--json")
    assert result.status == 0, result.err
    assert result.json["output"]["resourceId"] == "user-7"
    assert result.json["output"]["tier"] == "gold"


# How calls of tools fail; each case starts the command and its services.
FAILURES: list[tuple[str, tuple[str, ...], str]] = [
    ("add", ('{"a": "two"}',), "INVALID_INPUT"),
    ("throws", (), "THROWN"),
    ("spins", ("--fuel", "200000000"), "FUEL_EXHAUSTED"),
    ("sleeps", ("--timeout-s", "0.3"), "DEADLINE_EXCEEDED"),
    ("hoards", ("--memory-mib", "40"), "MEMORY_EXCEEDED"),
    ("recurses", (), "STACK_OVERFLOW"),
    ("floods", (), "OUTPUT_TOO_LARGE"),
    ("fetches", (), "CAPABILITY_DENIED"),
    ("reads", (), "CAPABILITY_DENIED"),
    ("waits", (), "NEVER_SETTLED"),
]


@pytest.mark.parametrize(("tool", "options", "kind"), some(FAILURES, every=2))
def test_tool_failure_is_reported_by_kind(
    caisson: Caisson, files: Files, tool: str, options: tuple[str, ...], kind: str
) -> None:
    result = caisson("tool", files.workshop, "worker", tool, *options, "--json")
    assert result.status == 1, result.err
    outcome = result.json
    assert set(outcome) == {"ok", "failure", "console", "usage"}
    assert outcome["ok"] is False
    assert outcome["failure"]["kind"] == kind
    assert set(outcome["failure"]) == {"kind", "message", "name", "stack"}
    assert outcome["failure"]["message"]


@pytest.mark.parametrize(
    ("tool", "option"),
    [
        ("spins", ("--fuel", "10000000")),
        ("sleeps", ("--timeout-s", "0.3")),
        ("hoards", ("--memory-mib", "40")),
    ],
)
def test_exceeded_limit_names_its_option(
    caisson: Caisson, files: Files, tool: str, option: tuple[str, str]
) -> None:
    result = caisson("tool", files.workshop, "worker", tool, *option)
    assert result.status == 1
    assert f"{option[0]} " in result.out
    assert "raises this limit" in result.out


def test_memory_option_raises_the_heap_limit(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.workshop, "worker", "hoards", "--memory-mib", "512", "--json")
    assert "more than its 512 MiB of memory" in result.json["failure"]["message"]


def test_memory_option_raises_the_limit_of_the_load(caisson: Caisson, tmp_path: Path) -> None:
    path = tmp_path / "large.js"
    path.write_text(
        'import { ToolLoopAgent, tool } from "ai";\n'
        "const table = new Uint8Array(300 * 1024 * 1024);\n"
        'const size = tool({ description: "d", inputSchema: { type: "object" },'
        " execute: () => table.length });\n"
        'export const agent = new ToolLoopAgent({ model: "openai/m", tools: { size } });\n'
    )
    called = ("tool", str(path), "agent", "size", "{}", "--json")
    assert caisson(*called).json.get("output") is None
    assert caisson(*called, "--memory-mib", "600").json["output"] == 300 * 1024 * 1024


def test_failed_tool_names_secrets_not_granted(caisson: Caisson, files: Files) -> None:
    option = "--secret EXA_API_KEY@api.exa.ai,header=x-api-key"
    arguments = ("tool", files.keyed, "keyed", "searches")
    assert f"not granted: {option}" in caisson(*arguments).out
    assert caisson(*arguments, "--json").json["notGranted"] == [
        option,
        "--allow-fetch api.exa.ai",
    ]
    given = ("--context", '{"env": {"EXA_API_KEY": "given"}}', "--json")
    assert "notGranted" not in caisson(*arguments, "{}", *given).json


def test_thrown_error_has_a_stack(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.workshop, "worker", "throws", "--json")
    failure = result.json["failure"]
    assert failure["name"] == "RangeError"
    assert "out of range" in failure["message"]
    assert "bundle.js:" in failure["stack"]


def test_text_output_shows_why_a_tool_failed(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.workshop, "worker", "throws")
    assert result.status == 1
    assert "THROWN" in result.out
    assert "RangeError" in result.out
    assert "out of range" in result.out


def test_throwing_top_level_fails_the_load(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.bad_top_level, "worker", "add", '{"a":1,"b":2}', "--json")
    assert result.status == 1
    assert result.json["failure"]["kind"] == "LOAD_FAILED"
    assert "not today" in result.json["failure"]["message"]
    assert result.json["usage"]["fuel"] > 0


def test_tool_made_before_the_top_level_throws_runs(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.half_top_level, "worker", "add", '{"a":1,"b":2}', "--json")
    assert result.status == 0
    assert result.json["output"] == {"sum": 3}
    failed, fault = result.json["loadFaults"]
    assert (fault["kind"], fault["message"]) == ("LOAD_FAILED", "not today")
    assert fault["place"].startswith("bundle.js:")
    (unusable,) = result.json["unusableTools"]
    assert (unusable["agent"], unusable["tool"]) == ("worker", "floods")
    assert not unusable["mayRun"]
    assert failed["place"] in unusable["why"]
    said = [line["text"] for line in result.json["console"] if line["level"] == "warn"]
    assert failed["place"] in said[0]
    assert fault["place"] in said[1]
    assert "worker.add" in said[2]
    assert "worker.floods" in said[3]


def test_control_codes_from_tools_do_not_reach_the_terminal(caisson: Caisson, files: Files) -> None:
    result = caisson("tool", files.workshop, "worker", "escape")
    assert result.status == 0
    assert "gone" in result.out
    assert "\x1b" not in result.out
    assert "\x07" not in result.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "add"), "Its agents are: worker"),
        (("worker", "nothing"), "Its tools are: add"),
        (("worker", "add", "{a: 1}"), "INPUT_JSON is not JSON"),
        (("worker", "add", "{}", "--context", "[]"), "--context must be a JSON object"),
        (("worker", "add", "{}", "--fuel", "0"), "--fuel"),
        (("worker", "add", "{}", "--timeout-s", "-1"), "--timeout-s"),
        (("worker", "add", "[" * 100_000), "nested too deep"),
    ],
)
def test_wrong_arguments_are_usage_errors(
    caisson: Caisson, files: Files, arguments: tuple[str, ...], said: str
) -> None:
    result = caisson("tool", files.workshop, *arguments, "--json")
    assert result.status == 2
    assert said in result.err
    assert "Traceback" not in result.err
    assert not result.out


def test_tool_with_unreadable_schema_cannot_be_called(caisson: Caisson, files: Files) -> None:
    caisson.environment["CAISSON_EXECUTOR_SANDBOX_SCHEMAS"] = "false"
    result = caisson("tool", files.half_readable, "first", "murky", "--json")
    assert result.status == 2
    assert "disabled" in result.err
    assert "agents.first.tools.murky" in result.err


def test_tool_leaves_no_process_or_file_behind(caisson: Caisson, files: Files) -> None:
    caisson("tool", files.workshop, "worker", "add", '{"a":1,"b":2}')
    assert not caisson.processes()
