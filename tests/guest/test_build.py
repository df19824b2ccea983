"""The build unpacks the engine's sources, and nothing else, and applies our patches to them."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from services.toolrunner.guest.build import PATCHES, unpack
from services.toolrunner.guest.patching import PatchError, apply_patch, hunks_of


def archive(path: Path, members: dict[str, bytes | None]) -> Path:
    """Write an archive of files, and of links for those without a content."""
    with tarfile.open(path, "w:gz") as packed:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                member.size = len(content)
            packed.addfile(member, io.BytesIO(content or b""))
    return path


def test_only_plain_files_of_the_sources_are_unpacked(tmp_path: Path) -> None:
    sources = tmp_path / "upstream-quickjs"
    sources.mkdir()
    members = {
        "quickjs_ng-1/upstream-quickjs/quickjs.c": b"int one;",
        "quickjs_ng-1/upstream-quickjs/tests/test.c": b"int two;",
        "quickjs_ng-1/setup.py": b"",
        "../../upstream-quickjs/outside.h": b"int three;",
        "quickjs_ng-1/upstream-quickjs/link.h": None,
    }
    unpack(archive(tmp_path / "sdist.tar.gz", members), sources)
    assert {path.name for path in sources.iterdir()} == {"quickjs.c", "outside.h"}
    assert {path.name for path in tmp_path.iterdir()} == {"sdist.tar.gz", "upstream-quickjs"}


PATCH = """Why.

--- a/one.c
+++ b/one.c
@@ -2,3 +2,3 @@ void f()
 same
-old
+new
 same
"""


def patched(folder: Path, source: str) -> str:
    """Return the text of a source after ``PATCH``."""
    patch = folder / "01-one.patch"
    patch.write_text(PATCH)
    (folder / "one.c").write_text(source)
    apply_patch(patch, folder)
    return (folder / "one.c").read_text()


def test_patch_changes_the_place_nearest_to_its_line(tmp_path: Path) -> None:
    places = "same\nold\nsame\n"
    source = "x\n" * 3 + places + "y\n" * 20 + places
    assert patched(tmp_path, source) == source.replace("old", "new", 1)


def test_patch_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatchError, match=r"01-one\.patch does not fit one\.c near line 2"):
        patched(tmp_path, "same\nother\nsame\n")


@pytest.mark.parametrize("path", sorted(PATCHES.glob("*.patch")), ids=lambda path: path.stem)
def test_patch_explains_itself_and_its_hunks_are_whole(path: Path) -> None:
    text = path.read_text()
    assert len(text.partition("--- a/")[0].splitlines()) >= 4
    hunks = list(hunks_of(text))
    assert hunks
    for hunk in hunks:
        assert len(hunk.old) >= 3
        assert hunk.old != hunk.new
