"""The error that makes the parser read a bundle as a whole."""

from __future__ import annotations


class NotIndexedError(Exception):
    """The index cannot handle a bundle; the message says what it found.

    It does not mean the bundle is bad: the caller parses the whole text, which is then either read
    or refused with the parser's own message.
    """
