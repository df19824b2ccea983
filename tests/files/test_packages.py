"""Real packages that use files, bundled for Node, do in the sandbox as in an empty folder."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guest.sandboxed import Sandbox
from tests.npm import bundled, node, node_environment

HERE = Path(__file__).parent / "packages"
SOURCES = sorted((HERE / "tools").glob("*.mjs"))
ONLY_COMMONJS = ("atomic", "globs", "nconf", "node-localstorage")
NAMES = sorted(
    f"{source.stem}.{form}"
    for source in SOURCES
    for form in ("cjs", "mjs")
    if form == "cjs" or source.stem not in ONLY_COMMONJS
)
TIMEOUT_S = 120


@pytest.fixture(scope="module")
def bundles() -> Path:
    return bundled(HERE, "files", HERE / "tools")


@pytest.fixture(scope="module")
def judged(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("judged")
    command = [node(), str(HERE / "judge.mjs"), str(folder), *(str(bundles / n) for n in NAMES)]
    done = subprocess.run(
        command, env=node_environment(), stdout=subprocess.PIPE, timeout=TIMEOUT_S, check=True
    )
    values: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return values


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.mark.parametrize("name", NAMES)
def test_package_gives_what_it_gives_in_node(
    bundles: Path, judged: dict[str, object], sandbox: Sandbox, name: str
) -> None:
    loaded = sandbox.load((bundles / name).read_text(), module=name.endswith(".mjs"))
    assert loaded.call("call").value == judged[name]
