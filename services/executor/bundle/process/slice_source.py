"""Finds what a program's agents and tools need; this is work of a parser process."""

from __future__ import annotations

import gc

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.frameworks.containers import find_agents
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.manifest.exports import exports_of
from services.executor.bundle.needed.slice import omissions
from services.executor.bundle.ports import Omissions
from services.executor.bundle.process.read_source import INDEXED_FROM, WHOLE_AT_MOST
from services.executor.bundle.syntax.parse import ParsedProgram, parse_program
from services.executor.bundle.syntax.source import decode_source
from services.executor.errors import BundleError, BundleSyntaxError


def slice_source(source: bytes, *, is_module: bool) -> Omissions:
    """Return what of a program its agents and tools do not need.

    Raises:
        BundleError: it cannot be told.
    """
    text = decode_source(source)
    try:
        exports = _exports_of_agents(_parsed(text), is_module=is_module)
        if len(text) >= INDEXED_FROM:
            gc.collect()  # the syntax tree
        return omissions(text, is_module=is_module, exports=exports)
    except NotIndexedError as error:
        raise BundleError(f"What its agents need cannot be told: {error}.") from None


def _parsed(text: str) -> ParsedProgram:
    if len(text) >= INDEXED_FROM:
        try:
            return index_program(text, unread_from=None)
        except NotIndexedError:
            if len(text) > WHOLE_AT_MOST:
                raise
    return parse_program(text)


def _exports_of_agents(parsed: ParsedProgram, *, is_module: bool) -> set[str] | None:
    """Return the exports from which agents come; None where that is not clear."""
    try:
        evaluator = Evaluator(parsed.tree)
        exports = exports_of(evaluator, is_module=is_module)
        found = {
            name: find_agents(evaluator, {name: thunk}) for name, thunk in exports.names.items()
        }
    except (NotIndexedError, BundleSyntaxError):
        return None
    return {name for name, agents in found.items() if agents.agents or agents.unknown} or None
