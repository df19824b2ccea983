"""The error that makes the parser read a bundle as a whole."""

from __future__ import annotations


class NotIndexedError(Exception):
    """The index cannot handle a bundle; the message says what it found.

    It does not mean the bundle is bad: the caller parses the whole text, which is then either read
    or refused with the parser's own message.

    Args:
        at: where it found that, as an index of the text; None if that is not known.
    """

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at
