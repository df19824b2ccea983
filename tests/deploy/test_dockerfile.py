"""The Dockerfile is clean, and what it builds starts programs and no shell."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

import pytest

from tests.deploy.manifests import DEPLOY, ROOT
from tests.npm import SCRIPTS

DOCKERFILE = DEPLOY / "Dockerfile"
SERVICES = ("executor", "toolrunner")


def stage(name: str) -> str:
    """Return the lines of a stage."""
    found = re.search(
        rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", DOCKERFILE.read_text(), re.M | re.S
    )
    assert found is not None
    return found[1]


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [str(SCRIPTS / "hadolint"), "--no-color", str(DOCKERFILE)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("service", SERVICES)
def test_image_runs_nothing_while_it_is_put_together(service: str) -> None:
    lines = stage(service)
    assert not re.search(r"^(?:RUN|SHELL|CMD|HEALTHCHECK)\b", lines, re.M)
    entry = re.search(r"^ENTRYPOINT (.*)$", lines, re.M)
    assert entry is not None
    assert json.loads(entry[1])[-1] == f"services.{service}"
    assert "USER 10001:10001" in lines


@pytest.mark.parametrize("service", SERVICES)
def test_image_installs_its_own_lock_by_hash(service: str) -> None:
    lines = stage(f"{service}-install")
    assert f"COPY deploy/locks/{service}.lock /install/locked.txt" in lines
    assert "--require-hashes -r /install/locked.txt" in lines
    assert lines.count("--no-deps") == 2


@pytest.mark.parametrize("service", SERVICES)
def test_image_has_the_projects_version(service: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f'image.version="{project["version"]}"' in stage(service)
