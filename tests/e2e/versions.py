"""The services of the version before this one, as processes of their own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.cli.hosting import all_started, start
from services.toolrunner.guest import build
from tests.e2e.pair import COMPILED

GUEST = Path("services/toolrunner/guest")
# What the service that is started imports, so that no test runs this version against itself.
WHOSE = "import services, caisson; print(*services.__path__, *caisson.__path__)"


def assert_is_imported(sources: Path) -> None:
    """Check that processes started with ``variables`` run these sources."""
    said = subprocess.run(
        [sys.executable, "-P", "-c", WHOSE],
        env={**os.environ, **variables(sources)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said == [str(sources / "services"), str(sources / "caisson")]


def variables(sources: Path) -> dict[str, str]:
    """The environment in which Python imports these sources."""
    return {"PYTHONPATH": str(sources), "PYTHONSAFEPATH": "1"}


def make_guest(sources: Path) -> None:
    """Build the guest of these sources, with what this version has built if it is the same."""
    dist = sources / GUEST / "dist"
    shutil.copytree(build.DIST, dist, dirs_exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.toolrunner.guest.build"],
        env={**os.environ, **variables(sources)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def has_the_same_engine(sources: Path) -> bool:
    """Whether the engine, which takes a minute to compile, is this version's."""
    names = [Path(build.__file__).name, "notices.py", build.SOURCES_LOCK.name]
    names += [f"shim/{path.name}" for path in (sources / GUEST / "shim").glob("*.[ch]")]
    names += [f"shim/{path.name}" for path in build.SHIM.glob("*.[ch]")]
    pairs = [(sources / GUEST / name, build.GUEST / name) for name in names]
    return all(
        old.is_file() and new.is_file() and old.read_bytes() == new.read_bytes()
        for old, new in pairs
    )


@asynccontextmanager
async def service(sources: Path, name: str, **settings: Any) -> AsyncIterator[str]:
    """Start a service of these sources; yield its address."""
    prefix = f"CAISSON_{name.upper()}_"
    own = {prefix + key.upper(): str(value) for key, value in settings.items()}
    own |= {"CAISSON_TOOLRUNNER_CACHE_DIR": str(COMPILED)} if name == "toolrunner" else {}
    async with start(name, "127.0.0.1:0", settings={**own, **variables(sources)}) as child:
        async with asyncio.timeout(60):
            (address,) = await all_started(child)
        yield address
