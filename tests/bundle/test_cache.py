"""What was read is kept on disk, whole or not at all, and within bounds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from services.executor.adapters.bundle_cache import DiskManifestCache
from services.executor.bundle.ports import ManifestCache
from services.executor.domain import Manifest
from tests.bundle.reading import manifest_of

MANIFEST = manifest_of(
    """export const a = { model: "openai/m", system: "\\u{1F600} é", stopWhen: f, temperature: 0.5,
    tools: { t: { description: "d", inputSchema: { type: "object" }, execute() {} }, bad: 1 } };"""
)


def of(number: int) -> Manifest:
    return replace(MANIFEST, digest=f"sha256:{number:064x}")


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_manifest_round_trips(tmp_path: Path) -> None:
    cache: ManifestCache = DiskManifestCache(tmp_path / "new" / "cache", "1")
    assert cache.get(MANIFEST.digest) is None
    cache.put(MANIFEST)
    assert cache.get(MANIFEST.digest) == MANIFEST
    assert DiskManifestCache(tmp_path / "new" / "cache", "2").get(MANIFEST.digest) is None


def test_truncated_file_is_a_cache_miss(tmp_path: Path) -> None:
    cache = DiskManifestCache(tmp_path, "1")
    cache.put(MANIFEST)
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    for size in (0, 1, 65, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        assert cache.get(MANIFEST.digest) is None
    file.write_bytes(whole[:-1] + b"~")
    assert cache.get(MANIFEST.digest) is None
    cache.put(MANIFEST)
    assert cache.get(MANIFEST.digest) == MANIFEST


@pytest.mark.parametrize(
    "garbage", [b"\0" * 100_000, b"{}", b"\xff" * 65 + b"\n{}", b"[" * 100_000, b"\n"]
)
def test_corrupt_file_is_a_cache_miss(tmp_path: Path, garbage: bytes) -> None:
    cache = DiskManifestCache(tmp_path, "1")
    cache.put(MANIFEST)
    (file,) = files(tmp_path)
    for content in (garbage, hashlib.sha256(garbage).hexdigest().encode() + b"\n" + garbage):
        file.write_bytes(content)
        assert cache.get(MANIFEST.digest) is None
    file.unlink(missing_ok=True)
    file.mkdir()
    assert cache.get(MANIFEST.digest) is None


WRITER = """
import sys
from pathlib import Path
from services.executor.adapters.bundle_cache import DiskManifestCache
from tests.bundle.test_cache import of
cache = DiskManifestCache(Path(sys.argv[1]), "1")
print("ready", flush=True)
sys.stdin.readline()
wrong = 0
for number in range(300):
    cache.put(of(number % 3))
    found = cache.get(of(number % 3).digest)
    wrong += found is not None and found != of(number % 3)
print(wrong)
"""


def test_concurrent_writers_leave_whole_files(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    writers[3].kill()  # whatever it was at
    results = [writer.communicate(timeout=60)[0] for writer in writers[:3]]
    writers[3].communicate()
    assert results == ["0\n"] * 3
    cache = DiskManifestCache(tmp_path, "1")
    assert [cache.get(of(number).digest) for number in range(3)] == [of(n) for n in range(3)]
    assert len([file for file in files(tmp_path) if file.suffix == ".json"]) == 3


def test_cache_ignores_file_of_other_digest(tmp_path: Path) -> None:
    cache = DiskManifestCache(tmp_path, "1")
    cache.put(of(1))
    (file,) = files(tmp_path)
    file.rename(tmp_path / file.name.replace("1.1.json", "2.1.json"))
    assert cache.get(of(2).digest) is None


def test_least_recently_used_is_evicted_first(tmp_path: Path) -> None:
    cache = DiskManifestCache(tmp_path, "1", max_files=3)
    for number in range(3):
        cache.put(of(number))
    for age, number in enumerate((1, 2, 0)):  # 1 was used last
        path = next(p for p in files(tmp_path) if p.name.startswith(f"{number:064x}"))
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    assert cache.get(of(0).digest) is not None  # now 0 was
    cache.put(of(3))
    left = {number for number in range(4) if cache.get(of(number).digest) is not None}
    assert left == {0, 1, 3}


def test_cache_bytes_are_bounded(tmp_path: Path) -> None:
    DiskManifestCache(tmp_path, "1").put(of(1))
    size = files(tmp_path)[0].stat().st_size
    cache = DiskManifestCache(tmp_path, "1", max_bytes=size * 2)
    for number in range(6):
        cache.put(of(number))
    assert sum(path.stat().st_size for path in files(tmp_path)) <= size * 2


def test_unwritable_folder_caches_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    cache = DiskManifestCache(tmp_path / "file" / "cache", "1")
    cache.put(MANIFEST)
    assert cache.get(MANIFEST.digest) is None


def test_many_writers_and_readers_agree(tmp_path: Path) -> None:
    wrong: list[Manifest | None] = []

    def work() -> None:
        cache = DiskManifestCache(tmp_path, "1")
        for number in range(20):
            cache.put(of(number % 5))
            found = cache.get(of(number % 5).digest)
            if found != of(number % 5):
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(files(tmp_path)) == 5
