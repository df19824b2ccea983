"""The process that reads bundles: requests on standard input, responses on standard output.

``python -m services.executor.bundle.process.parse_worker MEMORY_BYTES``. It reads one bundle after
another and exits at the end of its input. It runs no bundle code, opens no file for a bundle, and
has limited memory, so that a hostile bundle costs at most this process, which is killed when it
takes too long.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import threading
from typing import BinaryIO

from services.executor.bundle.process.parse_wire import (
    HEADER,
    MAX_REQUEST_BYTES,
    error_response,
    frame,
    head_of,
    manifest_response,
    omissions_response,
)
from services.executor.bundle.process.read_source import read_source
from services.executor.bundle.process.slice_source import slice_source
from services.executor.errors import BundleError, ExecutorError, InternalError

RECURSION_LIMIT = 12_000
STACK_BYTES = 128 * 1024 * 1024
OUT_OF_MEMORY = 3


def respond(asked: str | bool, source: bytes) -> bytes:
    """Return the response for one bundle; every failure is a response too.

    ``asked`` is the digest of a bundle to read, or whether a program to slice is a module.
    """
    try:
        if isinstance(asked, bool):
            return omissions_response(slice_source(source, is_module=asked))
        return manifest_response(read_source(asked, source))
    except ExecutorError as error:
        return error_response(error)
    except RecursionError:
        return error_response(BundleError("The bundle nests too deeply to be read."))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # nothing is safe now, not even a reply; the owner reports it
    except Exception as error:  # noqa: BLE001 - the process boundary: its owner must know
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        line = where.tb_lineno if where is not None else 0
        name = where.tb_frame.f_code.co_name if where is not None else "?"
        return error_response(
            InternalError(
                f"Reading the bundle failed by a fault of Caisson's reader "
                f"({type(error).__name__} in {name}, line {line}); please report it."
            )
        )


def serve(requests: BinaryIO, responses: BinaryIO) -> None:
    """Answer requests until the input ends."""
    while (head := _read_frame(requests)) is not None:
        source = _read_frame(requests)
        if source is None:
            return
        response = respond(head_of(head), source)
        responses.write(frame(response))
        responses.flush()
        gc.collect()


def serve_and_end(requests: BinaryIO, responses: BinaryIO) -> None:
    """Serve, then exit at once, whatever state memory is in."""
    status = 1
    try:
        serve(requests, responses)
        status = 0
    finally:
        os._exit(status)


def _read_frame(stream: BinaryIO) -> bytes | None:
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (size,) = HEADER.unpack(header)
    if size > MAX_REQUEST_BYTES:
        return None
    payload = stream.read(size)
    return payload if len(payload) == size else None


def main() -> None:
    """Limit this process, then serve standard input on a thread with a deep stack."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a syntax tree is many objects but no garbage; collect between bundles
    gc.freeze()  # what exists now stays, so collection can skip it
    sys.setrecursionlimit(RECURSION_LIMIT)
    threading.stack_size(min(STACK_BYTES, memory // 4))
    requests, responses = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    thread = threading.Thread(target=serve_and_end, args=(requests, responses))
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
