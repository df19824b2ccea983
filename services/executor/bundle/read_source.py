"""Reads one bundle from its bytes to its manifest; what the parser's process does."""

from __future__ import annotations

from services.executor.bundle.extract import extract_manifest
from services.executor.bundle.parse import parse_program
from services.executor.bundle.unwrap import runnable
from services.executor.bundle.wrapper import read_wrapper
from services.executor.domain import Manifest


def read_source(digest: str, source: bytes) -> Manifest:
    """Return what the bundle declares; takes seconds for one of megabytes.

    Raises:
        BundleError: it cannot be read, or is nested too deeply.
        BundleSyntaxError: it is not JavaScript; line and column say where.
        NoAgentsError: it declares no agent.
    """
    unwrapped, _ = runnable(source)
    metadata = None if unwrapped.trailer is None else read_wrapper(unwrapped.trailer)
    parsed = parse_program(unwrapped.text)
    return extract_manifest(digest, parsed, wrapper_metadata=metadata)
