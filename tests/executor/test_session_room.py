"""What conversations may take: of a run, a session, a resource, and all; and of the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest

from services.executor.adapters.database.session_room import RUN_BYTES
from services.executor.adapters.database.sessions import DatabaseSessions
from services.executor.clients import OWN_PROCESS, client_of
from services.executor.conversation import AssistantMessage, Message, Place, SessionKey, UserMessage
from services.executor.errors import LimitError
from tests.executor.fake_provider import answer, fake_provider
from tests.executor.kept_sessions import kept_sessions
from tests.executor.served import served

KIB = 1024
MIB = 1024 * KIB
FLOOD, OTHER = client_of("ipv4:10.0.0.1:1"), client_of("ipv4:10.0.0.2:1")


def said(size: int) -> list[Message]:
    """One run whose row counts for ``size`` bytes, within a few."""
    return [UserMessage("q"), AssistantMessage("x" * (size - RUN_BYTES - 100))]


async def names(sessions: DatabaseSessions, resource: str = "r") -> list[str]:
    """The sessions of a resource, the latest first."""
    page = await sessions.page("", resource, 100, 0)
    return [summary.key.session_id for summary in page.sessions]


async def test_longest_idle_sessions_are_evicted_when_store_is_full(place: Path | str) -> None:
    async with kept_sessions(place, store_bytes=100 * KIB) as sessions:
        for number in range(9):
            await sessions.append(SessionKey("r", str(number)), said(10 * KIB), FLOOD)
        await sessions.append(SessionKey("r", "0"), said(10 * KIB), FLOOD)
        assert await names(sessions) == ["0", "8", "7", "6", "5", "4", "3", "2", "1"]
        for name in ("9", "10"):
            await sessions.append(SessionKey("q", name), said(10 * KIB), FLOOD)
        assert await names(sessions) == ["0", "8", "7", "6", "5", "4", "3"]
        assert await names(sessions, "q") == ["10", "9"]
        assert await sessions.load(SessionKey("r", "1")) == ()


async def test_flood_from_one_host_evicts_no_sessions_of_others(place: Path | str) -> None:
    async with kept_sessions(place, store_bytes=100 * KIB) as sessions:
        await sessions.append(SessionKey("r", "mine"), said(10 * KIB), OTHER)
        for number in range(60):
            await sessions.append(SessionKey(f"f{number}", "s"), said(10 * KIB), FLOOD)
        assert await names(sessions) == ["mine"]


async def test_resource_quota_keeps_recently_used_sessions(place: Path | str) -> None:
    async with kept_sessions(place, resource_bytes=40 * KIB) as sessions:
        await sessions.append(SessionKey("other", "s"), said(10 * KIB), FLOOD)
        await sessions.append(SessionKey("r", "mine"), said(10 * KIB), OTHER)
        for number in range(9):
            await sessions.append(SessionKey("r", str(number)), said(10 * KIB), FLOOD)
        assert await names(sessions) == ["8", "7", "6", "mine"]
        assert await names(sessions, "other") == ["s"]


async def test_sessions_of_a_resource_are_limited(place: Path | str) -> None:
    async with kept_sessions(place, resource_sessions=3) as sessions:
        for number in range(7):
            await sessions.append(SessionKey("r", str(number)), [UserMessage("hi")], FLOOD)
        assert await names(sessions) == ["6", "5", "4"]


async def test_full_session_and_oversized_run_are_refused(place: Path | str) -> None:
    key = SessionKey("r", "s")
    async with kept_sessions(place, run_bytes=30 * KIB, session_bytes=60 * KIB) as sessions:
        with pytest.raises(LimitError, match="bytes of storage"):
            await sessions.append(key, said(31 * KIB), FLOOD)
        for _ in range(2):
            await sessions.append(key, said(29 * KIB), FLOOD)
        assert len(await sessions.load(key)) == 4
        with pytest.raises(LimitError, match=r"session is full.*another `session_id`"):
            await sessions.append(key, said(5 * KIB), FLOOD)
        await sessions.append(key, [UserMessage("short")], FLOOD)
        with pytest.raises(LimitError, match="session is full"):
            await sessions.load(key)
        assert await sessions.transcript(key, 10, Place()) is not None
        assert await sessions.delete(key)
        assert await sessions.load(key) == ()


async def test_file_stays_within_limit_and_shrinks(tmp_path: Path) -> None:
    def on_disk() -> int:
        return sum(path.stat().st_size for path in tmp_path.iterdir())

    async with kept_sessions(tmp_path, store_bytes=8 * MIB) as sessions:
        for number in range(400):
            await sessions.append(SessionKey(f"r{number % 7}", str(number)), said(200 * KIB), FLOOD)
        assert on_disk() < (8 + 20) * MIB  # and a log of 16 MiB
        for resource in range(7):
            for name in await names(sessions, f"r{resource}"):
                assert await sessions.delete(SessionKey(f"r{resource}", name))
    assert on_disk() < 5 * MIB


async def test_small_runs_take_no_more_disk_than_accounted(tmp_path: Path) -> None:
    async with kept_sessions(tmp_path, store_bytes=2 * MIB) as sessions:
        for number in range(1500):
            key = SessionKey("r" * 128, f"{number % 500:0128}")
            await sessions.append(key, [UserMessage("é" * 120)], OWN_PROCESS)
    assert (tmp_path / "caisson.db").stat().st_size < 3 * MIB


async def test_lowered_limits_apply_to_stored_sessions(place: Path | str) -> None:
    async with kept_sessions(place) as sessions:
        for number in range(20):
            await sessions.append(SessionKey("r", str(number)), said(100 * KIB), FLOOD)
    async with kept_sessions(place, store_bytes=500 * KIB) as sessions:
        await sessions.append(SessionKey("r", "new"), said(100 * KIB), OTHER)
        assert len(await names(sessions)) == 5


async def test_full_session_ends_run_before_model_query(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    request: dict[str, Any] = {"session_id": "s"}
    async with fake_provider(answer("hi"), answer("never")) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(state_dir=str(tmp_path), session_bytes=64 * KIB) as client:
            first = await client.run("x" * 61 * KIB, **request)
            assert first.ended.effects.session_saved
            second = await client.run("more", **request)
        assert second.code is grpc.StatusCode.INVALID_ARGUMENT
        assert (second.reason, second.kinds[-1]) == ("LIMIT_EXCEEDED", "error")
        assert "session is full" in second.message
        assert len(provider.requests) == 1
