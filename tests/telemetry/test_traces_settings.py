"""The settings of traces: off by default, checked at start, secrets not shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.executor.errors import SetupError
from services.executor.settings import Settings, read_settings
from services.toolrunner.errors import SetupError as ToolRunnerSetupError
from services.toolrunner.settings import read_settings as read_toolrunner_settings

X, T = "CAISSON_EXECUTOR_", "CAISSON_TOOLRUNNER_"
SERVES = """
import asyncio, sys
{before}
from services.{service}.server import {server}
from services.{service}.settings import Settings
async def main():
    made = {server}(Settings(address="127.0.0.1:0"{more}))
    print(made.__class__.__name__)
asyncio.run(main())
print(sorted(name for name in sys.modules if name.partition(".")[0] == "opentelemetry"))
"""


def built(service: str, server: str, *, before: str = "", more: str = "") -> str:
    """What a process prints that builds a server."""
    program = SERVES.format(service=service, server=server, before=before, more=more)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("service", "server"), [("executor", "ExecutorServer"), ("toolrunner", "ToolRunnerServer")]
)
def test_nothing_of_opentelemetry_is_imported_by_default(service: str, server: str) -> None:
    assert built(service, server).splitlines()[-2:] == [server, "[]"]


def test_missing_extra_says_what_to_install() -> None:
    before = "sys.modules['opentelemetry'] = None"
    said = built(
        "toolrunner",
        "ToolRunnerServer",
        before=before,
        more=', otlp_endpoint="http://127.0.0.1:4317"',
    )
    assert "CAISSON_TOOLRUNNER_OTLP_ENDPOINT is set" in said
    assert "pip install 'caisson[otlp]'" in said


@pytest.mark.parametrize(
    "endpoint",
    [
        *("collector:4317", "http://collector", "ftp://collector:1", "http://collector:x"),
        *("http://key@collector:4317", "http://collector:4317/v1/traces", "http://c:1?key=k"),
    ],
)
def test_endpoint_is_a_url_with_a_port(endpoint: str) -> None:
    with pytest.raises(
        SetupError, match=r"CAISSON_EXECUTOR_OTLP_ENDPOINT.*http://HOST:PORT"
    ) as wrong:
        read_settings({f"{X}OTLP_ENDPOINT": endpoint})
    assert endpoint not in str(wrong.value)
    with pytest.raises(ToolRunnerSetupError, match="CAISSON_TOOLRUNNER_OTLP_ENDPOINT"):
        read_toolrunner_settings({f"{T}OTLP_ENDPOINT": endpoint})


@pytest.mark.parametrize(
    "headers", ["key", "KEY with space=secret", "key=\u00e9secret", "grpc-x=secret", "x-bin=secret"]
)
def test_wrong_headers_are_not_shown(headers: str) -> None:
    given = {f"{X}OTLP_ENDPOINT": "https://c:4317", f"{X}OTLP_HEADERS": headers}
    with pytest.raises(SetupError, match="OTLP_HEADERS is not shown") as wrong:
        read_settings(given)
    assert "secret" not in str(wrong.value)


def test_headers_are_a_secret() -> None:
    settings = Settings(otlp_endpoint="https://c:4317", otlp_headers="x-key=hunter2,b=%20c")
    assert "hunter2" not in repr(settings)


def test_settings_without_an_endpoint_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"OTLP_HEADERS is set, and .*OTLP_ENDPOINT"):
        read_settings({f"{X}OTLP_HEADERS": "a=b"})


def test_authorities_need_tls_and_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    with pytest.raises(SetupError, match="not a PEM file of certificates"):
        read_settings({f"{X}OTLP_ENDPOINT": "https://c:4317", f"{X}OTLP_CA": str(path)})
    with pytest.raises(SetupError, match="http://, without TLS"):
        read_settings({f"{X}OTLP_ENDPOINT": "http://c:4317", f"{X}OTLP_CA": str(path)})


@pytest.mark.parametrize(
    ("name", "value"), [("TRACES_RATIO", "1.1"), ("TRACES_RATIO", "nan"), ("TRACES_QUEUE", "1")]
)
def test_bounds_of_numbers(name: str, value: str) -> None:
    with pytest.raises(SetupError, match=name):
        read_settings({X + name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("RATIO", "0.5"), ("QUEUE", "512"), ("SERVICE", "mine"), ("WISHES", "2"), ("CONTENT", "on")],
)
def test_traces_that_are_sent_nowhere_are_refused(name: str, value: str) -> None:
    with pytest.raises(SetupError, match=f"TRACES_{name} is set, and {X}OTLP_ENDPOINT, where to"):
        read_settings({f"{X}TRACES_{name}": value})
    read_settings({f"{X}TRACES_{name}": value, f"{X}OTLP_ENDPOINT": "http://c:4317"})


@pytest.mark.parametrize("name", ["METRICS_NAMES", "METRICS_ORGANISATIONS"])
def test_labels_of_metrics_that_nobody_can_read_are_refused(name: str) -> None:
    with pytest.raises(SetupError, match=f"{name} is set, and {X}ADMIN_ADDRESS, where metrics"):
        read_settings({X + name: "0"})
    read_settings({X + name: "0", f"{X}ADMIN_ADDRESS": "127.0.0.1:9090"})
