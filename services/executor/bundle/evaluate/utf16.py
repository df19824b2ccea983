"""JavaScript's text: sequences of UTF-16 units, in which half of a pair may stand alone.

Python counts code points, so whatever counts, cuts or orders works on ``units``: a ``str`` that has
one character for every unit.
"""

from __future__ import annotations


def has_astral(text: str) -> bool:
    """Return whether ``text`` has a character of two units."""
    return bool(text) and max(text) > "\uffff"


def units(text: str) -> str:
    """Return ``text`` with one character for every UTF-16 unit."""
    if not has_astral(text):
        return text
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(int.from_bytes(data[i : i + 2], "little")) for i in range(0, len(data), 2))


def joined(text: str) -> str:
    """Return ``text`` with adjacent halves of a pair joined into one character."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def length(text: str) -> int:
    """Return ``text.length`` of JavaScript."""
    return len(text) + sum(character > "\uffff" for character in text)
