"""Decodes gzip and deflate as bytes arrive, in bounded pieces (RFC 9110, section 8.4.1)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from services.executor.errors import FetchFailedError

ACCEPTED: Final = "gzip, deflate"
PIECE_BYTES: Final = 256 * 1024
IDENTITY: Final = frozenset({"", "identity"})
GZIP: Final = frozenset({"gzip", "x-gzip"})
DECODED: Final = IDENTITY | GZIP | {"deflate"}
GZIP_WINDOW: Final = 31
ZLIB_WINDOW: Final = 15
RAW_WINDOW: Final = -15


class ContentDecoder:
    """Decodes one body.

    Args:
        coding: the response's Content-Encoding.

    Raises:
        FetchFailedError: it was not requested, or there are several.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding.strip().lower()
        self._inflater: zlib._Decompress | None = None
        self._began = False
        if self._coding in GZIP:
            self._inflater = zlib.decompressobj(wbits=GZIP_WINDOW)
        elif self._coding not in IDENTITY and self._coding != "deflate":
            raise FetchFailedError(
                f"the server answered in the encoding {self._coding[:40]!r}, which was not "
                "requested"
            )

    def __repr__(self) -> str:
        """Show the coding."""
        return f"ContentDecoder({self._coding!r})"

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decoded data, in pieces of at most 256 KiB.

        Raises:
            FetchFailedError: the data is corrupt.
        """
        if not data:
            return
        if self._coding in IDENTITY:
            yield data
            return
        if self._inflater is None:
            # "deflate" is zlib's format, but some servers send the bare one.
            bare = data[0] & 0x0F != 8
            self._inflater = zlib.decompressobj(wbits=RAW_WINDOW if bare else ZLIB_WINDOW)
        self._began = True
        try:
            while data:
                part = self._inflater.decompress(data, PIECE_BYTES)
                data = self._inflater.unconsumed_tail
                if part:
                    yield part
        except zlib.error:
            raise FetchFailedError(f"the server sent corrupt {self._coding} data") from None

    def finish(self) -> None:
        """Check that the body was complete.

        Raises:
            FetchFailedError: it was truncated.
        """
        if self._began and self._inflater is not None and not self._inflater.eof:
            raise FetchFailedError(f"the server sent truncated {self._coding} data")
