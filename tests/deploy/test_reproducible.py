"""The guest is the same, byte for byte, wherever and whenever it is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.toolrunner.guest import build as guest
from tests.house.installs import ROOT
from tests.repeats import soaking

TIMEOUT_S = 600
PACKAGES = ("services", "services/toolrunner")
ENGINE = ("engine.wasm", "engine.NOTICES.txt")
PRELUDE = ("prelude.js", "prelude.data", "prelude.NOTICES.txt")
# Builds a part in the folder that it is started in.
PART = "from services.toolrunner.guest import build; build.build_{part}(force=True)"


def built(folder: Path, part: str) -> dict[str, bytes]:
    """Build a part of the guest from a copy of its sources, with caches of its own."""
    for package in PACKAGES:
        (folder / package).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / package / "__init__.py", folder / package)
    place = folder / guest.GUEST.relative_to(ROOT)
    ignored = shutil.ignore_patterns("dist", "node_modules", "__pycache__")
    shutil.copytree(guest.GUEST, place, ignore=ignored)
    caches = {f"ZIG_{each}_CACHE_DIR": str(folder / f"zig-{each}") for each in ("GLOBAL", "LOCAL")}
    done = subprocess.run(
        [sys.executable, "-c", PART.format(part=part)],
        cwd=folder,
        env={**os.environ, **caches, "PYTHONPATH": str(folder), "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {file.name: file.read_bytes() for file in (place / "dist").iterdir()}


def differing(one: dict[str, bytes], other: dict[str, bytes], names: tuple[str, ...]) -> list[str]:
    """Return the names of the files that are not the same."""
    assert set(names) <= set(one) & set(other)
    return [name for name in names if one[name] != other[name]]


def present() -> dict[str, bytes]:
    """Return the files of this checkout's guest, which is up to date."""
    guest.build()
    return {file.name: file.read_bytes() for file in guest.DIST.iterdir()}


def test_prelude_built_elsewhere_is_the_same(tmp_path: Path) -> None:
    there = built(tmp_path / "a folder with another name", "prelude")
    assert differing(there, present(), PRELUDE) == []


@pytest.mark.skipif(not soaking(), reason="compiles the engine twice, half a minute each")
@pytest.mark.timeout(2 * TIMEOUT_S)
def test_engines_of_two_clean_builds_are_the_same(tmp_path: Path) -> None:
    one = built(tmp_path / "one", "engine")
    other = built(tmp_path / "another/folder with blanks", "engine")
    assert differing(one, other, ENGINE) == []
    assert differing(one, present(), ENGINE) == []
