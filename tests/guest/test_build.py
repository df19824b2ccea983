"""The build takes the engine's sources out of their archive, and nothing else."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from services.toolrunner.guest.build import unpack


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
