"""Conversations of organisations: the same ids, and not each other's."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.executor.adapters.database.session_room import KIB, RUN_BYTES
from services.executor.adapters.database.sessions import DatabaseSessions
from services.executor.clients import Client
from services.executor.conversation import AssistantMessage, Message, Place, SessionKey, UserMessage
from services.executor.errors import LimitError
from services.executor.keys import NamedKey
from services.executor.run_errors import SealedError
from services.executor.runs.sealed_sessions import SealedTexts
from services.executor.runs.sealing import Sealer
from tests.executor.kept_sessions import kept_sessions

ONE, TWO = SessionKey("user", "chat", "one"), SessionKey("user", "chat", "two")


def member(organisation: str) -> Client:
    return Client(f"organisation:{organisation}", "key", organisation)


def said(size: int) -> list[Message]:
    return [UserMessage("q"), AssistantMessage("x" * (size - RUN_BYTES - 100))]


async def names(sessions: DatabaseSessions, organisation: str, resource: str = "r") -> list[str]:
    page = await sessions.page(organisation, resource, 100, 0)
    return [summary.key.session_id for summary in page.sessions]


async def test_same_ids_in_two_organisations_are_two_conversations(place: Path | str) -> None:
    async with kept_sessions(place) as sessions:
        for key in (ONE, TWO):
            client = member(key.organisation)
            await sessions.append(key, [UserMessage(key.organisation)], client, key.organisation)
            await sessions.revise_notes(key, lambda old: f"{old}noted", client)
        for key in (ONE, TWO):
            assert await sessions.load(key) == (UserMessage(key.organisation),)
            assert await sessions.speaker(key) == key.organisation
            assert await sessions.notes(key) == "noted"
            (listed,) = (await sessions.page(key.organisation, "user", 9, 0)).sessions
            assert listed.key == key
            assert listed.title == key.organisation
            found = await sessions.transcript(key, 9, Place())
            assert found is not None
            assert [each.message.text for each in found.messages] == [key.organisation]
        assert await sessions.summary(SessionKey("user", "chat")) is None
        assert await sessions.delete(ONE)
        assert not await sessions.delete(ONE)
        assert await sessions.summary(ONE) is None
        assert await sessions.load(TWO) == (UserMessage("two"),)
        assert await sessions.notes(TWO) == "noted"


async def test_quotas_of_a_resource_are_each_organisation_s_own(place: Path | str) -> None:
    async with kept_sessions(place, resource_sessions=2) as sessions:
        for organisation in ("one", "two"):
            for number in range(4):
                key = SessionKey("r", f"{organisation}{number}", organisation)
                await sessions.append(key, [UserMessage("hi")], member(organisation))
        assert await names(sessions, "one") == ["one3", "one2"]
        assert await names(sessions, "two") == ["two3", "two2"]


async def test_organisation_below_its_share_is_never_evicted(place: Path | str) -> None:
    async with kept_sessions(place, store_bytes=100 * KIB) as sessions:
        mine = [SessionKey("r", str(number), "polite") for number in range(4)]
        for key in mine:
            await sessions.append(key, said(10 * KIB), member("polite"))
        for number in range(60):
            key = SessionKey(f"f{number}", "s", "greedy")
            await sessions.append(key, said(10 * KIB), member("greedy"))
        assert await names(sessions, "polite") == ["3", "2", "1", "0"]


async def test_one_great_session_does_not_evict_those_below_their_share(
    place: Path | str,
) -> None:
    async with kept_sessions(place, store_bytes=100 * KIB) as sessions:
        for number in range(4):
            key = SessionKey("r", str(number), "polite")
            await sessions.append(key, said(10 * KIB), member("polite"))
        great = SessionKey("f", "s", "greedy")
        for _ in range(5):
            await sessions.append(great, said(10 * KIB), member("greedy"))
        with pytest.raises(LimitError, match="share of the storage"):
            await sessions.append(great, said(30 * KIB), member("greedy"))
        assert await names(sessions, "polite") == ["3", "2", "1", "0"]
        assert len(await sessions.load(great)) == 10


def test_sealed_texts_are_bound_to_their_organisation() -> None:
    texts = SealedTexts(Sealer([NamedKey("k", b"k" * 32)]))
    sealed = texts.seal(ONE, "messages", "secret")
    assert texts.opened(ONE, "messages", sealed) == "secret"
    for other in (TWO, SessionKey("user", "chat"), SessionKey("one", "user", "chat")):
        with pytest.raises(SealedError):
            texts.opened(other, "messages", sealed)
