"""Encryption at rest: bytes open where they were sealed, with their key, and nowhere else."""

from __future__ import annotations

import re

import pytest

from services.executor.conversation import SessionKey
from services.executor.keys import NamedKey
from services.executor.run_errors import DatabaseError, SealedError
from services.executor.runs.sealed_sessions import PlainTexts, SealedTexts
from services.executor.runs.sealing import Sealer

FIRST, SECOND = NamedKey("first", bytes(32)), NamedKey("second", bytes(range(32)))
DATA = "what a user said \u2603".encode()
PLACE = ("event", 7)


def test_sealed_bytes_open_and_hide() -> None:
    sealer = Sealer([FIRST])
    sealed = [sealer.seal("run-1", PLACE, DATA) for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert not any(b"user" in each for each in sealed)
    assert [sealer.opened("run-1", PLACE, each) for each in sealed] == [DATA, DATA]
    assert len(sealed[0]) - len(DATA) == 8 + 1 + len("first") + 12 + 16
    assert sealer.opened("run-1", PLACE, sealer.seal("run-1", PLACE, b"")) == b""


def test_rotated_key_opens_and_the_first_seals() -> None:
    old = Sealer([FIRST]).seal("run-1", PLACE, DATA)
    rotated = Sealer([SECOND, FIRST])
    assert rotated.opened("run-1", PLACE, old) == DATA
    new = rotated.seal("run-1", PLACE, DATA)
    assert Sealer([SECOND]).opened("run-1", PLACE, new) == DATA
    with pytest.raises(SealedError, match="key 'second', which is not set"):
        Sealer([FIRST]).opened("run-1", PLACE, new)


def test_wrong_key_under_the_same_id_is_told() -> None:
    sealed = Sealer([FIRST]).seal("run-1", PLACE, DATA)
    other = Sealer([NamedKey("first", SECOND.key)])
    with pytest.raises(DatabaseError, match="the key has changed under its id"):
        other.opened("run-1", PLACE, sealed)


@pytest.mark.parametrize(
    ("owner", "place"),
    [("run-2", PLACE), ("run-1", ("event", 8)), ("run-1", ("record", 7)), ("run-1", ("event7",))],
)
def test_moved_bytes_do_not_open(owner: str, place: tuple[str | int, ...]) -> None:
    sealer = Sealer([FIRST])
    with pytest.raises(SealedError, match="moved from another row"):
        sealer.opened(owner, place, sealer.seal("run-1", PLACE, DATA))


def test_damaged_bytes_do_not_open() -> None:
    sealer = Sealer([FIRST])
    sealed = sealer.seal("run-1", PLACE, DATA)
    for size in range(8, len(sealed)):
        with pytest.raises(SealedError):
            sealer.opened("run-1", PLACE, sealed[:size])
    for at in range(8, len(sealed)):
        with pytest.raises(SealedError):
            sealer.opened("run-1", PLACE, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])


def test_what_was_written_before_there_were_keys_is_read() -> None:
    sealer = Sealer([FIRST])
    for plain in (DATA, b"", b"[]", b"\x0a\x00"):
        assert sealer.opened("run-1", PLACE, plain) == plain


def test_keys_are_not_shown() -> None:
    sealer = Sealer([FIRST, SECOND])
    assert repr(sealer) == "Sealer(first, second)"
    assert "key=" not in repr(FIRST)


def test_texts_of_conversations_belong_to_their_session() -> None:
    texts, key = SealedTexts(Sealer([FIRST])), SessionKey("user", "s1")
    sealed = texts.seal(key, "messages", "[1, \u2603]")
    assert re.fullmatch(r"\x01sealed:[A-Za-z0-9_=-]+", sealed)
    assert texts.opened(key, "messages", sealed) == "[1, \u2603]"
    assert texts.seal(key, "title", "") == ""
    assert texts.opened(key, "title", "an old title") == "an old title"
    moved = [(SessionKey("user", "s2"), "messages"), (SessionKey("other", "s1"), "messages")]
    for other, kind in [*moved, (key, "notes")]:
        with pytest.raises(SealedError):
            texts.opened(other, kind, sealed)
    for damaged in (sealed[:-2], sealed[:8], sealed[:30], sealed + "*"):
        with pytest.raises(SealedError):
            texts.opened(key, "messages", damaged)
    assert PlainTexts().opened(key, "title", PlainTexts().seal(key, "title", "a")) == "a"
