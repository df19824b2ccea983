"""Reads one bundle from its bytes to its manifest; what the parser's process does."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.manifest.extract import extract_manifest
from services.executor.bundle.manifest.wrapper import read_wrapper
from services.executor.bundle.syntax.parse import parse_program
from services.executor.bundle.syntax.unwrap import Unwrapped, unwrapped_source
from services.executor.domain import Json, Manifest

# Characters; what is written by hand is below, takes a tenth of a second at most, and is where a
# person needs every syntax error to be told.
INDEXED_FROM = 32_000


def read_source(digest: str, source: bytes) -> Manifest:
    """Return what the bundle declares, parsing only what that needs; see ``read_whole_source``.

    A small bundle is parsed as a whole, and so is one that the index does not know well enough,
    one with a syntax error among them. In others, errors that tree-sitter tolerates, such as a name
    that is declared twice, are found only in what is parsed: a bundler does not write them.

    Raises:
        BundleError: it cannot be read, or is nested too deeply.
        BundleSyntaxError: it is not JavaScript; line and column say where.
        NoAgentsError: it declares no agent.
    """
    unwrapped = unwrapped_source(source)
    return replace(_read(digest, unwrapped), module=unwrapped.module)


def read_whole_source(digest: str, source: bytes) -> Manifest:
    """Return what the bundle declares, from a parse of all of it: seconds for one of megabytes.

    It is what ``read_source`` is measured against, and its errors are the same.
    """
    unwrapped = unwrapped_source(source)
    return replace(_read_whole(digest, unwrapped), module=unwrapped.module)


def _read(digest: str, unwrapped: Unwrapped) -> Manifest:
    if len(unwrapped.text) < INDEXED_FROM:
        return _read_whole(digest, unwrapped)
    metadata = _wrapper_metadata(unwrapped)
    try:
        program = index_program(unwrapped.text)
        return extract_manifest(digest, program, wrapper_metadata=metadata)
    except NotIndexedError:
        return _read_whole(digest, unwrapped)


def _read_whole(digest: str, unwrapped: Unwrapped) -> Manifest:
    metadata = _wrapper_metadata(unwrapped)
    program = parse_program(unwrapped.text)
    return extract_manifest(digest, program, wrapper_metadata=metadata)


def _wrapper_metadata(unwrapped: Unwrapped) -> dict[str, Json] | None:
    return None if unwrapped.trailer is None else read_wrapper(unwrapped.trailer)
