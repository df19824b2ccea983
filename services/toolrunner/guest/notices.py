"""Collects the licences of everything compiled into the guest, which must ship with it.

They come from the sources fetched for the build: the C files of QuickJS-ng, the compiler's C
library and runtime, and the npm packages whose files are in the prelude.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

LICENCE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|copyright|notice)\b")
# QuickJS-ng's files state their licence in the leading comment.
HEAD_COMMENT = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)
# What the linker takes from the compiler's own folder: its runtime, and WASI's C library with its
# components.
COMPILER_LICENCES = {
    "Zig's compiler-rt": ("LICENSE",),
    "wasi-libc": (
        "lib/libc/wasi/LICENSE",
        "lib/libc/wasi/LICENSE-APACHE-LLVM",
        "lib/libc/wasi/LICENSE-APACHE",
        "lib/libc/wasi/LICENSE-MIT",
    ),
    "cloudlibc, in wasi-libc": ("lib/libc/wasi/libc-bottom-half/cloudlibc/LICENSE",),
    "musl, in wasi-libc": ("lib/libc/wasi/libc-top-half/musl/COPYRIGHT",),
}
# npm packages that state their licence in package.json and at the head of the sources of a folder.
STATED_IN_SOURCES = {"brotli": "dec"}
RULE = "=" * 80


class NoLicenceError(Exception):
    """A component of the guest has no licence text; the message names it."""


def engine_notices(sources: Path, compiler: Path) -> str:
    """Return the notices of the engine.

    Args:
        sources: the folder of QuickJS-ng's sources.
        compiler: the folder of the ``ziglang`` package.

    Raises:
        NoLicenceError: one of them comes without.
    """
    parts = {"QuickJS-ng": head_comments("QuickJS-ng", sources)}
    for name, files in COMPILER_LICENCES.items():
        parts[name] = [read(name, compiler / file) for file in files]
    return notices("engine.wasm", parts)


def prelude_notices(prelude: Path, inputs: Iterable[str]) -> str:
    """Return the notices of the prelude.

    Args:
        prelude: the folder in which it was bundled.
        inputs: the files that are in it, below that folder.

    Raises:
        NoLicenceError: a package comes without.
    """
    parts = {}
    for folder in sorted(set(filter(None, map(package_folder, inputs)))):
        declared = json.loads((prelude / folder / "package.json").read_text(encoding="utf-8"))
        name = f"{declared['name']} {declared['version']}"
        stated = STATED_IN_SOURCES.get(declared["name"])
        parts[name] = (
            texts_in(name, prelude / folder)
            if stated is None
            else [declared_licence(declared), *head_comments(name, prelude / folder / stated)]
        )
    return notices("prelude.js", parts)


def declared_licence(declared: Mapping[str, object]) -> str:
    """Return the sentence about the licence that a package.json declares."""
    return f"Licence: {declared['license']}. Author: {declared['author']}."


def package_folder(file: str) -> str:
    """Return the folder of the npm package that a file belongs to, empty for our own."""
    parts = PurePosixPath(file).parts
    if "node_modules" not in parts:
        return ""
    begin = len(parts) - parts[::-1].index("node_modules")
    length = 2 if parts[begin].startswith("@") else 1
    return "/".join(parts[: begin + length])


def head_comments(name: str, sources: Path) -> list[str]:
    """Return the distinct licences at the head of C files; raises NoLicenceError for none."""
    found: dict[str, None] = {}
    for file in sorted([*sources.glob("*.[ch]"), *sources.glob("*.js")]):
        comment = HEAD_COMMENT.match(file.read_text(encoding="utf-8", errors="replace"))
        if comment and "Copyright" in comment[1]:
            lines = (line.strip().removeprefix("*").strip() for line in comment[1].splitlines())
            found["\n".join(lines).strip()] = None
    if not found:
        raise NoLicenceError(f"{name} comes without a licence's text")
    return list(found)


def texts_in(name: str, folder: Path) -> list[str]:
    """Return the licences in a folder; raises NoLicenceError if there are none."""
    files = sorted(file for file in folder.iterdir() if LICENCE_FILE.match(file.name))
    if not files:
        raise NoLicenceError(f"{name} comes without a licence's text")
    return [read(name, file) for file in files]


def read(name: str, file: Path) -> str:
    """Return the text of a licence; raises NoLicenceError if it is missing."""
    text = file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""
    if not text:
        raise NoLicenceError(f"{name} comes without the text of {file.name}")
    return text


def notices(built: str, parts: Mapping[str, list[str]]) -> str:
    """Return the notices file: a list of components, then the texts of each."""
    listed = "".join(f"  {name}\n" for name in parts)
    head = f"{built} has compiled into it, under the licences below:\n\n{listed}"
    bodies = (f"\n{RULE}\n{name}\n{RULE}\n\n" + "\n\n".join(t) + "\n" for name, t in parts.items())
    return head + "".join(bodies)
