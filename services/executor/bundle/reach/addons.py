"""Native addons that a bundle's code loads: code for one machine, which the sandbox lacks."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

MAX_PLACES: Final = 1_000
DLOPEN: Final = "process.dlopen"
_LOADED: Final = re.compile(
    r"\bprocess\.dlopen(?=\()"
    # A file's name, wherever it stands: `bindings("x.node")`, `path.join(folder, "x.node")`.
    r"|[\"'`](?P<file>[\w@./\\${}-]{1,120}\.node)[\"'`]"
    # A package of one machine: `require(`@scope/name-${target}`)`.
    r"|\brequire\w{0,20}\(\s*`(?P<package>[^`]{0,100}\$\{[^}`]{0,60}(?:arch|platform|target|triple)"
    r"[^`]{0,100})`",
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
    """The addons that a text names, by place; at most 1,000."""

    def __init__(self, text: str) -> None:
        self._names: list[str] = []
        self._places: list[int] = []
        for found in _LOADED.finditer(text):
            self._places.append(found.start())
            self._names.append(found["file"] or found["package"] or DLOPEN)
            if len(self._places) >= MAX_PLACES:
                break

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
