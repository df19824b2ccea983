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
import time
from pathlib import Path
from typing import BinaryIO

from services.executor.bundle.index.piece import memory_left
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
from services.front.limits import MIB

RECURSION_LIMIT = 12_000
STACK_BYTES = 128 * MIB
# The share of the memory that is left when a bundle is refused, as a process without any may fail
# to say so; how often that is looked at; and the bytes of a bundle from which it is.
LEAST_LEFT = 0.05
LOOK_S = 0.02
WATCHED_BYTES = 200_000
# A process that takes more is not cleared but ends: trees of so much take as long as a start.
KEPT_BYTES = 256 * MIB


def respond(asked: str | bool, source: bytes) -> bytes:
    """Return the response for one bundle; every other failure is a response too.

    ``asked`` is the digest of a bundle to read, or whether a program to slice is a module.

    Raises:
        MemoryError: reading it takes too much memory.
    """
    try:
        if isinstance(asked, bool):
            return omissions_response(slice_source(source, is_module=asked))
        return manifest_response(read_source(asked, source))
    except ExecutorError as error:
        return error_response(error)
    except RecursionError:
        return error_response(BundleError("The bundle nests too deeply to be read."))
    except (MemoryError, SystemError):  # the interpreter may lose the one, and raise the other
        raise MemoryError from None
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


class Server:
    """Answers requests on one thread, while another watches the memory that it takes."""

    def __init__(self, requests: BinaryIO, responses: BinaryIO) -> None:
        self._requests = requests
        self._responses = responses
        self._reading = threading.Event()  # a large bundle
        self._answering = threading.Lock()

    def serve(self) -> None:
        """Answer requests until the input ends, or the memory is not worth clearing."""
        is_last = False
        while not is_last and (head := _read_frame(self._requests)) is not None:
            source = _read_frame(self._requests)
            if source is None:
                return
            if len(source) >= WATCHED_BYTES:
                self._reading.set()
            try:
                response = respond(head_of(head), source)
                is_last = _resident() > KEPT_BYTES
            except MemoryError:
                response, is_last = _no_memory(), True
            with self._answering:
                self._reading.clear()
            self._answer(response, is_last=is_last)
            if not is_last:
                gc.collect()

    def serve_and_end(self) -> None:
        """Serve, then exit at once, whatever state memory is in."""
        status = 1
        try:
            self.serve()
            status = 0
        finally:
            os._exit(status)

    def watch(self) -> None:
        """Refuse what takes nearly all memory, and end the process; this does not return."""
        while True:
            self._reading.wait()
            time.sleep(LOOK_S)
            with self._answering:
                left = memory_left()
                if self._reading.is_set() and left is not None and left < LEAST_LEFT:
                    self._answer(_no_memory(), is_last=True)
                    os._exit(0)

    def _answer(self, response: bytes, *, is_last: bool) -> None:
        self._responses.write(frame(response, is_last=is_last))
        self._responses.flush()


def _no_memory() -> bytes:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return error_response(
        BundleError(
            f"Reading the bundle takes more memory than the {limit // MIB} MiB there are for it: "
            "make it smaller, leave out packages its tools do not need, or raise "
            "CAISSON_EXECUTOR_PARSE_MEMORY_BYTES."
        )
    )


def _resident() -> int:
    """Return how many bytes of this process are in memory."""
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()


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
    server = Server(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    threading.Thread(target=server.serve_and_end).start()
    server.watch()


if __name__ == "__main__":
    main()
