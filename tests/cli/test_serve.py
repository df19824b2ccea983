"""``caisson serve``, ``executor`` and ``toolrunner``: start, stop, and what is in the way."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.cli.command import TIMEOUT_S, Caisson
from tests.cli.conftest import wait_until_ready


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly(caisson: Caisson, tmp_path: Path, number: signal.Signals) -> None:
    addresses = ("--executor", f"unix:{tmp_path}/e", "--toolrunner", f"unix:{tmp_path}/t")
    with caisson.started("serve", *addresses) as process:
        wait_until_ready(process)
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert "Traceback" not in err
    assert not caisson.processes()


def test_serve_ends_with_a_service_that_dies(caisson: Caisson, tmp_path: Path) -> None:
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
def test_a_taken_port_is_said(caisson: Caisson, tmp_path: Path, option: str) -> None:
    others = {"--executor": f"unix:{tmp_path}/e", "--toolrunner": f"unix:{tmp_path}/t"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        addresses = [text for pair in {**others, option: address}.items() for text in pair]
        result = caisson("serve", *addresses)
    assert result.status == 1
    assert address in result.err
    assert "in use by another process" in result.err
    assert "Traceback" not in result.err
    assert not caisson.processes()


@pytest.mark.parametrize("service", ["executor", "toolrunner"])
def test_a_service_alone_stops_cleanly(caisson: Caisson, tmp_path: Path, service: str) -> None:
    variable = f"CAISSON_{service.upper()}_ADDRESS"
    own = Caisson(caisson.folder, {variable: f"unix:{tmp_path}/s"}, caisson.cache)
    with own.started(service) as process:
        assert process.stdout is not None
        assert "listens on" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
    assert not own.processes()


def test_a_wrong_setting_is_said(caisson: Caisson) -> None:
    own = Caisson(caisson.folder, {"CAISSON_TOOLRUNNER_WORKERS": "many"}, caisson.cache)
    result = own("serve")
    assert result.status == 2
    assert "CAISSON_TOOLRUNNER_WORKERS" in result.err
    assert "Traceback" not in result.err


def is_tether(folder: Path, mark: str, module: bytes) -> bool:
    """Tell whether a process of this mark runs this service's main module."""
    try:
        command = (folder / "cmdline").read_bytes().split(b"\0")
        environment = (folder / "environ").read_bytes()
    except OSError:
        return False
    ours = f"LC_TEST_MARK={mark}\0".encode() in environment
    return ours and b"services.cli.tether" in command and module in command
