"""Packages that read the environment while they load do so in the sandbox as they do in Node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guest.sandboxed import Sandbox
from tests.npm import bundled, node

HERE = Path(__file__).parent
GIVEN = {
    "API_KEY": "a-key-of-16-chars",
    "API_URL": "http://a.example:1/x",
    "EMPTY": "",
    "OPENAI_API_KEY": "caisson_secret_1",
    "OPENAI_BASE_URL": "http://b.example/v1",
    "EXA_API_KEY": "caisson_secret_2",
}


@pytest.fixture(scope="module")
def bundles() -> Path:
    """Return the folder of the bundles."""
    return bundled(HERE, "environment", HERE / "programs")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def in_node(folder: Path, env: dict[str, str], cwd: Path) -> dict[str, dict[str, object]]:
    """Return what each bundle gives in Node."""
    command = [node(), str(HERE / "judge.mjs"), str(folder)]
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=True
    )
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("env", [GIVEN, {}], ids=["given", "missing"])
def test_packages_read_their_environment_as_in_node(
    sandbox: Sandbox, bundles: Path, env: dict[str, str], tmp_path: Path
) -> None:
    expected = in_node(bundles, env, tmp_path)
    found: dict[str, dict[str, object]] = {}
    for path in sorted(bundles.iterdir()):
        loaded = sandbox.load(path.read_text(), module=path.suffix == ".mjs", env=env)
        failure = loaded.ran.outcome.failure
        if failure is not None:
            found[path.name] = {"error": failure.message}
        else:
            found[path.name] = {"value": loaded.call("call", context={"env": env}).value}
    assert found == expected
    assert sum("value" in each for each in found.values()) == (12 if env else 2)
