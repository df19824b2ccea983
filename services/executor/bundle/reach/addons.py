"""Native addons that a bundle's code loads: code for one machine, which the sandbox lacks."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from services.executor.bundle.reach.occurrences import matches_at

MAX_PLACES: Final = 1_000
MAX_NAME: Final = 130
DLOPEN: Final = "process.dlopen"
_OPENED: Final = re.compile(r"process\.dlopen(?=\()")
# The end of a file's name, wherever it stands: `bindings("x.node")`, `path.join(folder, "x.node")`.
_ENDS: Final = re.compile(r"\.node[\"'`]")
_FILE: Final = re.compile(r"[\"'`]([\w@./\\${}-]{1,120})$")
# A package of one machine: `require(`@scope/name-${target}`)`.
_PACKAGE: Final = re.compile(
    r"require\w{0,20}\(\s*`([^`]{0,100}\$\{[^}`]{0,60}(?:arch|platform|target|triple)[^`]{0,100})`",
    re.IGNORECASE,
)
_OF_A_MACHINE: Final = re.compile(
    r"[-/](?:linux|linuxmusl|darwin|win32|freebsd|android|openharmony)[-/]"
    r"(?:x64|arm64|arm|ia32|riscv64|ppc64|s390x|universal)"
)
# Packages whose work is done by an addon, also where they are bundled.
_PACKAGES: Final = frozenset(
    {
        "argon2", "bcrypt", "better-sqlite3", "bufferutil", "canvas", "cpu-features", "duckdb",
        "fsevents", "isolated-vm", "kerberos", "keytar", "libsql", "node-pty", "onnxruntime-node",
        "re2", "robotjs", "serialport", "sharp", "snappy", "sodium-native", "sqlite3",
        "tree-sitter", "usb", "utf-8-validate", "zeromq",
    }
)  # fmt: skip
_SCOPES: Final = frozenset({"@duckdb", "@img", "@napi-rs", "@node-rs", "@serialport"})


class AddonNames:
    """The addons that a text names, by place; at most 1,000 of each kind."""

    def __init__(self, text: str) -> None:
        found: list[tuple[int, str]] = []
        for end in matches_at(text, (".node",), _ENDS)[:MAX_PLACES]:
            name = _FILE.search(text, max(0, end.start() - MAX_NAME), end.start())
            if name is not None:
                found.append((name.start(), f"{name[1]}.node"))
        found += [
            (each.start(), each[1])
            for each in matches_at(text, ("require",), _PACKAGE)[:MAX_PLACES]
        ]
        found += [
            (each.start(), DLOPEN) for each in matches_at(text, (DLOPEN,), _OPENED)[:MAX_PLACES]
        ]
        found.sort()
        self._places = [place for place, _ in found]
        self._names = [name for _, name in found]

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"AddonNames({len(self._places)})"

    def within(self, start: int, end: int) -> set[str]:
        """Return the names between two places."""
        return set(self._names[bisect_left(self._places, start) : bisect_left(self._places, end)])


def is_addon(name: str) -> bool:
    """Tell whether what a module's name stands for is, or needs, code for one machine."""
    if name == DLOPEN or name.endswith(".node") or "${" in name:
        return True
    scope = name.partition("/")[0]
    return _OF_A_MACHINE.search(name) is not None or scope in _PACKAGES or scope in _SCOPES
