"""Turns the values of secrets into placeholders, in whatever shape an answer has them.

Redaction is only for answers of hosts that already know the values. Even so, it must not help to
guess them: a bound host may repeat what a tool sent it. What is held back of a stream depends on
lengths, and where the answer is one of lines, on where these end; the time of the search depends
on lengths and on what is escaped (see ``needles``); and a find needs a whole value.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.executor.egress.escapes import Origins, unescaped
from services.executor.egress.needles import LEAST_BYTES, LETTERS, URL_SAFE, Needle, Needles, Runs

SPREAD: Final = 16
"""The most bytes that one of a value may take in an answer: ``\\u0034`` of its hex takes 12."""
LAYERS: Final = 3
"""An answer is searched as it is, with its escapes undone, and with those undone once more."""
BASE64_BITS: Final = 6


@dataclass(frozen=True)
class _Hidden:
    """A value to look for: ``plain`` in the text as it is, ``bare`` where escapes are undone."""

    placeholder: bytes
    plain: tuple[Needles, ...]
    bare: tuple[Needles, ...]


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    placeholder: bytes


class Redactor:
    """Hides some values; with none of them, it changes nothing and holds nothing back.

    Args:
        values: each with what is shown in its place.
    """

    def __init__(self, values: Sequence[tuple[str, str]] = ()) -> None:
        self._hidden = [_hidden(value.encode(), shown.encode()) for value, shown in values]
        longest = max((len(value) for value, _ in values), default=0)
        self.longest: Final = SPREAD * (longest + 2) if values else 0
        """Bytes that a value, in the longest of its shapes, may take."""
        groups = [group for each in self._hidden for group in each.plain + each.bare]
        self._least = min((each.least for each in groups if each.are_tokens), default=1)

    def __repr__(self) -> str:
        """Show how much there is to hide."""
        return f"Redactor({len(self._hidden)})"

    def __bool__(self) -> bool:
        """Tell whether there is anything to hide."""
        return bool(self._hidden)

    def redacted(self, data: bytes) -> bytes:
        """Return the bytes with placeholders for values."""
        return self.until(data, len(data))[0]

    def redacted_text(self, text: str) -> str:
        """Return the text with placeholders for values."""
        if not self._hidden:
            return text
        data = text.encode("utf-8", "surrogatepass")
        clean = self.redacted(data)
        return text if clean == data else clean.decode("utf-8", "replace")

    def redacted_texts(self, texts: Sequence[str]) -> list[str]:
        """Return the texts with placeholders for values; they are searched at once."""
        whole = "\n".join(texts)
        if not self._hidden or self.redacted_text(whole) == whole:
            return list(texts)
        return [self.redacted_text(text) for text in texts]

    def until(self, data: bytes, end: int) -> tuple[bytes, int]:
        """Return the bytes up to ``end`` with placeholders, and up to where they were taken.

        A value that begins before ``end`` is taken whole. Values are recognised for certain when
        they begin ``longest`` bytes before the end of ``data``, or when that is the end of all.
        """
        clean, taken = bytearray(), 0
        for span in sorted(self._spans(data), key=lambda each: (each.start, -each.end)):
            if span.start >= max(end, taken):
                break
            if span.start >= taken:
                clean += data[taken : span.start] + span.placeholder
            taken = max(taken, span.end)
        if taken < end:
            clean += data[taken:end]
            taken = end
        return bytes(clean), taken

    def _spans(self, data: bytes) -> Iterator[_Span]:
        layers = [data]
        for depth in range(LAYERS if self._hidden else 0):
            text = layers[-1]
            runs = Runs(text, self._least)
            for hidden in self._hidden:
                for group in hidden.bare if depth else hidden.plain:
                    for needle, at in _places(group, text, runs):
                        start = max(0, at - needle.before)
                        end = min(len(text), at + len(needle.text) + needle.after)
                        yield _Span(*_back(layers, start, end), hidden.placeholder)
            layers.append(unescaped(text))
            if layers[-1] == text:
                return


class RedactedStream:
    """Redacts bytes as they come; use ``feed`` for each piece, then ``finish``.

    Args:
        redactor: says what is hidden.
        by_lines: whether each line is given out when it is complete. No shape of a value has a
            line end in it, so that nothing of one is seen by it.
    """

    def __init__(self, redactor: Redactor, *, by_lines: bool) -> None:
        self._redactor = redactor
        self._by_lines = by_lines
        self._held = b""
        # Searched when enough has come to be worth it: what is held is searched again each time.
        self._room = redactor.longest + redactor.longest // 8

    def __repr__(self) -> str:
        """Show how much is held back."""
        return f"RedactedStream(held={len(self._held)})"

    def feed(self, piece: bytes) -> bytes:
        """Return what can be given out after ``piece``, which may be nothing."""
        if not self._redactor:
            return piece
        self._held += piece
        end = len(self._held) - self._redactor.longest if len(self._held) > self._room else 0
        if self._by_lines and b"\n" in piece:
            end = max(end, self._held.rfind(b"\n") + 1)
        if end <= 0:
            return b""
        clean, taken = self._redactor.until(self._held, end)
        self._held = self._held[taken:]
        return clean

    def finish(self) -> bytes:
        """Return the rest."""
        clean, self._held = self._redactor.redacted(self._held), b""
        return clean


def _places(group: Needles, text: bytes, runs: Runs) -> Iterator[tuple[Needle, int]]:
    if not group.are_tokens:
        return group.found_in(text)
    return ((needle, runs.source(at)) for needle, at in group.found_in(runs.joined))


def _back(layers: Sequence[bytes], start: int, end: int) -> tuple[int, int]:
    """Return the range of the first text that a range of the last one came from."""
    for text in reversed(layers[:-1]):
        start, end = Origins(text).span(start, end)
    return start, end


def _hidden(value: bytes, placeholder: bytes) -> _Hidden:
    encoded = [Needle(value.hex().encode(), LETTERS)]
    encoded += [_base64_needle(value, shift) for shift in range(3)]
    bare = {value, value.replace(b"\\", b""), unescaped(value)}
    return _Hidden(
        placeholder,
        _grouped([*_looks(value), *encoded]),
        _grouped([*(needle for each in bare for needle in _looks(each)), *encoded]),
    )


def _grouped(needles: Sequence[Needle]) -> tuple[Needles, ...]:
    tokens = [each for each in needles if each.is_token]
    others = [each for each in needles if not each.is_token]
    return tuple(Needles(each) for each in (tokens, others) if each)


def _looks(value: bytes) -> Iterator[Needle]:
    """Yield a value as it is, and as forms have it; in either case, as names of headers have it."""
    for look in {value, value.replace(b" ", b"+")}:
        if len(look) >= LEAST_BYTES:
            yield Needle(look, LETTERS)


def _base64_needle(value: bytes, shift: int) -> Needle:
    """Return what of a value's base64 is the same whatever stands around it.

    ``shift`` is the value's place in a group of three bytes. The letters that it shares with its
    neighbours go with it.
    """
    encoded = base64.b64encode(b"\0" * shift + value)
    first = -(-shift * 8 // BASE64_BITS)
    whole = (shift + len(value)) * 8 // BASE64_BITS
    shared = (shift + len(value)) * 8 % BASE64_BITS != 0
    return Needle(encoded[first:whole], URL_SAFE, int(shift > 0), int(shared))
