"""Settings of TLS that make no sense together are refused, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from services.executor import errors as executor_errors
from services.executor.server import running_server
from services.executor.settings import Settings, read_settings
from services.executor.tls_setup import runner_tls_of
from services.toolrunner import errors as toolrunner_errors
from services.toolrunner import settings as toolrunner_settings
from services.toolrunner.server import ToolRunnerServer
from tests.tls.authority import LOOPBACK
from tests.tls.meshed import RULES, Mesh

SERVER = {"TLS_CERTIFICATE": "/c", "TLS_KEY": "/k"}
MESH = {"MTLS_ADDRESS": "0.0.0.0:1", "MTLS_CLIENT_CA": "/ca", "CERTIFICATE_RULES": RULES}
WAY = {"TOOLRUNNER_CA": "/ca", "TOOLRUNNER_CERTIFICATE": "/c", "TOOLRUNNER_KEY": "/k"}
OF_TOOLRUNNER = {
    "TLS_CERTIFICATE": "/c",
    "TLS_KEY": "/k",
    "TLS_CLIENT_CA": "/ca",
    "ALLOWED_EXECUTORS": "spiffe://mesh.example/executor",
}


def without(settings: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in settings.items() if key != name}


@pytest.mark.parametrize("settings", [{}, SERVER, {**SERVER, **MESH}, WAY, {**SERVER, **WAY}])
def test_what_goes_together_is_taken(settings: dict[str, str]) -> None:
    read_settings({f"CAISSON_EXECUTOR_{name}": text for name, text in settings.items()})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        *((without(SERVER, name), f"_{name} is not set") for name in SERVER),
        *(({**SERVER, **without(MESH, name)}, f"_{name} is not set") for name in MESH),
        *((without(WAY, name), f"_{name} is not set") for name in WAY),
        (MESH, "_TLS_CERTIFICATE and CAISSON_EXECUTOR_TLS_KEY, the certificate that this port"),
        ({**SERVER, "ADDRESS": "unix:/x"}, "_ADDRESS is a Unix socket, which needs no TLS"),
        ({**SERVER, **MESH, "ADDRESS": "0.0.0.0:1"}, "_MTLS_ADDRESS are both 0.0.0.0:1"),
        ({**SERVER, **MESH, "MTLS_ADDRESS": "unix:/x"}, "which takes no certificates"),
        ({**SERVER, **MESH, "MTLS_ADDRESS": "here"}, "must be HOST:PORT such as 0.0.0.0:50443"),
        ({**WAY, "TOOLRUNNER": "unix:/x"}, "_TOOLRUNNER is a Unix socket"),
        ({"TOOLRUNNER_NAME": "x"}, "_TOOLRUNNER_CA is not: without TLS no name is checked"),
    ],
)
def test_what_does_not_go_together_is_told(settings: dict[str, str], words: str) -> None:
    with pytest.raises(executor_errors.SetupError) as told:
        read_settings({f"CAISSON_EXECUTOR_{name}": text for name, text in settings.items()})
    assert words in told.value.message
    assert len(told.value.message.splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        *((without(OF_TOOLRUNNER, name), f"_{name} is not set") for name in OF_TOOLRUNNER),
        ({**OF_TOOLRUNNER, "ADDRESS": "unix:/x"}, "_ADDRESS is a Unix socket"),
        ({**OF_TOOLRUNNER, "ALLOWED_EXECUTORS": "spiffe://m/**"}, "more than one * between"),
        ({"ADDRESS": "0.0.0.0:1"}, "serves there only executors that it can tell by"),
    ],
)
def test_what_does_not_go_together_for_a_toolrunner_is_told(
    settings: dict[str, str], words: str
) -> None:
    with pytest.raises(toolrunner_errors.SetupError) as told:
        toolrunner_settings.read_settings(
            {f"CAISSON_TOOLRUNNER_{name}": text for name, text in settings.items()}
        )
    assert words in told.value.message


async def test_files_that_cannot_be_used_end_the_start(tmp_path: Path) -> None:
    mesh = Mesh(tmp_path)
    chosen = Settings(
        address=f"{LOOPBACK}:0",
        tls_certificate=mesh.executor.certificate,
        tls_key=mesh.toolrunner.key,
        **mesh.way(),
    )
    with pytest.raises(executor_errors.SetupError, match="is not the key of the certificate"):
        async with running_server(chosen):
            pass
    absent = replace(chosen, toolrunner_ca="/no/such")
    with pytest.raises(executor_errors.SetupError, match="/no/such cannot be read: No such file"):
        runner_tls_of(absent)
    server = ToolRunnerServer(mesh.toolrunner_settings(tls_key="/no/such"))
    with pytest.raises(toolrunner_errors.SetupError, match="/no/such cannot be read"):
        await server.start()


def test_way_to_a_far_toolrunner_in_plain_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert runner_tls_of(Settings(toolrunner=f"{LOOPBACK}:1")) is None
    assert runner_tls_of(Settings(toolrunner="unix:/x")) is None
    assert caplog.messages == []
    assert runner_tls_of(Settings(toolrunner="192.0.2.1:1")) is None
    (told,) = caplog.messages
    assert "the way to the toolrunner at 192.0.2.1:1 is not encrypted" in told
