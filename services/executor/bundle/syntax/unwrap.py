"""Unwraps bundles that put a whole ES module inside a function expression.

::

    /* header */
    const compiledConfig = (() => {
      import { createAgent } from "some/agents";   // a module, indented by two spaces
      export default createAgents({...});
    })();
    export default { id, hash, metadata, config: compiledConfig.default || compiledConfig, ... };

This is not valid JavaScript: imports are allowed only at the top of a module. The wrapper before
the module is blanked out, so that every line and column of the module stays where it was; what
follows the module is dropped. So is the function that Bun's own form of CommonJS
(``// @bun-cjs``) puts around a module, which Bun calls with ``exports``, ``require`` and the like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.executor.agent_parts import Insertion
from services.executor.bundle.syntax.source import decode_source

_OPENING = re.compile(
    r"^[ \t]*(?:const|let|var)\s+[\w$]+\s*=\s*"
    r"\(\s*(?:\(\s*\)\s*=>|function\s*\(\s*\))\s*\{",
    re.MULTILINE,
)
_CLOSING = re.compile(r"^[ \t]*\}\s*\)\s*\(\s*\)\s*;?[ \t]*$", re.MULTILINE)
_MODULE_WORD = re.compile(r"^[ \t]*(?:import\b\s*[\w*{\"']|export\b\s*[\w*{])", re.MULTILINE)
_TRAILER = re.compile(r"^[ \t]*export\s+default\s*\{", re.MULTILINE)
_NOT_SPACE = re.compile(r"[^\s]+")
# What `bun build --target=bun --format=cjs` puts around a module.
_BUN_OPENING = re.compile(
    r"(?:#![^\n]*\n)?// @bun[^\n]*@bun-cjs[^\n]*\n"
    r"\(function\s*\(exports, *require, *module, *__filename, *__dirname\) *\{"
)
_BUN_CLOSING = re.compile(r"\}\)\s*(?://# [^\n]*\s*)*\Z")
# What may come before a wrapper. One match for each part, so that no text is scanned twice.
_NO_CODE = re.compile(r"\s+|/\*.*?\*/|//[^\n]*|\"use strict\";|'use strict';", re.DOTALL)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_HEADER = 64 * 1024


@dataclass(frozen=True)
class Unwrapped:
    """A bundle's text ready to be parsed and run; ``trailer`` is the wrapper's object, or None.

    ``module`` is where a wrapped module begins and ends, in the bundle's bytes.
    """

    text: str
    trailer: str | None = None
    module: tuple[int, int] | None = None


def unwrapped_source(source: bytes) -> Unwrapped:
    """Return the bundle's text without its wrapper; a bundle without one is unchanged.

    This scans the whole bundle, so it belongs in the parser process. Running the bundle needs
    only ``module`` and ``runnable``.

    Raises:
        BundleError: the bytes are not UTF-8 text.
    """
    text = decode_source(source)
    wrapper = find_wrapper(text)
    is_bun = wrapper is None
    wrapper = wrapper or _bun_wrapper(text)
    if wrapper is None:
        return Unwrapped(text)
    opening, closing = wrapper
    mark = len(source) - len(source.removeprefix(_BYTE_ORDER_MARK))
    begin = mark + len(text[: opening.end()].encode())
    end = begin + len(text[opening.end() : closing.start()].encode())
    trailer = None if is_bun else text[closing.end() :]
    return Unwrapped(runnable(source, (begin, end)).decode(), trailer, (begin, end))


def find_wrapper(text: str) -> tuple[re.Match[str], re.Match[str]] | None:
    """Return the opening and the closing of the wrapper around a module, None without one."""
    opening = _OPENING.search(text, 0, MAX_HEADER)
    if opening is None or _has_code(text[: opening.start()]):
        return None
    closing = _last_closing(text, opening)
    if closing is None or not _TRAILER.search(text[closing.end() :]):
        return None
    is_module = _MODULE_WORD.search(text[opening.end() : closing.start()])
    return (opening, closing) if is_module else None


def _bun_wrapper(text: str) -> tuple[re.Match[str], re.Match[str]] | None:
    """Return the opening and the closing of the function that Bun calls, None without one."""
    opening = _BUN_OPENING.match(text)
    closing = None if opening is None else _BUN_CLOSING.search(text, max(0, len(text) - MAX_HEADER))
    return None if opening is None or closing is None else (opening, closing)


def runnable(
    source: bytes, module: tuple[int, int] | None, insertions: Iterable[Insertion] = ()
) -> bytes:
    """Return the bytes for the toolrunner to evaluate; cheap for any bundle.

    Args:
        source: a bundle that was read before, so it is UTF-8.
        module: where the module in its wrapper is, None without a wrapper.
        insertions: what to put into it, in the order of the places.
    """
    text = _without_wrapper(source, module)
    done, pieces = 0, []
    for each in insertions:
        pieces += [text[done : each.at], each.text.encode()]
        done = each.at
    return b"".join([*pieces, text[done:]]) if pieces else text


def _without_wrapper(source: bytes, module: tuple[int, int] | None) -> bytes:
    text = source.removeprefix(_BYTE_ORDER_MARK)
    if module is None:
        return b"//" + text[2:] if text.startswith(b"#!") else text
    start, end = module
    head = source[:start].removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
    return _blanked(head).encode() + source[start:end]


def _has_code(header: str) -> bool:
    """Tell whether anything but comments, a directive and space comes before the wrapper."""
    at = 0
    while at < len(header):
        match = _NO_CODE.match(header, at)
        if match is None:
            return True
        at = match.end()
    return False


def _last_closing(text: str, opening: re.Match[str]) -> re.Match[str] | None:
    """Return the wrapper's end: the last one followed by the wrapper's own export."""
    trailers = list(_TRAILER.finditer(text, opening.end()))
    if not trailers:
        return None
    found = None
    for match in _CLOSING.finditer(text, opening.end(), trailers[-1].start()):
        found = match
    return found


def _blanked(text: str) -> str:
    return _NOT_SPACE.sub(lambda found: " " * len(found[0]), text)
