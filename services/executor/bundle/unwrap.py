"""Unwraps the form in which a whole ES module stands inside of a function expression.

::

    /* header */
    const compiledConfig = (() => {
      import { createAgent } from "lightfast/agent";   // a module, indented by two spaces
      export default createLightfast({...});
    })();
    export default { id, hash, metadata, config: compiledConfig.default || compiledConfig, ... };

It is no valid JavaScript as it stands: imports are allowed at the top of a module only. The wrapper
is blanked out, so that every line and column of the module inside stays where it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.executor.bundle.source import decode_source

_OPENING = re.compile(
    r"^[ \t]*(?:const|let|var)\s+[\w$]+\s*=\s*"
    r"\(\s*(?:\(\s*\)\s*=>|function\s*\(\s*\))\s*\{",
    re.MULTILINE,
)
_CLOSING = re.compile(r"^[ \t]*\}\s*\)\s*\(\s*\)\s*;?[ \t]*$", re.MULTILINE)
_MODULE_WORD = re.compile(r"^[ \t]*(?:import\b\s*[\w*{\"']|export\b\s*[\w*{])", re.MULTILINE)
_TRAILER = re.compile(r"^[ \t]*export\s+default\s*\{", re.MULTILINE)
_NOT_SPACE = re.compile(r"[^\s]")
MAX_HEADER = 64 * 1024


@dataclass(frozen=True)
class Unwrapped:
    """A bundle's text ready to be parsed and run; ``trailer`` is the wrapper's object, or None."""

    text: str
    trailer: str | None


def unwrap(text: str) -> Unwrapped:
    """Return ``text`` without its wrapper; text that is not wrapped is returned as it is."""
    opening = _OPENING.search(text, 0, MAX_HEADER)
    if opening is None or _has_code(text[: opening.start()]):
        return Unwrapped(text, None)
    closing = _last_closing(text, opening)
    if closing is None:
        return Unwrapped(text, None)
    inside = text[opening.end() : closing.start()]
    trailer = text[closing.end() :]
    if not _MODULE_WORD.search(inside) or not _TRAILER.search(trailer):
        return Unwrapped(text, None)
    head, tail = text[: opening.end()], text[closing.start() :]
    return Unwrapped(_blanked(head) + inside + _blanked(tail), trailer)


def runnable(source: bytes) -> tuple[Unwrapped, bytes]:
    """Return the bundle's text unwrapped, and the bytes that the toolrunner is to evaluate.

    Raises:
        BundleError: the bytes are not UTF-8 text.
    """
    text = decode_source(source)
    unwrapped = unwrap(text)
    if unwrapped.trailer is None and not source.startswith((b"\xef\xbb\xbf", b"#!")):
        return unwrapped, source
    return unwrapped, unwrapped.text.encode("utf-8")


def _has_code(header: str) -> bool:
    """Tell whether anything but comments, a directive and space stands before the wrapper."""
    bare = re.sub(r"/\*.*?\*/|//[^\n]*", "", header, flags=re.DOTALL)
    return bool(bare.replace('"use strict";', "").replace("'use strict';", "").strip())


def _last_closing(text: str, opening: re.Match[str]) -> re.Match[str] | None:
    """Return the wrapper's end: the last one that the wrapper's own export follows."""
    trailers = list(_TRAILER.finditer(text, opening.end()))
    if not trailers:
        return None
    found = None
    for match in _CLOSING.finditer(text, opening.end(), trailers[-1].start()):
        found = match
    return found


def _blanked(text: str) -> str:
    return _NOT_SPACE.sub(" ", text)
