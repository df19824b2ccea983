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
NOT_DECODED: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
"""Real codings that are not decoded here, and were not asked for."""
FRAMED: Final = frozenset({"aws-chunked"})
"""Codings that put lengths and signatures between pieces of the content."""
MAX_CODINGS: Final = 5
MAX_BETWEEN_BYTES: Final = 64 * 1024 * 1024
"""The most bytes that one coding may give to the next one: data without end may come to nothing."""
GZIP_WINDOW: Final = 31
ZLIB_WINDOW: Final = 15
RAW_WINDOW: Final = -15
BAD_DATA: Final = "Z_DATA_ERROR"


def codings_of(header: str) -> list[str]:
    """Return the codings of a Content-Encoding, in the order in which they were applied."""
    named = [each.strip().lower() for each in header.split(",")]
    return [each for each in named if each not in IDENTITY]


def is_decoded(header: str) -> bool:
    """Return whether a body of this Content-Encoding comes out of ``ContentDecoder`` decoded."""
    codings = codings_of(header)
    return bool(codings) and all(coding in DECODED for coding in codings)


class ContentDecoder:
    """Decodes one body.

    A body with a label that is no coding, such as ``utf-8`` or ``aws-chunked``, is left as it is.

    Args:
        coding: the response's Content-Encoding.

    Raises:
        FetchFailedError: it names a real coding that was not requested, or too many.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding.strip().lower()
        codings = codings_of(coding)
        for each in codings:
            if each in NOT_DECODED:
                raise FetchFailedError(
                    f"the server answered in the encoding {each!r}, which was not requested"
                )
        if len(codings) > MAX_CODINGS:
            raise FetchFailedError(
                f"the server applied {len(codings)} content codings; the limit is {MAX_CODINGS}"
            )
        whole = all(each in DECODED for each in codings)
        self._is_readable = whole or not any(each in DECODED | FRAMED for each in codings)
        if not whole:
            codings = []
        self._layers = [_Inflating(each) for each in reversed(codings)]

    def __repr__(self) -> str:
        """Show the coding."""
        return f"ContentDecoder({self._coding!r})"

    @property
    def is_readable(self) -> bool:
        """Whether what comes out is the content itself, as far as the label says.

        A label such as ``gzip, aws-chunked`` says that it is packed, in ways not decoded here.
        """
        return self._is_readable

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decoded data, in pieces of at most 256 KiB.

        Raises:
            FetchFailedError: the data is corrupt.
        """
        pieces: Iterator[bytes] = iter((data,) if data else ())
        for layer in self._layers[:-1]:
            pieces = layer.bounded(layer.inflated(pieces))
        for layer in self._layers[-1:]:
            pieces = layer.inflated(pieces)
        yield from pieces

    def finish(self) -> None:
        """Check that the body was complete.

        Raises:
            FetchFailedError: it was truncated.
        """
        for layer in self._layers:
            layer.finish()


class _Inflating:
    """Undoes one coding: gzip of one or several members, or deflate."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._inflater: zlib._Decompress | None = None
        self._given = 0

    def inflated(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what the pieces hold; raises FetchFailedError if they are corrupt."""
        for data in pieces:
            try:
                yield from self._parts(data)
            except zlib.error:
                said = f"the server sent corrupt {self._coding} data"
                raise FetchFailedError(said, code=BAD_DATA) from None

    def bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces; raises FetchFailedError once they are too many."""
        for piece in pieces:
            self._given += len(piece)
            if self._given > MAX_BETWEEN_BYTES:
                raise FetchFailedError(f"the server sent {self._coding} data that holds too much")
            yield piece

    def finish(self) -> None:
        """Raise FetchFailedError if the data ended too early."""
        if self._inflater is not None and not self._inflater.eof:
            said = f"the server sent truncated {self._coding} data"
            raise FetchFailedError(said, code="Z_BUF_ERROR")

    def _parts(self, data: bytes) -> Iterator[bytes]:
        part = b""
        # A full piece may leave output behind even when no input is left.
        while data or len(part) == PIECE_BYTES:
            inflater = self._inflater
            if inflater is None or (inflater.eof and data and self._has_next(data)):
                inflater = self._inflater = zlib.decompressobj(wbits=self._window(data))
            if inflater.eof:
                return
            part = inflater.decompress(data, PIECE_BYTES)
            data = inflater.unconsumed_tail or inflater.unused_data
            if part:
                yield part

    def _has_next(self, data: bytes) -> bool:
        """Return whether another member follows; zeros are padding, as for Node."""
        return self._coding in GZIP and data[0] != 0

    def _window(self, data: bytes) -> int:
        if self._coding in GZIP:
            return GZIP_WINDOW
        # "deflate" is zlib's format, but some servers send the bare one.
        return RAW_WINDOW if data[0] & 0x0F != 8 else ZLIB_WINDOW
