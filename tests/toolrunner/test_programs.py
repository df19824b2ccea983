"""The program store keeps what is used and stays within its bytes."""

from __future__ import annotations

import pytest

from services.toolrunner.errors import OverloadedError
from services.toolrunner.programs import ProgramStore, key_of
from tests.toolrunner.pools import program


def kept(store: ProgramStore, text: str) -> tuple[str, bool]:
    """Store a program that nobody uses; return its key."""
    added = program(text)
    store.reserve(len(added.source))
    store.keep(added)
    store.unpin(key_of(added))
    return key_of(added)


def test_program_is_found_by_digest_and_form() -> None:
    store = ProgramStore(100)
    digest, is_module = kept(store, "x" * 10)
    assert store.pin((digest, is_module)) is not None
    assert store.pin((digest, not is_module)) is None


def test_least_recently_used_goes_first() -> None:
    store = ProgramStore(30)
    first, second = kept(store, "1" * 10), kept(store, "2" * 10)
    kept(store, "3" * 10)
    assert store.pin(first) is not None
    store.unpin(first)
    kept(store, "4" * 10)
    assert store.pin(second) is None
    assert store.pin(first) is not None


def test_program_in_use_is_never_dropped() -> None:
    store = ProgramStore(30)
    first = kept(store, "1" * 20)
    assert store.pin(first) is not None
    with pytest.raises(OverloadedError) as caught:
        store.reserve(11)
    assert caught.value.retry_after_s
    store.unpin(first)
    store.reserve(11)
    assert store.pin(first) is None


def test_freed_reservation_leaves_room() -> None:
    store = ProgramStore(10)
    store.reserve(10)
    with pytest.raises(OverloadedError):
        store.reserve(1)
    store.free(10)
    store.reserve(10)


def test_program_that_arrives_twice_is_held_once() -> None:
    store = ProgramStore(30)
    first, second = program("1" * 10), program("1" * 10)
    for each in (first, second):
        store.reserve(len(each.source))
    assert store.keep(first) is store.keep(second)
    store.reserve(20)
