"""The program store keeps programs in use and stays within its limit."""

from __future__ import annotations

import pytest

from services.toolrunner.domain import program_key
from services.toolrunner.errors import OverloadedError
from services.toolrunner.programs import ProgramStore
from services.toolrunner.tenants import NOBODY
from tests.toolrunner.pools import program, tenant


def kept(store: ProgramStore, text: str) -> str:
    """Store a program that nobody uses; return its key."""
    added = program(text)
    store.reserve(len(added.source), NOBODY)
    store.keep(added, NOBODY)
    store.unpin(added.key)
    return added.key


def test_program_is_found_by_digest_and_form() -> None:
    store = ProgramStore(100)
    text = "x" * 10
    assert store.pin(kept(store, text), NOBODY) is not None
    other = program_key(program(text).digest, not program(text).is_module)
    assert store.pin(other, NOBODY) is None


def test_least_recently_used_program_is_evicted_first() -> None:
    store = ProgramStore(30)
    first, second = kept(store, "1" * 10), kept(store, "2" * 10)
    kept(store, "3" * 10)
    assert store.pin(first, NOBODY) is not None
    store.unpin(first)
    kept(store, "4" * 10)
    assert store.pin(second, NOBODY) is None
    assert store.pin(first, NOBODY) is not None


def test_program_in_use_is_never_evicted() -> None:
    store = ProgramStore(30)
    first = kept(store, "1" * 20)
    assert store.pin(first, NOBODY) is not None
    with pytest.raises(OverloadedError) as caught:
        store.reserve(11, NOBODY)
    assert caught.value.retry_after_s
    store.unpin(first)
    store.reserve(11, NOBODY)
    assert store.pin(first, NOBODY) is None


def test_freed_reservation_makes_room() -> None:
    store = ProgramStore(10)
    store.reserve(10, NOBODY)
    with pytest.raises(OverloadedError):
        store.reserve(1, NOBODY)
    store.free(10, NOBODY)
    store.reserve(10, NOBODY)


def test_program_that_arrives_twice_is_stored_once() -> None:
    store = ProgramStore(30)
    first, second = program("1" * 10), program("1" * 10)
    for each in (first, second):
        store.reserve(len(each.source), NOBODY)
    assert store.keep(first, NOBODY) is store.keep(second, NOBODY)
    store.reserve(14, NOBODY)


def test_tenant_with_many_programs_evicts_its_own() -> None:
    store = ProgramStore(100)
    theirs = program("1" * 20)
    store.reserve(20, tenant("quiet"))
    store.keep(theirs, tenant("quiet"))
    store.unpin(theirs.key)
    for number in range(20):
        sent = program(f"{number:020}")
        store.reserve(20, tenant("busy"))
        store.keep(sent, tenant("busy"))
        store.unpin(sent.key)
    assert store.pin(theirs.key, tenant("quiet")) is not None


def test_tenants_share_room_for_arriving_programs() -> None:
    store = ProgramStore(100)
    for _ in range(75):
        store.reserve(1, tenant("busy"))
    with pytest.raises(OverloadedError):
        store.reserve(10, tenant("busy"))
    store.reserve(10, tenant("quiet"))
