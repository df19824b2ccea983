"""What is kept of a guest between starts is used only when nobody else can have written it."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from pathlib import Path

import pytest

from services.toolrunner.guest.artifacts import GuestArtifacts, read_artifacts
from services.toolrunner.sandbox.boot import boot_plan
from services.toolrunner.sandbox.engine import SandboxEngine
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.module_cache import ModuleCache
from services.toolrunner.sandbox.private_files import MAX_KEPT
from services.toolrunner.sandbox.wasm_binary import Segment
from tests.npm import BUILD

SIZE = 2**20
PARTS = (Segment(0, b"start"), Segment(5000, b"across pages" * 500), Segment(SIZE - 3, b"end"))


class Boots:
    """Boots a small image, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def boot(self) -> Image:
        """Return a new image."""
        self.count += 1
        return Image(SIZE, PARTS)


def contents(image: Image) -> bytes:
    return ctypes.string_at(image.address, image.memory_bytes)


def kept(folder: Path) -> Path:
    (file,) = folder.glob("*.image")
    return file


def test_image_is_booted_once(tmp_path: Path) -> None:
    boots = Boots()
    first = ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    again = ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    assert boots.count == 1
    assert contents(again) == contents(first) == contents(boots.boot())


def test_other_guest_has_its_own_image(tmp_path: Path) -> None:
    boots = Boots()
    for digest in ("d1", "d2", "d1"):
        ModuleCache(tmp_path / "cache").booted(digest, boots.boot)
    assert boots.count == 2


def test_image_is_private_to_its_user(tmp_path: Path) -> None:
    ModuleCache(tmp_path / "cache").booted("d1", Boots().boot)
    assert kept(tmp_path / "cache").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_image_that_others_can_write_is_not_used(tmp_path: Path, mode: int) -> None:
    boots = Boots()
    ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    kept(tmp_path / "cache").chmod(mode)
    ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    assert boots.count == 2


def test_image_in_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    boots = Boots()
    ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    (tmp_path / "cache").chmod(0o777)
    ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    assert boots.count == 2


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 32, b"x" * SIZE])
def test_damaged_image_is_booted_again(tmp_path: Path, damaged: bytes) -> None:
    boots = Boots()
    ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    kept(tmp_path / "cache").write_bytes(damaged)
    image = ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    assert boots.count == 2
    assert contents(image) == contents(boots.boot())


def test_image_with_one_other_bit_is_booted_again(tmp_path: Path) -> None:
    boots = Boots()
    ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    file = kept(tmp_path / "cache")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    ModuleCache(tmp_path / "cache").booted("d1", boots.boot)
    assert boots.count == 2


def test_images_of_old_versions_are_removed(tmp_path: Path) -> None:
    for version in range(3 * MAX_KEPT):
        ModuleCache(tmp_path / "cache").booted(f"d{version}", Boots().boot)
    assert len(list((tmp_path / "cache").iterdir())) == MAX_KEPT


def test_image_of_another_layout_is_not_used(tmp_path: Path) -> None:
    """An older version kept its image by the digest of the guest alone."""
    artifacts = read_artifacts()
    ModuleCache(tmp_path / "cache").booted(artifacts.digest, Boots().boot)
    engine = SandboxEngine(artifacts, ModuleCache(tmp_path / "cache"))
    assert engine.base.memory_bytes != SIZE


GUEST = GuestArtifacts(b"wasm", b"prelude", b"data")
PLAN = boot_plan(GUEST, PARTS, 3)
OTHERS = {
    "input": replace(PLAN, input=PLAN.input + b";"),
    "memory": replace(PLAN, memory_bytes=PLAN.memory_bytes + 65_536),
    "moved": replace(PLAN, segments=(Segment(1, PARTS[0].data), *PLAN.segments[1:])),
    "pages": boot_plan(GUEST, PARTS, 4),
    "prelude": boot_plan(replace(GUEST, prelude_js=b"other"), PARTS, 3),
    "wasm": boot_plan(replace(GUEST, engine_wasm=b"other"), PARTS, 3),
}


@pytest.mark.parametrize("what", OTHERS)
def test_each_part_of_the_layout_has_its_own_key(what: str) -> None:
    assert boot_plan(GUEST, PARTS, 3).key == PLAN.key
    assert OTHERS[what].key != PLAN.key


def test_nothing_is_kept_without_a_folder() -> None:
    boots = Boots()
    for _ in range(2):
        ModuleCache(None).booted("d1", boots.boot)
    assert boots.count == 2


def test_kept_image_of_the_guest_is_the_booted_one(tmp_path: Path) -> None:
    artifacts = read_artifacts()
    folder = tmp_path / "cache"
    booted = SandboxEngine(artifacts, ModuleCache(folder))
    again = SandboxEngine(artifacts, ModuleCache(folder))
    elsewhere = SandboxEngine(artifacts, ModuleCache(BUILD / "compiled"))
    assert contents(again.base) == contents(booted.base)
    assert again.base.memory_bytes == elsewhere.base.memory_bytes
