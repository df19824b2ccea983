"""Reads one bundle from bytes to manifest; this is the parser process's work."""

from __future__ import annotations

import gc
from dataclasses import replace

from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.index.unread import UnsureError
from services.executor.bundle.index.using import without_using
from services.executor.bundle.manifest.extract import extract_manifest
from services.executor.bundle.manifest.wrapper import read_wrapper
from services.executor.bundle.syntax.parse import ParsedProgram, parse_program
from services.executor.bundle.syntax.source import excerpt, position
from services.executor.bundle.syntax.unwrap import Unwrapped, unwrapped_source
from services.executor.domain import Json, Manifest
from services.executor.errors import BundleError, BundleSyntaxError

# Characters. Handwritten bundles are smaller, take a tenth of a second at most, and are where a
# person needs to see every syntax error.
INDEXED_FROM = 32_000
# Characters. The syntax tree of all of a larger bundle exceeds the parser's memory.
WHOLE_AT_MOST = 5_000_000


def read_source(digest: str, source: bytes) -> Manifest:
    """Return what the bundle declares, parsing only what is needed; see ``read_whole_source``.

    A small bundle is parsed whole, and so is one that the index does not cover well enough, such
    as one with a syntax error. In others, errors that tree-sitter tolerates, like a name declared
    twice, are found only in the parsed parts: bundlers do not write them.

    Raises:
        BundleError: it cannot be read or is nested too deeply.
        BundleSyntaxError: it is not JavaScript; line and column say where.
        NoAgentsError: it declares no agent.
    """
    unwrapped = unwrapped_source(source)
    return replace(_read(digest, unwrapped), module=unwrapped.module)


def read_whole_source(digest: str, source: bytes) -> Manifest:
    """Return what the bundle declares, parsing all of it, which takes seconds for megabytes.

    It is the reference for ``read_source``, and raises the same errors.
    """
    unwrapped = unwrapped_source(source)
    return replace(_read_whole(digest, unwrapped), module=unwrapped.module)


def _read(digest: str, unwrapped: Unwrapped) -> Manifest:
    try:
        return _read_fast(digest, unwrapped)
    except BundleSyntaxError:
        if len(unwrapped.text) > WHOLE_AT_MOST:
            raise
        text = without_using(unwrapped.text)
        if text == unwrapped.text:
            raise
        return _read_fast(digest, replace(unwrapped, text=text))


def _read_fast(digest: str, unwrapped: Unwrapped) -> Manifest:
    if len(unwrapped.text) < INDEXED_FROM:
        return _read_whole(digest, unwrapped)
    try:
        found = _read_if_sure(digest, unwrapped)
        if found is None:
            gc.collect()  # what was read: the parser's process does not collect while it reads
            found = _read_in_parts(
                digest, unwrapped, index_program(unwrapped.text, unread_from=None)
            )
    except NotIndexedError as error:
        if len(unwrapped.text) > WHOLE_AT_MOST:
            raise _not_in_parts(unwrapped.text, error) from None
        return _read_whole(digest, unwrapped)
    return found


def _read_if_sure(digest: str, unwrapped: Unwrapped) -> Manifest | None:
    """Return what a bundle declares; None if all of its parts have to be read to tell."""
    try:
        return _read_in_parts(digest, unwrapped, index_program(unwrapped.text))
    except UnsureError:
        return None


def _read_in_parts(digest: str, unwrapped: Unwrapped, program: ParsedProgram) -> Manifest:
    return extract_manifest(digest, program, wrapper_metadata=_wrapper_metadata(unwrapped))


def _not_in_parts(text: str, error: NotIndexedError) -> BundleError:
    """Return what to say of a bundle that is too large to be read in any other way."""
    what = (
        f"only bundles of up to {WHOLE_AT_MOST // 1_000_000} MB can be read despite it. Let the "
        "bundler compile to ES2024 (esbuild: --target=es2024), keep large data in a file or in "
        "JSON text, or leave out packages that the tools do not need."
    )
    if error.at is None:
        return BundleError(f"The bundle cannot be read in parts: {error}, and {what}")
    line, column = position(text, error.at)
    return BundleSyntaxError(
        f"The bundle cannot be read at line {line}, column {column}: {error}, and {what}\n"
        f"{excerpt(text, line, column)}",
        line=line,
        column=column,
    )


def _read_whole(digest: str, unwrapped: Unwrapped) -> Manifest:
    metadata = _wrapper_metadata(unwrapped)
    program = parse_program(unwrapped.text)
    return extract_manifest(digest, program, wrapper_metadata=metadata)


def _wrapper_metadata(unwrapped: Unwrapped) -> dict[str, Json] | None:
    return None if unwrapped.trailer is None else read_wrapper(unwrapped.trailer)
