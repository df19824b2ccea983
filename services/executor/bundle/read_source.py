"""Reads one bundle from its bytes to its manifest; what the parser's process does."""

from __future__ import annotations

from services.executor.bundle.extract import extract_manifest
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.parse import parse_program
from services.executor.bundle.unwrap import Unwrapped, runnable
from services.executor.bundle.wrapper import read_wrapper
from services.executor.domain import Json, Manifest


def read_source(digest: str, source: bytes) -> Manifest:
    """Return what the bundle declares, parsing only what that needs; see ``read_whole_source``.

    A bundle that the index does not know well enough is parsed as a whole, one with a syntax error
    among them. An error that tree-sitter tolerates, such as a name that is declared twice, is found
    only where something is parsed.

    Raises:
        BundleError: it cannot be read, or is nested too deeply.
        BundleSyntaxError: it is not JavaScript; line and column say where.
        NoAgentsError: it declares no agent.
    """
    unwrapped, _ = runnable(source)
    metadata = _wrapper_metadata(unwrapped)
    try:
        program = index_program(unwrapped.text)
        return extract_manifest(digest, program, wrapper_metadata=metadata)
    except NotIndexedError:
        return _read_whole(digest, unwrapped)


def read_whole_source(digest: str, source: bytes) -> Manifest:
    """Return what the bundle declares, from a parse of all of it: seconds for one of megabytes.

    It is what ``read_source`` is measured against, and its errors are the same.
    """
    unwrapped, _ = runnable(source)
    return _read_whole(digest, unwrapped)


def _read_whole(digest: str, unwrapped: Unwrapped) -> Manifest:
    metadata = _wrapper_metadata(unwrapped)
    program = parse_program(unwrapped.text)
    return extract_manifest(digest, program, wrapper_metadata=metadata)


def _wrapper_metadata(unwrapped: Unwrapped) -> dict[str, Json] | None:
    return None if unwrapped.trailer is None else read_wrapper(unwrapped.trailer)
