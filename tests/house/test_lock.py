"""The lock files pin by hash and name no package index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tools import check_locks

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENT = re.compile(r"^([a-z0-9.-]+)==([^ ;]+)(?: ;[^\\]*)? \\$", re.MULTILINE)


def locked() -> dict[str, str]:
    """Return the pinned versions by package name."""
    return dict(REQUIREMENT.findall((ROOT / "requirements.lock").read_text()))


def test_every_requirement_is_pinned_by_hash() -> None:
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_build_uses_locked_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = dict(pin.split("==") for pin in project["build-system"]["requires"])
    del pins["pip"]  # a virtual environment brings its own
    assert pins == {name: locked()[name] for name in pins}


def test_lock_files_contain_no_index_url() -> None:
    assert check_locks.main() == 0


# Apart from the rest of an address, so that no line of this file is one of a lock file.
SERVER = "://index.invalid"
OPTIONS = [("extra", "index", "url"), ("find", "links"), ("index", "url"), ("trusted", "host")]


@pytest.mark.parametrize(
    "line",
    [
        *(f"--{'-'.join(words)} https{SERVER}/simple" for words in OPTIONS),
        "-f /opt/wheels",
        f'      "resolved": "https{SERVER}/zod/-/zod-4.0.0.tgz",',
        f"registry=https{SERVER}/",
        f"zod @ https{SERVER}/zod.whl",
        '        "url": "ftp://funding.invalid/zod"',
    ],
)
def test_check_finds_an_index_url(line: str) -> None:
    assert check_locks.ADDRESS.search(line)


@pytest.mark.parametrize("line", ["zod==4.0.0", "# via zod", '      "integrity": "sha512-x",'])
def test_check_accepts_a_pin(line: str) -> None:
    assert not check_locks.ADDRESS.search(line)


@pytest.mark.parametrize("image", check_locks.IMAGES)
def test_images_install_what_is_tested(image: str) -> None:
    assert not check_locks.drift(image, check_locks.IMAGES[image])


def test_another_version_or_hash_in_an_image_is_found() -> None:
    lock = check_locks.pinned("a==1.0 ; python_version < '3.12' \\\n    --hash=sha256:00\n")
    same, other, hashed = (
        check_locks.pinned(text)
        for text in (
            "a==1.0 \\\n    --hash=sha256:00\n    # via b\n",
            "a==1.1 \\\n    --hash=sha256:00\n",
            "a==1.0 \\\n    --hash=sha256:01\n",
        )
    )
    assert same == lock
    assert other != lock
    assert hashed != lock
