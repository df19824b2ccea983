"""From the bytes of a bundle to text that a parser can read, with columns kept."""

from __future__ import annotations

from services.executor.bundle.syntax.excerpts import excerpt_of, line_of
from services.executor.errors import BundleError, BundleSyntaxError

EXCERPT_COLUMNS = 80
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decode_source(data: bytes) -> str:
    """Return the text of ``data``; a byte order mark and a hashbang are blanked out.

    The mark is dropped, since no engine counts it as a column; a hashbang line becomes a comment
    of the same length.

    Raises:
        BundleError: it is empty or not UTF-8 text.
    """
    if not data.strip():
        raise BundleError("The bundle is empty: send JavaScript that exports an agent.")
    if data.startswith(_UTF16_MARKS):
        raise BundleError("The bundle is encoded as UTF-16: save it as UTF-8.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BundleError(
            f"The bundle is not valid UTF-8: byte {error.start} (line {line}) cannot be decoded. "
            "Save it as UTF-8; a compressed or binary file is not a bundle."
        ) from None
    text = text.removeprefix("\ufeff")
    return f"//{text[2:]}" if text.startswith("#!") else text


def nul_error(text: str) -> BundleSyntaxError | None:
    """Return what to say about unparsable text with a NUL character, None without one.

    A NUL in a string is valid JavaScript, and bundlers write it.
    """
    index = text.find("\0")
    if index < 0:
        return None
    line, column = position(text, index)
    return BundleSyntaxError(
        f"The bundle has a NUL character in line {line}, column {column}: it is not text. "
        "A file encoded as UTF-16 or a binary file is not a bundle.",
        line=line,
        column=column,
    )


def position(text: str, index: int) -> tuple[int, int]:
    """Return line and column, both from 1, of the character at ``index``."""
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1


def excerpt(text: str, line: int, column: int) -> str:
    """Return a line cut around a column, with a caret line below; "" when there is none."""
    whole = line_of(text, line) if line > 0 else None
    if whole is None:
        return ""
    margin = f"  {line} │ "
    part = excerpt_of(whole, column, EXCERPT_COLUMNS - len(margin))
    below = " " * (len(margin) - 2) + "│ "
    return f"{margin}{part.text}\n{below}{' ' * part.mark}^"
