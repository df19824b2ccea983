"""Why a tool will miss what the sandbox lacks, and what to do about it, in words."""

from __future__ import annotations

from typing import Final

from services.executor.bundle.reach.addons import is_addon
from services.executor.tool_reach import Reach

_LOOKUPS: Final = "no names are looked up (ENOTFOUND); requests that are granted look up theirs"
_MODULES: Final = {
    "child_process": "no program can be started: its calls fail with ENOENT",
    "cluster": "no process can be started",
    "dgram": "no datagrams can be sent",
    "dns": _LOOKUPS,
    "dns/promises": _LOOKUPS,
    "http2": "HTTP/2 has no connection: use fetch or node:https",
    "sqlite": "the module is absent (ERR_UNKNOWN_BUILTIN_MODULE)",
    "wasi": "WASI is refused",
    "worker_threads": "no thread can be started: a Worker emits `error`",
}
_GLOBALS: Final = {
    "WebSocket": "its connections are refused: use fetch",
    "EventSource": "it is absent: use fetch",
    "XMLHttpRequest": "it is absent: use fetch",
    "WebAssembly": "it is absent, as in an engine without it",
    "SharedArrayBuffer": "it is absent",
    "Atomics": "it is absent",
    "Deno": "the sandbox is like Node",
    "Bun": "the sandbox is like Node",
}
_BROWSER: Final = frozenset(
    {"document", "history", "indexedDB", "localStorage", "location", "sessionStorage", "window"}
)
ADDON = "native addons, code for one machine, are not run: a client that speaks HTTP works"
PACKAGE = (
    "its code is not in the bundle: import() and require() fail as in Node, any other use fails in "
    "the call; bundle it"
)
FILE = "another file of the same build is not in the bundle"


def why_missing(reach: Reach, name: str) -> str:
    """Return why a call that uses something fails; ``name`` is one of ``reach.missing``."""
    if is_addon(name):
        return ADDON
    if name.startswith("node:"):
        return _MODULES.get(name[5:], "Node has no such module")
    if name in reach.modules:
        return FILE if name.startswith((".", "/")) else PACKAGE
    if name in _BROWSER:
        return "only browsers have it"
    return _GLOBALS.get(name, "the sandbox has no such global")
