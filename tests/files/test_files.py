"""node:fs in the sandbox does as Node does in an empty folder."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.toolrunner.domain import MIB, Limits
from tests.guest.sandboxed import Sandbox
from tests.npm import installed, node
from tests.sdks.bundles import HERE as SDKS

HERE = Path(__file__).parent
TIMEOUT_S = 60
STEPS = 60
LIMITS = Limits(memory_bytes=192 * MIB, output_bytes=16 * MIB, fuel=200_000_000_000)
# Each seed is another sequence of operations; all of them agree with Node.
SEEDS = list(range(1, 21))
TASK = json.dumps({"seeds": SEEDS, "steps": STEPS})
LABELS = sorted(
    [
        *("absent", "badArguments", "constants", "descriptors", "exports", "failingStreams"),
        *("folders", "handles", "order", "promises", "promisified", "readEvents", "statShape"),
        *("watching", "writeEvents"),
    ]
)


def bundled(folder: Path, entry: str) -> Path:
    """Return one file with ``entry`` and what it imports."""
    out = folder / entry.replace(".js", ".mjs")
    esbuild = installed(SDKS, "sdks") / "node_modules" / ".bin" / "esbuild"
    command = [str(esbuild), str(HERE / entry), "--bundle", "--format=esm", "--platform=node"]
    subprocess.run([*command, f"--outfile={out}", "--log-level=error"], check=True)
    return out


@pytest.fixture(scope="module")
def node_results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    base = tmp_path_factory.mktemp("files")
    folder = base / "inner" / "folder"
    folder.mkdir(parents=True)
    command = [node(), str(HERE / "judge.mjs"), str(bundled(base, "run.js")), TASK]
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, timeout=TIMEOUT_S, check=True
    )
    results: dict[str, Any] = json.loads(done.stdout)
    return results


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture(scope="module")
def guest_results(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    source = bundled(tmp_path_factory.mktemp("guest"), "guest.js").read_text()
    ran = sandbox.load(source).call("run", json.loads(TASK), limits=LIMITS)
    assert isinstance(ran.value, dict)
    return ran.value


@pytest.mark.parametrize("label", LABELS)
def test_use_of_fs_gives_what_node_gives(
    node_results: dict[str, Any], guest_results: dict[str, Any], label: str
) -> None:
    assert guest_results["cases"][label] == node_results["cases"][label]


def test_every_case_is_named(node_results: dict[str, Any]) -> None:
    assert sorted(node_results["cases"]) == LABELS


@pytest.mark.parametrize("seed", SEEDS)
def test_random_operations_give_what_node_gives(
    node_results: dict[str, Any], guest_results: dict[str, Any], seed: int
) -> None:
    expected, found = node_results["plays"][str(seed)], guest_results["plays"][str(seed)]
    for at, pair in enumerate(zip(expected, found, strict=True)):
        assert pair[1] == pair[0], f"step {at}"
