"""A real Prometheus and its promtool: those of this machine, or of Debian's package."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.databases.postgres import free_port

PACKAGE = "prometheus"
KEPT = Path(__file__).resolve().parents[2] / "build" / PACKAGE
UNPACKED = "usr/bin"
MISSING = "there is no prometheus here, and apt-get cannot download Debian's package of it"


@dataclass(frozen=True)
class Programs:
    """Where both programs are."""

    folder: Path

    def promtool(self, *arguments: str | Path, given: str = "") -> str:
        """Run promtool, and return what it says; fails the test if it finds fault."""
        command = [str(self.folder / "promtool"), *map(str, arguments)]
        done = subprocess.run(command, input=given, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="session")
def programs() -> Programs:
    """Find the programs, or unpack them; nothing is installed, and no service begins."""
    found = shutil.which("prometheus")
    if found is not None and shutil.which("promtool") is not None:
        return Programs(Path(found).parent)
    if not (KEPT / UNPACKED).is_dir():
        download()
    return Programs(KEPT / UNPACKED)


def download() -> None:
    """Unpack Debian's package into ``build``; skips the test where that cannot be."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip(MISSING)
    KEPT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
        if not ran(["apt-get", "download", PACKAGE], folder):
            ran(["apt-get", "update"], folder)
            if not ran(["apt-get", "download", PACKAGE], folder):
                pytest.skip(MISSING)
        package = next(Path(folder).glob("*.deb"))
        assert ran(["dpkg-deb", "-x", str(package), "unpacked"], folder)
        if not KEPT.exists():  # another process of this session may have been first
            (Path(folder) / "unpacked").rename(KEPT)


def ran(command: Sequence[str], folder: str) -> bool:
    """Run a command in a folder, and return whether it succeeded."""
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


class Prometheus:
    """A running Prometheus, asked over its API."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def asked(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{self._address}/api/v1/{path}", params=parameters)
        return answer.json()["data"]

    async def value(self, query: str) -> float | None:
        """Return the value of a query; None if it has none."""
        result = (await self.asked("query", query=query))["result"]
        return float(result[0]["value"][1]) if result else None

    async def comes(self, query: str, wanted: float) -> None:
        """Wait until a query has a value; a test bounds this in time."""
        while True:
            if await self.value(query) == wanted:
                return
            await asyncio.sleep(0.1)

    async def fires(self, alert: str) -> dict[str, Any]:
        """Wait until an alert fires, and return it; a test bounds this in time."""
        while True:
            for each in (await self.asked("alerts"))["alerts"]:
                if each["labels"]["alertname"] == alert and each["state"] == "firing":
                    found: dict[str, Any] = each
                    return found
            await asyncio.sleep(0.1)


@asynccontextmanager
async def running(programs: Programs, config: Path) -> AsyncIterator[Prometheus]:
    """Run a Prometheus on loopback with a configuration, its data beside that."""
    address = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        str(programs.folder / "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={config.parent / 'data'}",
        f"--web.listen-address={address}",
        "--enable-feature=exemplar-storage",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                assert process.returncode is None, "Prometheus has ended"
                try:
                    if (await client.get(f"http://{address}/-/ready")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        yield Prometheus(address)
    finally:
        process.terminate()
        await process.wait()
