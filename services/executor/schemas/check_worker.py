"""The process that checks costly schemas: requests on standard input, responses on output.

``python -m services.executor.schemas.check_worker MEMORY_BYTES``. It answers one request after
another and exits at the end of its input. Its memory is limited, and its owner kills it if it is
slow.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import BinaryIO

from services.executor.schemas.check_wire import (
    HAS_MORE,
    HEADER,
    MAX_REQUEST_BYTES,
    frame,
    head_frame,
    name_of,
    text_of,
)
from services.executor.schemas.ports import Outcome
from services.executor.schemas.validators import Validators

OUT_OF_MEMORY = 3
KEPT_OF_MEMORY = 4


def serve(requests: BinaryIO, responses: BinaryIO, validators: Validators) -> None:
    """Answer requests until they end."""
    _send(frame(b""), responses)
    while (head := _read_frame(requests)) is not None:
        schema, text = _read_frame(requests), _read_frame(requests)
        if schema is None or text is None:
            return
        _answer(validators, name_of(head), schema, text, responses)


def _answer(
    validators: Validators, name: str | None, schema: bytes, text: bytes, responses: BinaryIO
) -> None:
    if name is None:
        _send(head_frame(validators.compile(schema)), responses)
        return
    told = None
    for checked in validators.check(schema, text_of(text), name):
        if told is None:
            _send(head_frame(checked), responses)
        told = checked
    if told is not None and told.outcome in HAS_MORE:
        more = told.compact if told.outcome is Outcome.FITS else told.reason
        _send(frame(more.encode("utf-8", "replace")), responses)


def _send(payload: bytes, responses: BinaryIO) -> None:
    responses.write(payload)
    responses.flush()


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
    """Limit this process, then serve standard input."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, responses = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    try:
        serve(requests, responses, Validators(memory // KEPT_OF_MEMORY))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # nothing is reliable now, not even an answer; the owner reports it


if __name__ == "__main__":
    main()
