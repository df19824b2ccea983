"""API keys that are remembered for a moment: how long, for whom, and at what cost."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

import pytest

from services.executor.access.api_keys import KeyMaker, KeyRow, MemoryKeys
from services.executor.access.known_keys import REMEMBERED_S, KnownKeys
from services.executor.access.ports import Credentials
from services.executor.access.principal import Principal, Role
from services.executor.run_errors import DatabaseError

MAKER = KeyMaker(b"p" * 32)


class Store(MemoryKeys):
    """Keys in memory; counts questions, and may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.away = False

    async def find(self, key_id: str) -> KeyRow | None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise DatabaseError("away")
        return await super().find(key_id)


class Scene:
    """A store, a clock and some keys."""

    def __init__(self) -> None:
        self.store, self.clock, self.now_ns = Store(), 0.0, 1_000
        self.known = KnownKeys(self.store, MAKER, lambda: self.now_ns, lambda: self.clock)

    async def made(self, **changes: Any) -> str:
        key_id, text, digest = MAKER.made()
        row = KeyRow(key_id, "acme", "x", frozenset({Role.OWNER}), None, None, digest, 1)
        assert await self.store.add(KeyRow(**{**vars(row), **changes}))
        return text

    async def admitted(self, text: str) -> Principal | None:
        return await self.known.principal(Credentials(bearer=text))


async def test_many_requests_ask_once_for_a_while() -> None:
    scene = Scene()
    text = await scene.made()
    found = await asyncio.gather(*(scene.admitted(text) for _ in range(50)))
    assert all(found)
    assert scene.store.asked == 1
    scene.clock += REMEMBERED_S
    assert await scene.admitted(text)
    assert scene.store.asked == 2


async def test_revoked_key_is_refused_at_once_here_and_soon_elsewhere() -> None:
    here, text = Scene(), ""
    text = await here.made()
    elsewhere = KnownKeys(here.store, MAKER, lambda: here.now_ns, lambda: here.clock)
    credentials = Credentials(bearer=text)
    assert await here.admitted(text)
    assert await elsewhere.principal(credentials)
    key_id = text.split("_")[1]
    assert await here.store.revoke("acme", key_id, 5)
    here.known.forget(key_id)
    assert await here.admitted(text) is None
    here.clock += REMEMBERED_S
    assert await elsewhere.principal(credentials) is None


async def test_answer_that_is_older_than_the_revocation_is_not_remembered() -> None:
    scene = Scene()
    text = await scene.made()
    asking = asyncio.create_task(scene.admitted(text))
    await asyncio.sleep(0)
    key_id = text.split("_")[1]
    await scene.store.revoke("acme", key_id, 5)
    scene.known.forget(key_id)
    await asking
    assert await scene.admitted(text) is None


async def test_key_ends_with_its_time_while_it_is_remembered() -> None:
    scene = Scene()
    text = await scene.made(expires_ns=2_000)
    assert await scene.admitted(text)
    scene.now_ns = 2_000
    assert await scene.admitted(text) is None
    assert scene.store.asked == 1


async def test_made_up_ids_cost_no_question() -> None:
    scene = Scene()
    for _ in range(200):
        assert await scene.admitted(f"ck_{secrets.token_hex(12)}_{'A' * 43}") is None
    assert scene.store.asked == 0


async def test_key_of_another_pepper_is_none() -> None:
    scene = Scene()
    _, text, _ = KeyMaker(b"q" * 32).made()
    assert await scene.admitted(text) is None
    assert scene.store.asked == 0


async def test_store_that_is_away_is_told_and_not_remembered() -> None:
    scene = Scene()
    text = await scene.made()
    scene.store.away = True
    with pytest.raises(DatabaseError):
        await scene.admitted(text)
    scene.store.away = False
    assert await scene.admitted(text)


async def test_store_that_hangs_holds_nobody_up() -> None:
    scene, answers = Scene(), asyncio.Event()
    text = await scene.made()
    inner = scene.store.find

    class Hanging(Store):
        async def find(self, key_id: str) -> KeyRow | None:
            self.asked += 1
            await answers.wait()
            return await inner(key_id)

    store = Hanging()
    known = KnownKeys(store, MAKER, lambda: 1_000, lambda: 0.0, asked_s=0.001)
    for _ in range(3):
        with pytest.raises(DatabaseError):
            await known.principal(Credentials(bearer=text))
    assert store.asked == 1
    answers.set()
    assert await known.principal(Credentials(bearer=text))
    assert store.asked == 1


async def test_caller_that_leaves_does_not_end_the_question_of_others() -> None:
    scene = Scene()
    text = await scene.made()
    first = asyncio.create_task(scene.admitted(text))
    second = asyncio.create_task(scene.admitted(text))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    assert scene.store.asked == 1


def test_texts_and_digests_are_not_shown() -> None:
    key_id, text, digest = MAKER.made()
    row = KeyRow(key_id, "acme", "x", frozenset(), None, None, digest, 1)
    shown: Sequence[str] = (repr(row), repr(MAKER), repr(Credentials(bearer=text)))
    assert not any(text in each or str(digest) in each or "pppp" in each for each in shown)
