"""Replaces the values of secrets with placeholders, however a response encodes them.

Only responses of hosts that already know the values are redacted. Even so, redaction must not help
to guess them: a bound host may echo what a tool sent it. How much of a stream is held back depends
on lengths and, in line-based responses, on line endings; the time of the search depends on lengths
and on what is escaped (see ``needles``); and a match needs a whole value.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.executor.egress.escapes import Origins, unescaped
from services.executor.egress.needles import LEAST_BYTES, LETTERS, URL_SAFE, Needle, Needles, Runs

SPREAD: Final = 16
"""The most bytes of a response for one byte of a value: ``\\u0034`` of its hex takes 12."""
LAYERS: Final = 3
"""A response is searched as it is, unescaped, and unescaped twice."""
BASE64_BITS: Final = 6


@dataclass(frozen=True)
class _Hidden:
    """A value to look for: ``plain`` in the original text, ``bare`` in unescaped text."""

    placeholder: bytes
    plain: tuple[Needles, ...]
    bare: tuple[Needles, ...]


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    placeholder: bytes


class Redactor:
    """Redacts values; without any, it changes nothing and holds nothing back.

    Args:
        values: each with its replacement.
    """

    def __init__(self, values: Sequence[tuple[str, str]] = ()) -> None:
        self._hidden = [_hidden(value.encode(), shown.encode()) for value, shown in values]
        longest = max((len(value) for value, _ in values), default=0)
        self.longest: Final = SPREAD * (longest + 2) if values else 0
        """The most bytes that an encoded value may take."""
        groups = [group for each in self._hidden for group in each.plain + each.bare]
        self._least = min((each.least for each in groups if each.are_tokens), default=1)

    def __repr__(self) -> str:
        """Show the number of values."""
        return f"Redactor({len(self._hidden)})"

    def __bool__(self) -> bool:
        """Tell whether there is anything to redact."""
        return bool(self._hidden)

    def redacted(self, data: bytes) -> bytes:
        """Return the redacted bytes."""
        return self.until(data, len(data))[0]

    def redacted_text(self, text: str) -> str:
        """Return the redacted text."""
        if not self._hidden:
            return text
        data = text.encode("utf-8", "surrogatepass")
        clean = self.redacted(data)
        return text if clean == data else clean.decode("utf-8", "replace")

    def redacted_texts(self, texts: Sequence[str]) -> list[str]:
        """Return the redacted texts, searched at once."""
        whole = "\n".join(texts)
        if not self._hidden or self.redacted_text(whole) == whole:
            return list(texts)
        return [self.redacted_text(text) for text in texts]

    def until(self, data: bytes, end: int) -> tuple[bytes, int]:
        """Return the redacted bytes up to ``end``, and where they end in ``data``.

        A value that starts before ``end`` is taken whole. Values are certain to be found if they
        start ``longest`` bytes before the end of ``data``, or if ``data`` is complete.
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
    """Redacts bytes as they arrive; call ``feed`` for each piece, then ``finish``.

    Args:
        redactor: what to redact.
        by_lines: whether to emit each line once it is complete. No encoding of a value contains a
            line ending, so this reveals nothing of one.
    """

    def __init__(self, redactor: Redactor, *, by_lines: bool) -> None:
        self._redactor = redactor
        self._by_lines = by_lines
        self._held = b""
        # Searched once enough has arrived, since held bytes are searched again each time.
        self._room = redactor.longest + redactor.longest // 8

    def __repr__(self) -> str:
        """Show how many bytes are held back."""
        return f"RedactedStream(held={len(self._held)})"

    def feed(self, piece: bytes) -> bytes:
        """Return what can be emitted after ``piece``, perhaps nothing."""
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
    """Return the range in the first layer of a range in the last one."""
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
    """Yield a value as it is and form-encoded, in any letter case, as in header names."""
    for look in {value, value.replace(b" ", b"+")}:
        if len(look) >= LEAST_BYTES:
            yield Needle(look, LETTERS)


def _base64_needle(value: bytes, shift: int) -> Needle:
    """Return the part of a value's base64 that does not depend on its neighbours.

    ``shift`` is the value's place in a group of three bytes. Letters shared with its neighbours are
    redacted with it.
    """
    encoded = base64.b64encode(b"\0" * shift + value)
    first = -(-shift * 8 // BASE64_BITS)
    whole = (shift + len(value)) * 8 // BASE64_BITS
    shared = (shift + len(value)) * 8 % BASE64_BITS != 0
    return Needle(encoded[first:whole], URL_SAFE, int(shift > 0), int(shared))
