"""A research agent with a real SDK, end to end: only the server sees the key."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caisson.executor.v1 import run_pb2 as pb
from services.cli.hosting import all_started, private_toolrunner
from tests.e2e.pair import asks, events_of, executor, provider
from tests.egress.brokers import Heard, server, whole
from tests.executor.fake_provider import answer
from tests.sdks.bundles import build

KEY = "exa-5f0c8a3b9d4e4c6a-live"
RESULT = {"id": "1", "url": "https://a.example", "title": "A", "text": f"About {KEY}"}


def readable_memory(pid: int) -> Iterator[bytes]:
    """Yield the memory of a process that it can write to, region by region."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            where, rights, *_ = line.split()
            if rights.startswith("rw"):
                start, end = (int(part, 16) for part in where.split("-"))
                try:
                    memory.seek(start)
                    yield memory.read(end - start)
                except OSError:
                    continue


def holds(pid: int, what: bytes) -> bool:
    """Tell whether a process has these bytes in its memory."""
    return any(what in region for region in readable_memory(pid))


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    return [pid, *(each for child in children(pid) for each in family(child))]


def kept_in(folder: Path) -> bytes:
    """Return all that the files of a folder hold, the conversations among them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    return b"".join(path.read_bytes() for path in files)


async def test_key_reaches_only_its_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can read a worker's memory, which this test searches")
    monkeypatch.setenv("EXA_API_KEY", KEY)
    caplog.set_level("DEBUG")
    searched = asyncio.Event()
    looked = asyncio.Event()

    async def exa(heard: Heard, writer: asyncio.StreamWriter) -> None:
        searched.set()
        await looked.wait()
        writer.write(whole(json.dumps({"results": [RESULT], "requestId": "r"}).encode()))

    async def elsewhere(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(whole(b"thanks"))

    bundle = pb.BundleSource(inline=(build() / "agents" / "research.mjs").read_bytes())
    async with server(exa) as api, server(elsewhere) as other:
        calls = (
            ("search", json.dumps({"query": "caissons", "base": api.url().rstrip("/")})),
            ("leak", json.dumps({"base": other.url()})),
            ("fail", "{}"),
        )
        folders = {"cache_dir": str(tmp_path / "cache"), "state_dir": str(tmp_path / "state")}
        settings: dict[str, Any] = {
            "allow_fetch": (api.authority, other.authority),
            "secrets": (f"EXA_API_KEY@{api.authority}",),
            **folders,
        }
        log = tmp_path / "toolrunner.log"
        async with (
            provider(asks(*calls), answer("Found.")) as model,
            private_toolrunner({"CAISSON_TOOLRUNNER_LOG_LEVEL": "DEBUG"}) as toolrunner,
        ):
            await all_started(toolrunner)
            async with executor(toolrunner.address, **settings) as client:
                running = asyncio.create_task(
                    client.run(
                        bundle=bundle, agent="research", session_id="s1", model="openai/gpt-x"
                    )
                )
                arrived = asyncio.create_task(searched.wait())
                await asyncio.wait([running, arrived], return_when=asyncio.FIRST_COMPLETED)
                assert arrived.done(), running.result()
                processes = family(toolrunner.process.pid)
                placeholder = b"caisson_secret_"
                assert any(holds(pid, placeholder) for pid in processes[1:]), "the search works"
                assert not any(holds(pid, KEY.encode()) for pid in processes)
                looked.set()
                outcome = await running
            assert toolrunner.log is not None
            toolrunner.log.seek(0)
            log.write_bytes(toolrunner.log.read())
    (sent,) = api.heard
    assert sent.headers["x-api-key"] == KEY
    assert other.connections == 0
    (found,) = events_of(outcome, "tool_output_available")
    assert found["output"][0]["text"].startswith("About caisson_secret_")
    failures = {each["toolCallId"]: each for each in events_of(outcome, "tool_output_error")}
    assert failures["c1"]["kind"] == "CAPABILITY_DENIED"
    assert "The secret EXA_API_KEY is not bound to" in failures["c1"]["errorText"]
    assert "the key is caisson_secret_" in failures["c2"]["errorText"]
    assert outcome.text == "Found."
    told = "".join(map(str, outcome.events)) + json.dumps(model.requests) + caplog.text
    assert KEY not in told
    assert KEY.encode() not in kept_in(tmp_path)
