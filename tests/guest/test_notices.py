"""Everything compiled into the guest has its licence beside it; without one, the build fails."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from services.toolrunner.guest import build
from services.toolrunner.guest.notices import (
    COMPILER_LICENCES,
    RULE,
    NoLicenceError,
    engine_notices,
    package_folder,
    prelude_notices,
)

LICENCE = "/* Engine\n *\n * Copyright (c) A. Author\n */\nint x;"


def parts_of(name: str) -> dict[str, str]:
    """Return what the notices of a built file name, with its texts."""
    build.build()
    text = build.notices_of(build.DIST / name).read_text(encoding="utf-8")
    head, *parts = re.split(rf"^{RULE}\n", text, flags=re.MULTILINE)
    found = {name.strip(): body for name, body in zip(parts[::2], parts[1::2], strict=True)}
    assert [line.strip() for line in head.splitlines()[2:] if line] == list(found)
    return found


def packages_within() -> set[str]:
    """Return the packages whose code the bundler put in the prelude, by its own list of files."""
    inputs = json.loads((build.DIST / "prelude.inputs.json").read_text(encoding="utf-8"))
    folders = filter(None, map(package_folder, inputs))
    return {folder.rpartition("node_modules/")[2] for folder in folders}


def test_every_prelude_package_has_its_licence() -> None:
    parts = parts_of("prelude.js")
    assert {name.rpartition(" ")[0] for name in parts} == packages_within()
    assert {"zod", "undici", "pako", "@noble/curves"} <= packages_within()
    for name, text in parts.items():
        assert len(text) > 200, name
        assert re.search(r"(?i)copyright|license", text), name


def test_every_prelude_dependency_is_named() -> None:
    manifest = json.loads((build.PRELUDE / "package.json").read_text(encoding="utf-8"))
    named = {name.rpartition(" ")[0] for name in parts_of("prelude.js")}
    assert manifest["dependencies"].keys() <= named


def test_engine_notices_name_authors_and_library() -> None:
    parts = parts_of("engine.wasm")
    assert parts.keys() == {"QuickJS-ng", *COMPILER_LICENCES}
    assert "Fabrice Bellard" in parts["QuickJS-ng"]
    assert "Permission is hereby granted" in parts["QuickJS-ng"]


def test_package_without_licence_fails_build(tmp_path: Path) -> None:
    folder = tmp_path / "node_modules/@some/package"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "@some/package", "version": "1.0.0"}')
    with pytest.raises(NoLicenceError, match=r"@some/package 1\.0\.0 comes without a licence"):
        prelude_notices(tmp_path, ["src/entry.js", "node_modules/@some/package/lib/index.js"])


def test_engine_without_licence_fails_build(tmp_path: Path) -> None:
    (tmp_path / "quickjs.c").write_text("int x;")
    with pytest.raises(NoLicenceError, match="QuickJS-ng comes without"):
        engine_notices(tmp_path, tmp_path)
    (tmp_path / "quickjs.c").write_text(LICENCE)
    with pytest.raises(NoLicenceError, match="compiler-rt comes without the text of LICENSE"):
        engine_notices(tmp_path, tmp_path)


def test_built_files_contain_no_build_path() -> None:
    build.build()
    root = str(build.GUEST.parents[2]).encode()
    for name in ("engine.wasm", "prelude.js"):
        assert root not in (build.DIST / name).read_bytes()


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("src/entry.js", ""),
        ("node_modules/zod/v4/index.js", "node_modules/zod"),
        ("node_modules/@a/b/c/d.js", "node_modules/@a/b"),
        ("node_modules/a/node_modules/b/c.js", "node_modules/a/node_modules/b"),
    ],
)
def test_file_belongs_to_innermost_package(file: str, folder: str) -> None:
    assert package_folder(file) == folder
