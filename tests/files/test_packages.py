"""Real packages that use files, bundled for Node, do in the sandbox as in an empty folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guest.sandboxed import Sandbox
from tests.npm import alone, digest_of, emptied, installed, node, node_environment

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


def built() -> Path:
    """Return the folder with the bundles, built once for each change of what goes in."""
    packages = installed(HERE, "files")
    sources = [*SOURCES, HERE / "build.mjs", HERE / "package-lock.json"]
    with alone("files-built") as cache:
        folder = cache / f"bundles-{digest_of(sources)}"
        if not folder.exists():
            work, fresh = emptied(cache / "work"), emptied(cache / "bundles.new")
            shutil.copytree(HERE / "tools", work / "tools")
            shutil.copy(HERE / "build.mjs", work)
            (work / "node_modules").symlink_to(packages / "node_modules")
            command = [node(), "build.mjs", str(fresh)]
            subprocess.run(command, cwd=work, env=node_environment(), timeout=TIMEOUT_S, check=True)
            fresh.rename(folder)
        return folder


@pytest.fixture(scope="module")
def bundles() -> Path:
    return built()


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
