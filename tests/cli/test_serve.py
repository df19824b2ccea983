"""``caisson serve``, ``executor`` and ``toolrunner``: start, stop, and failed starts."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from services.cli.service_settings import passed_on
from tests.cli.command import TIMEOUT_S, Caisson
from tests.cli.conftest import Files, Served, wait_until_ready

MODEL = "openai/offline"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_stops_cleanly(caisson: Caisson, tmp_path: Path, number: signal.Signals) -> None:
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/t")
    with caisson.started("serve", *addresses) as process:
        wait_until_ready(process)
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert "Traceback" not in err
    assert not caisson.processes()


def test_serve_exits_when_a_service_dies(caisson: Caisson, tmp_path: Path) -> None:
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/t")
    with caisson.started("serve", *addresses) as process:
        wait_until_ready(process)
        (folder,) = [
            folder
            for folder in Path("/proc").glob("[0-9]*")
            if is_tether(folder, caisson.mark, b"services.toolrunner")
        ]
        os.kill(int(folder.name), signal.SIGKILL)
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 1
        assert "The toolrunner ended" in err
    assert not caisson.processes()


@pytest.mark.parametrize("option", ["--executor", "--toolrunner"])
def test_port_in_use_is_reported(caisson: Caisson, tmp_path: Path, option: str) -> None:
    others = {"--executor": f"unix:{tmp_path}/e", "--toolrunner": f"unix:{tmp_path}/t"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        addresses = [text for pair in {**others, option: address}.items() for text in pair]
        result = caisson("serve", *addresses)
    assert result.status == 1
    assert address in result.err
    assert "in use by another process. Is `caisson serve` running already?" in result.err
    assert f"`caisson serve {option}`" in result.err
    assert "Traceback" not in result.err
    assert not caisson.processes()


def test_serve_is_not_ready_because_of_another_pair(
    caisson: Caisson, tmp_path: Path, served: Served
) -> None:
    for option, address in (("--executor", served.executor), ("--toolrunner", served.toolrunner)):
        others = {"--executor": f"unix:{tmp_path}/e", "--toolrunner": f"unix:{tmp_path}/t"}
        addresses = [text for pair in {**others, option: address}.items() for text in pair]
        result = caisson("serve", *addresses)
        assert result.status == 1
        assert f"Cannot listen on {address}: it is in use by another process" in result.err
        assert "are ready" not in result.err
        assert not caisson.processes()


def test_port_zero_picks_a_free_port_and_prints_it(caisson: Caisson) -> None:
    with caisson.started(
        "serve", "--executor", "127.0.0.1:0", "--toolrunner", "127.0.0.1:0"
    ) as process:
        said = wait_until_ready(process)
        assert any(re.match(r"toolrunner  127\.0\.0\.1:[1-9]", line) for line in said)
        port = next(line for line in said if "toolrunner at " in line).rstrip()
        assert not port.endswith(":0")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)


@pytest.mark.parametrize("service", ["executor", "toolrunner"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_single_service_stops_cleanly(
    caisson: Caisson, tmp_path: Path, service: str, number: signal.Signals
) -> None:
    variable = f"CAISSON_{service.upper()}_ADDRESS"
    own = caisson.given({variable: f"unix:{tmp_path}/s"})
    with own.started(service) as process:
        assert process.stdout is not None
        assert "listening on" in process.stdout.readline()
        process.send_signal(number)
        out, _ = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert f"received {number.name} and is draining" in out
    assert not own.processes()


def test_service_under_nohup_ignores_sighup(caisson: Caisson, tmp_path: Path) -> None:
    own = caisson.given({"CAISSON_EXECUTOR_ADDRESS": f"unix:{tmp_path}/s"})
    with own.started("executor", prefix=("nohup",)) as process:
        assert process.stdout is not None
        assert "listening on" in process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=TIMEOUT_S)
        assert "SIGHUP" not in out
        assert "received SIGTERM and is draining" in out


def test_sighup_drains_runs(
    caisson: Caisson, tmp_path: Path, files: Files, model_variables: dict[str, str]
) -> None:
    """The services' output is lost then, and must not keep them from draining."""
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/t")
    # The tool sleeps past its time limit; the run continues after that.
    variables = {**model_variables, "CAISSON_TOOLRUNNER_CALL_TIMEOUT_S": "3"}
    own = caisson.given(variables)
    process, terminal = own.in_terminal("serve", *addresses)
    read_until(terminal, b"Both services are ready")
    arguments = ("run", files.workshop, "It sleeps.", "--json", "--model", MODEL)
    with own.started(*arguments, "--server", f"unix:{tmp_path}/e") as client:
        assert client.stdout is not None
        for line in client.stdout:
            if '"toolInputAvailable"' in line:
                break
        os.close(terminal)
        out, _ = client.communicate(timeout=TIMEOUT_S)
        assert client.returncode == 0, out
    assert process.wait(TIMEOUT_S) == 0
    assert not own.processes()


def test_second_interrupt_cuts_the_drain_short(
    caisson: Caisson, tmp_path: Path, files: Files, model_variables: dict[str, str]
) -> None:
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/t")
    own = caisson.given({**model_variables, "CAISSON_EXECUTOR_DRAIN_S": "600"})
    with own.started("serve", *addresses) as process:
        wait_until_ready(process)
        arguments = ("run", files.workshop, "It sleeps.", "--json", "--model", MODEL)
        with own.started(*arguments, "--server", f"unix:{tmp_path}/e") as client:
            assert client.stdout is not None
            for line in client.stdout:
                if '"toolInputAvailable"' in line:
                    break
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            for line in process.stderr:
                if "draining" in line:
                    break
            process.send_signal(signal.SIGINT)
            out, _ = client.communicate(timeout=TIMEOUT_S)
            assert '"ABORT_CAUSE_SHUTDOWN"' in out
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert "Traceback" not in err
    assert not own.processes()


def test_public_address_needs_credentials(caisson: Caisson) -> None:
    own = caisson.given({"CAISSON_EXECUTOR_ADDRESS": "0.0.0.0:0"})
    refused = own("executor")
    assert refused.status == 1
    assert "nobody has to say who they are" in refused.err
    assert "CAISSON_EXECUTOR_API_KEYS" in refused.err
    own = caisson.given({**own.environment, "CAISSON_EXECUTOR_API_KEYS": "true"})
    with own.started("executor") as process:
        assert process.stdout is not None
        assert "listening on 0.0.0.0:" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert "not authenticated" not in err


def test_toolrunner_serves_other_machines_only_over_tls(caisson: Caisson) -> None:
    result = caisson.given({"CAISSON_TOOLRUNNER_ADDRESS": "0.0.0.0:0"})("toolrunner")
    assert result.status == 1
    assert "CAISSON_TOOLRUNNER_ALLOWED_EXECUTORS (see docs/tls.md)" in result.err


def test_toolrunner_refuses_a_socket_that_others_may_reach(caisson: Caisson) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        own = caisson.given({"CAISSON_TOOLRUNNER_ADDRESS": f"unix:{folder}/toolrunner"})
        Path(folder).chmod(0o750)
        result = own("toolrunner")
    assert result.status == 1
    assert f"Other users may enter {folder}" in result.err
    assert f"chmod 0700 {folder}" in result.err


def test_failed_start_is_one_line(caisson: Caisson) -> None:
    """Neither gRPC nor LiteLLM logs its own lines."""
    for variables, words in (
        (
            {"ADDRESS": "192.0.2.1:50051", "API_KEYS": "true"},
            "it is not an address of this machine",
        ),
        ({"SECRETS": "ONE_KEY@a.example TWO_KEY@b.example"}, "ONE_KEY, TWO_KEY"),
        ({"EGRESS_POLICY": "no/policy.json"}, "'no/policy.json'"),
        ({"TLS_CERTIFICATES": "/no/such.pem"}, "'/no/such.pem', which cannot be read: No such"),
    ):
        named = {f"CAISSON_EXECUTOR_{name}": text for name, text in variables.items()}
        result = caisson.given(named)("executor")
        assert result.status == 1
        assert words in result.err
        assert len(result.err.splitlines()) == 1, result.err


def test_fresh_executor_does_not_wait_for_litellm_to_stop(caisson: Caisson, tmp_path: Path) -> None:
    (tmp_path / "litellm.py").write_text("import threading\nthreading.Event().wait()\n")
    variables = {
        "CAISSON_EXECUTOR_ADDRESS": f"unix:{tmp_path}/s",
        "PYTHONPATH": str(tmp_path),
    }
    own = caisson.given(variables)
    with own.started("executor") as process:
        assert process.stdout is not None
        assert "listening on" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert "executor stopped" in out


def test_litellm_logs_nothing_itself(
    caisson: Caisson, tmp_path: Path, model_variables: dict[str, str]
) -> None:
    variables = {
        **model_variables,
        "CAISSON_EXECUTOR_ADDRESS": f"unix:{tmp_path}/s",
        "CAISSON_EXECUTOR_LOG_LEVEL": "debug",
    }
    agent = tmp_path / "agent.js"
    agent.write_text(
        'import { ToolLoopAgent } from "ai";\n'
        'export const agent = new ToolLoopAgent({ model: "openai/offline" });\n'
    )
    own = caisson.given(variables)
    with own.started("executor") as process:
        assert process.stdout is not None
        assert "listening on" in process.stdout.readline()
        run = caisson("run", str(agent), "Hello.", "--server", f"unix:{tmp_path}/s")
        assert run.status == 0, run.err
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert "DEBUG asyncio" in err
    assert "LiteLLM" not in err


def test_wrong_settings_of_both_services_are_reported_together(caisson: Caisson) -> None:
    variables = {
        "CAISSON_TOOLRUNNER_WORKERS": "many",
        "CAISSON_EXECUTOR_RUNZ": "1",
        "CAISSON_EXECUTOR_MAX_STEPS": "0",
    }
    result = caisson.given(variables)("serve")
    assert result.status == 2
    assert "CAISSON_TOOLRUNNER_WORKERS is 'many'; it must be a whole number." in result.err
    assert "CAISSON_EXECUTOR_RUNZ. Did you mean CAISSON_EXECUTOR_RUNS?" in result.err
    assert "CAISSON_EXECUTOR_MAX_STEPS is 0; it must be between 1 and 1000." in result.err
    assert "Traceback" not in result.err


def test_limits_set_for_one_service_apply_to_both() -> None:
    executor, toolrunner = "CAISSON_EXECUTOR_", "CAISSON_TOOLRUNNER_"
    assert passed_on({f"{executor}BUNDLE_BYTES": "9", f"{executor}TOOL_FUEL": "7"}) == {
        f"{toolrunner}PROGRAM_BYTES": "9",
        f"{toolrunner}CALL_FUEL": "7",
    }
    assert passed_on({f"{toolrunner}PROGRAM_BYTES": "9"}) == {f"{executor}BUNDLE_BYTES": "9"}
    assert passed_on({f"{toolrunner}CALL_FUEL": "7"}) == {}
    assert passed_on({f"{executor}TOOL_FUEL": "7", f"{toolrunner}CALL_FUEL": "8"}) == {}


def test_raised_bundle_limit_reaches_both_services(
    caisson: Caisson, files: Files, tmp_path: Path, model_variables: dict[str, str]
) -> None:
    large = tmp_path / "large.js"
    padding = f"// {'x' * (17 * 1024 * 1024)}\n"
    large.write_text(padding + Path(files.workshop).read_text(encoding="utf-8"), encoding="utf-8")
    asked = ("run", str(large), "Add.", "--model", MODEL)
    own = caisson.given(model_variables)
    refused = own(*asked)
    assert refused.status == 2
    assert "CAISSON_EXECUTOR_BUNDLE_BYTES" in refused.err
    raised = {**model_variables, "CAISSON_EXECUTOR_BUNDLE_BYTES": str(20 * 1024 * 1024)}
    result = caisson.given(raised)(*asked)
    assert result.status == 0, result.err


def test_ctrl_c_never_shows_a_traceback(caisson: Caisson, tmp_path: Path) -> None:
    """Twice, while the command is loaded, while the services start, and while they drain.

    Python itself shows one until our first line runs, which here it cannot: interrupts are ignored
    until then, and so are sent again.
    """
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/t")
    ignoring = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    for after_s in (0.15, 0.4, 0.8, 1.5, 3.0):
        process, terminal = caisson.in_terminal("serve", *addresses, prefix=ignoring)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        said = read_pressing(terminal, b"\x03", every_s=0.1)
        assert process.wait(TIMEOUT_S) in {0, 130, -signal.SIGINT}
        assert "Traceback" not in said
        assert not caisson.processes()


def read_pressing(terminal: int, key: bytes, every_s: float) -> str:
    """Read what is written to a terminal until it is closed; press a key now and then."""
    said = b""
    both = os.fdopen(terminal, "rb+", buffering=0)
    with both, contextlib.suppress(OSError):  # so it tells that it is closed
        both.write(key)
        while True:
            if select.select([both], [], [], every_s)[0]:
                said += both.read(65536)
            else:
                both.write(key)
    return said.decode()


def read_until(terminal: int, words: bytes) -> None:
    """Read what is written to a terminal until these words."""
    said = b""
    while words not in said:
        piece = os.read(terminal, 65536)
        assert piece, said
        said += piece


def is_tether(folder: Path, mark: str, module: bytes) -> bool:
    """Tell whether a process of this mark runs this service's main module."""
    try:
        command = (folder / "cmdline").read_bytes().split(b"\0")
        environment = (folder / "environ").read_bytes()
    except OSError:
        return False
    ours = f"LC_TEST_MARK={mark}\0".encode() in environment
    return ours and b"services.cli.tether" in command and module in command


def test_wrong_addresses_are_named_by_option_before_anything_starts(caisson: Caisson) -> None:
    result = caisson("serve", "--toolrunner", "127.0.0.1:99999", "--executor", "localhost")
    assert result.status == 2
    assert "--toolrunner is '127.0.0.1:99999'" in result.err
    assert "--executor is 'localhost'" in result.err
    assert "0 to 65535" in result.err
    assert "CAISSON_" not in result.err


def test_serve_names_every_wrong_setting_by_service(caisson: Caisson) -> None:
    variables = {
        "CAISSON_EXECUTOR_EGRESS_POLICY": "/no/policy.json",
        "CAISSON_EXECUTOR_TLS_CERTIFICATES": "/no/certificates.pem",
        "CAISSON_EXECUTOR_SECRETS": "FOO_KEY@a.example BAR_KEY@b.example",
        "CAISSON_TOOLRUNNER_WORKERS": "many",
    }
    result = caisson.given(variables)("serve")
    assert result.status == 2
    for words in ("/no/policy.json", "/no/certificates.pem", "FOO_KEY, BAR_KEY"):
        assert words in result.err
    assert "executor: 3 settings are wrong" in result.err
    assert "toolrunner: CAISSON_TOOLRUNNER_WORKERS" in result.err


def test_serve_interrupted_before_it_is_ready_exits_130(caisson: Caisson, tmp_path: Path) -> None:
    """One service never becomes ready, since it loads for ever."""
    (tmp_path / "httpx.py").write_text("import threading\nthreading.Event().wait()\n")
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/t")
    with caisson.given({"PYTHONPATH": str(tmp_path)}).started("serve", *addresses) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert "toolrunner listening" in first
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert "Both services are ready" not in first + err
        assert process.returncode == 130
        assert "stopping; press Ctrl-C again" in err
    assert not caisson.processes()


def test_missing_socket_folder_is_not_called_in_use(caisson: Caisson, tmp_path: Path) -> None:
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/no/t")
    result = caisson("serve", *addresses)
    assert "its folder does not exist" in result.err
    assert "Stop what" not in result.err
    assert "`caisson serve --toolrunner`" in result.err
