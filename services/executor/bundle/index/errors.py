"""What makes a bundle be read as a whole, by the parser alone."""

from __future__ import annotations


class NotIndexedError(Exception):
    """The index does not know a bundle well enough; the message says what it met.

    It tells nothing of the bundle: whoever catches it parses the whole text, which then is either
    read or refused with the parser's own message.
    """
