"""The doctor shows the certificate files of the settings, and ``caisson serve`` checks them."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.cli.command import TIMEOUT_S, Caisson
from tests.cli.conftest import Files, wait_until_ready
from tests.tls.authority import DAY, EXECUTOR, LOOPBACK
from tests.tls.meshed import RULES, Mesh, toolrunner_variables

MESH_PORT = re.compile(r"for certificates, (127\.0\.0\.1:\d+)")


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    return Mesh(tmp_path)


def variables(mesh: Mesh) -> dict[str, str]:
    """Settings of both services."""
    way = {f"CAISSON_EXECUTOR_{name.upper()}": value for name, value in mesh.way().items()}
    own = {
        "CAISSON_EXECUTOR_TLS_CERTIFICATE": mesh.executor.certificate,
        "CAISSON_EXECUTOR_TLS_KEY": mesh.executor.key,
    }
    return {**own, **way, **toolrunner_variables(mesh)}


def test_doctor_says_until_when_certificates_are_valid(caisson: Caisson, mesh: Mesh) -> None:
    mesh.executor.write(mesh.authority.sign(LOOPBACK, EXECUTOR, lasts=-DAY))
    result = caisson.given(variables(mesh))("doctor", "--json")
    assert result.status == 1
    checks = {each["name"]: each for each in result.json["checks"]}
    assert checks["toolrunner TLS"]["works"]
    assert "valid until 20" in checks["toolrunner TLS"]["detail"]
    for name in ("executor TLS", "executor way to toolrunner"):
        assert not checks[name]["works"]
        assert "has a certificate that expired on 20" in checks[name]["detail"]


def test_serve_names_all_files_that_cannot_be_used(caisson: Caisson, mesh: Mesh) -> None:
    Path(mesh.toolrunner.key).unlink()
    Path(mesh.executor.authorities).write_text("none", encoding="ascii")
    result = caisson.given(variables(mesh))("serve")
    assert result.status == 2
    assert f"executor: {mesh.executor.authorities} has no certificate in PEM" in result.err
    assert f"toolrunner: {mesh.toolrunner.key} cannot be read: No such file" in result.err


def test_run_goes_over_tls_from_end_to_end(
    caisson: Caisson, mesh: Mesh, files: Files, model_variables: dict[str, str]
) -> None:
    """The command, the executor and the toolrunner as processes; the tool is called."""
    settings = {
        **model_variables,
        **variables(mesh),
        "CAISSON_EXECUTOR_MTLS_ADDRESS": f"{LOOPBACK}:0",
        "CAISSON_EXECUTOR_MTLS_CLIENT_CA": mesh.executor.authorities,
        "CAISSON_EXECUTOR_CERTIFICATE_RULES": RULES,
    }
    own = caisson.given(settings)
    ports = ("--executor", f"{LOOPBACK}:0", "--toolrunner", f"{LOOPBACK}:0")
    with own.started("serve", *ports) as process:
        said = "".join(wait_until_ready(process))
        (address,) = MESH_PORT.findall(said)
        client = mesh.client
        shown = ("--cert", client.certificate, "--key", client.key)
        server = ("--server", address, "--ca", client.authorities, *shown)
        result = caisson("run", files.workshop, "Add.", *server)
        assert result.status == 0, result.err
        assert '{"sum":2}' in result.out
        refused = caisson("runs", "list", "--server", address, "--ca", client.authorities)
        assert "it wants a client certificate, and got none" in refused.err
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "ssl_transport_security" not in err
