"""Runs read their conversations from a database that does not answer for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import pytest

from services.executor.agent.scripted import MemorySessions
from services.executor.clients import Client
from services.executor.conversation import Message, SessionKey, UserMessage
from services.executor.run_errors import DatabaseError, SealedError
from services.executor.runs.patient_sessions import PatientSessions
from tests.simulation.virtual_loop import VirtualClock, VirtualLoop

T = TypeVar("T")

KEY = SessionKey("", "session")
SAID = (UserMessage("hello"),)
CLIENT = Client("", "", "")


class AwaySessions(MemorySessions):
    """Conversations whose database does not answer until a time of the loop's."""

    def __init__(self, until_s: float, error: type[DatabaseError] = DatabaseError) -> None:
        super().__init__()
        self.until_s, self.error, self.asked = until_s, error, 0

    async def _reach(self, work: Awaitable[T]) -> T:
        self.asked += 1
        found = await work
        if asyncio.get_running_loop().time() < self.until_s:
            raise self.error("cannot connect")
        return found

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        return await self._reach(super().load(key))

    async def speaker(self, key: SessionKey) -> str:
        return await self._reach(super().speaker(key))

    async def notes(self, owner: SessionKey) -> str:
        return await self._reach(super().notes(owner))

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        await self._reach(super().append(key, messages, client, agent))


def play(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop = VirtualLoop(callback_s=0.0001)
    loop.play(scene())
    assert not loop.faults


def test_what_a_run_reads_is_asked_for_until_the_database_answers() -> None:
    async def scene() -> None:
        store = AwaySessions(until_s=8.0)
        await MemorySessions.append(store, KEY, SAID, CLIENT, "agent")
        sessions = PatientSessions(store, VirtualClock())
        read = await asyncio.gather(sessions.load(KEY), sessions.speaker(KEY), sessions.notes(KEY))
        assert tuple(read) == (SAID, "agent", "")
        assert store.asked < 3 * 30

    play(scene)


def test_database_that_stays_away_is_told() -> None:
    async def scene() -> None:
        sessions = PatientSessions(AwaySessions(until_s=1e9), VirtualClock())
        with pytest.raises(DatabaseError, match="cannot connect"):
            await sessions.load(KEY)

    play(scene)


def test_conversation_without_its_key_is_asked_for_once() -> None:
    async def scene() -> None:
        store = AwaySessions(1e9, SealedError)
        with pytest.raises(SealedError):
            await PatientSessions(store, VirtualClock()).load(KEY)
        assert store.asked == 1

    play(scene)


def test_what_is_said_is_appended_once() -> None:
    async def scene() -> None:
        store = AwaySessions(until_s=1.0)
        with pytest.raises(DatabaseError):
            await PatientSessions(store, VirtualClock()).append(KEY, SAID, CLIENT)
        assert store.asked == 1

    play(scene)


def test_reading_ends_when_the_run_is_stopped() -> None:
    async def scene() -> None:
        sessions = PatientSessions(AwaySessions(until_s=1e9), VirtualClock())
        reading = asyncio.create_task(sessions.load(KEY))
        await asyncio.sleep(1.0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    play(scene)
