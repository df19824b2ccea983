"""Canaries and rollbacks: which version a session is on, and that it stays on it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
from hypothesis import given
from hypothesis import strategies as st

from caisson.executor.v1beta1 import agent_service_pb2 as pb
from services.executor.registry.picking import picked, place_of
from services.executor.registry.rows import LabelRow
from tests.registry.stage import Deploying, Parts, SaysItsPrompt, deploying

Code = grpc.StatusCode
SESSIONS = 2_000
# Five standard deviations of a share of half of the sessions.
TOLERANCE = 5.0 * (0.25 / SESSIONS) ** 0.5

percents = st.integers(min_value=0, max_value=100)
names = st.text(min_size=1, max_size=20)


def labels(percent: int, *, canary: int = 2) -> list[LabelRow]:
    return [LabelRow("production", 1), LabelRow("canary", canary, percent)]


@given(percents, names, names)
def test_a_canary_gets_its_share_of_the_sessions(
    percent: int, organisation: str, name: str
) -> None:
    places = [place_of(organisation, name, "session", "", str(n)) for n in range(SESSIONS)]
    assert all(0 <= place < 100 for place in places)
    versions = Counter(picked(labels(percent), "production", place) for place in places)
    assert abs(versions[2] / SESSIONS - percent / 100) <= TOLERANCE
    if percent in {0, 100}:
        assert len(versions) == 1


@given(percents, percents, st.lists(names, min_size=1), names)
def test_a_higher_percentage_only_moves_sessions_to_the_canary(
    one: int, two: int, sessions: list[str], resource: str
) -> None:
    lower, higher = sorted((one, two))
    for session in sessions:
        place = place_of("acme", "weather", "session", resource, session)
        assert place == place_of("acme", "weather", "session", resource, session)
        before = picked(labels(lower), "production", place)
        after = picked(labels(higher), "production", place)
        assert (before, after) in {(1, 1), (1, 2), (2, 2)}


def test_labels_give_what_they_point_at() -> None:
    assert picked([], "production", 0.0) == 0
    assert picked([LabelRow("canary", 2, 100)], "production", 0.0) == 0
    assert picked(labels(100), "production", 99.99) == 2
    assert picked(labels(0), "production", 0.0) == 1
    assert picked(labels(50), "canary", 99.0) == 2
    assert picked([*labels(100), LabelRow("staging", 3)], "staging", 0.0) == 3


async def on(server: Deploying, session: str, **more: Any) -> str:
    """The version that a session is on."""
    answer = await server.said(session_id=session, resource_id="me", **more)
    assert answer.code is Code.OK, answer
    text, version = answer.value
    assert f"weather@{text}" == version
    return str(version)


async def test_sessions_stay_where_they_began(place: Path | str) -> None:
    async with deploying(place) as server:
        for number in (1, 2, 3):
            await server.deployed(str(number))
        await server.label(1)
        await server.label(2, "canary", percent=50)
        sessions = [f"chat {number}" for number in range(24)]
        first = {session: await on(server, session) for session in sessions}
        assert set(first.values()) == {"weather@1", "weather@2"}
        await server.label(3)
        await server.label(3, "canary", percent=100)
        assert {session: await on(server, session) for session in sessions} == first
        assert await on(server, "a new chat") == "weather@3"
        await server.label(0, "canary")
        await server.call("DeleteAgent", pb.DeleteAgentRequest(name="weather", version=2))
        now = {session: await on(server, session) for session in sessions}
        assert now == {
            session: "weather@3" if version == "weather@2" else version
            for session, version in first.items()
        }


async def test_executors_agree_on_the_version_of_a_session(postgres_url: str) -> None:
    parts = Parts()
    async with (
        deploying(postgres_url, parts) as one,
        deploying(postgres_url, parts) as two,
    ):
        for number in (1, 2):
            await one.deployed(str(number))
        await one.label(1)
        await two.label(2, "canary", percent=50)
        for number in range(16):
            session = f"chat {number}"
            both = await asyncio.gather(
                on(one, session, session_policy="SESSION_POLICY_QUEUE"),
                on(two, session, session_policy="SESSION_POLICY_QUEUE"),
            )
            assert len(set(both)) == 1
            await two.label(2, "canary", percent=number * 6)
            assert await on(one, session) == both[0]


async def test_a_request_that_is_sent_again_is_the_same_run(place: Path | str) -> None:
    async with deploying(place) as server:
        for number in (1, 2):
            await server.deployed(str(number))
        await server.label(1)
        first = await server.said(request_id="mine")
        await server.label(2)
        again = await server.said(request_id="mine")
        assert first.value == again.value == ("1", "weather@1")
        other = await server.said("weather@2", request_id="mine")
        assert other.code is Code.ALREADY_EXISTS


class Slow(SaysItsPrompt):
    """Answers after other tasks had their turns."""

    async def stream(self, query: Any) -> Any:
        for _ in range(20):
            await asyncio.sleep(0)
        async for piece in super().stream(query):
            yield piece


async def test_rollback_under_load_splits_no_run(place: Path | str) -> None:
    async with deploying(place, Parts(model=Slow())) as server:
        for number in (1, 2):
            await server.deployed(str(number))
        await server.label(1)
        seen: dict[str, set[str]] = {}
        done = asyncio.Event()

        async def chatting(session: str) -> None:
            turns = 0
            while turns < 3 or not done.is_set():
                seen.setdefault(session, set()).add(await on(server, session))
                turns += 1

        async def switching() -> None:
            for percent in (20, 50, 80):
                await server.label(2, "canary", percent=percent)
                await asyncio.sleep(0.02)
            await server.label(2)
            await server.label(0, "canary")
            await asyncio.sleep(0.02)
            await server.label(1)
            await asyncio.sleep(0.02)
            done.set()

        async def arriving() -> None:
            number = 0
            while not done.is_set():
                number += 1
                await asyncio.gather(*(chatting(f"{number}-{each}") for each in range(4)))

        async with asyncio.TaskGroup() as group:
            group.create_task(switching())
            for number in range(6):
                group.create_task(chatting(f"early {number}"))
            group.create_task(arriving())
        assert seen
        assert all(len(versions) == 1 for versions in seen.values())
        assert all(seen[f"early {number}"] == {"weather@1"} for number in range(6))
        assert await on(server, "late") == "weather@1"
