"""A wheel is the whole product: both services, the command, and the built guest."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from services.toolrunner.guest import build as guest

ROOT = Path(__file__).resolve().parents[2]
PROJECT_FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of a copy of the sources, whose guest is fresh, without an index."""
    guest.build()
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(ROOT / "services", source / "services", ignore=ignored)
    for name in PROJECT_FILES:
        shutil.copyfile(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return next(folder.glob("caisson-*.whl"))


def test_carries_the_built_guest(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        for name in ("engine.wasm", "prelude.js"):
            carried = packed.read(f"services/toolrunner/guest/dist/{name}")
            assert carried == (guest.DIST / name).read_bytes()


def test_carries_python_and_the_guest_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = [name for name in packed.namelist() if ".dist-info/" not in name]
    assert {Path(name).parts[0] for name in names} == {"services"}
    others = {name for name in names if not name.endswith((".py", ".pyi"))}
    assert others == {
        "services/py.typed",
        "services/toolrunner/guest/dist/engine.wasm",
        "services/toolrunner/guest/dist/prelude.js",
    }


def test_installs_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        entries = next(name for name in packed.namelist() if name.endswith("entry_points.txt"))
        assert "caisson = services.cli.__main__:main" in packed.read(entries).decode()
