"""The upload of a program in chunks: limited while it arrives, checked when complete."""

from __future__ import annotations

import codecs
import hashlib

from services.toolrunner.domain import MIB, Program
from services.toolrunner.errors import OverLimitError, ProtocolError

CHUNK_BYTES = 1 * MIB


class Upload:
    """The chunks of the program with this digest, at most ``most_bytes`` in total."""

    def __init__(self, digest: str, is_module: bool, most_bytes: int) -> None:
        self._digest = digest
        self._is_module = is_module
        self._most = most_bytes
        self._hash = hashlib.sha256()
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._chunks: list[bytes] = []
        self._received = 0

    def __repr__(self) -> str:
        return f"<Upload {self._digest[:19]} {self._received} bytes>"

    def add(self, data: bytes, *, last: bool) -> None:
        """Take a chunk, at most ``CHUNK_BYTES``, so that the event loop is not blocked.

        Raises:
            ProtocolError: it is empty but not the last, too large, or not UTF-8.
        """
        size = len(data)
        if size > CHUNK_BYTES:
            raise OverLimitError(f"A program_chunk has {size} bytes; the most is {CHUNK_BYTES}.")
        if not size and not last:
            raise ProtocolError("A program_chunk is empty and not the last one.")
        self._received += size
        if self._received > self._most:
            raise OverLimitError(
                f"The program is larger than the limit of {self._most} bytes; "
                "CAISSON_TOOLRUNNER_PROGRAM_BYTES raises it."
            )
        self._check_text(data, last=last)
        self._hash.update(data)
        self._chunks.append(data)

    def _check_text(self, data: bytes, *, last: bool) -> None:
        """Raise ProtocolError if the text is not UTF-8, chunk by chunk."""
        begun, _ = self._text.getstate()
        try:
            self._text.decode(data, last)
        except UnicodeDecodeError as error:
            at = self._received - len(data) - len(begun) + error.start
            raise ProtocolError(f"The program is not UTF-8 at byte {at}.") from None

    def program(self) -> Program:
        """Return the complete program; raises ProtocolError for other bytes."""
        if f"sha256:{self._hash.hexdigest()}" != self._digest:
            raise ProtocolError(
                "The program's SHA-256 does not match open.program_digest; "
                "send the same bytes that were hashed, in order."
            )
        source = b"".join(self._chunks)
        self._chunks.clear()
        return Program(self._digest, self._is_module, source)
