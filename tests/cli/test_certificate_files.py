"""The doctor shows the certificate files of the settings, and ``caisson serve`` checks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Caisson
from tests.tls.authority import DAY, EXECUTOR, LOOPBACK
from tests.tls.meshed import Mesh, toolrunner_variables


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
