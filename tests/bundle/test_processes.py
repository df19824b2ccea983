"""Bundles are read in processes that can be killed, and none is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from services.executor.adapters.bundle_pool import ParserPool
from services.executor.errors import BundleError, BundleSyntaxError, InternalError, NoAgentsError
from tests.bundle.reading import DIGEST
from tests.bundle.shapes import shape
from tests.repeats import soaking

AGENT = b'export const a = { model: "m", system: "s", tools: {} };\n'
# Long enough to be still in the parser when a test acts.
LONG = b"export const a = [" + b"[1,{a:2}]," * 400_000 + b"];\n"


def parser_processes() -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status[1]) == os.getpid() and (b"parse_worker" in command or status[0] == "Z"):
            found.append(int(entry.name))
    return found


async def test_process_is_reused_and_ends_on_close() -> None:
    pool = ParserPool(1)
    try:
        first = await pool.parse(DIGEST, AGENT)
        before = parser_processes()
        second = await pool.parse(DIGEST, AGENT)
        assert first == second
        assert list(first.agents) == ["a"]
        assert parser_processes() == before
        assert len(before) == 1
    finally:
        await pool.close()
    assert parser_processes() == []
    with pytest.raises(InternalError, match="shutting down"):
        await pool.parse(DIGEST, AGENT)
    await pool.close()


async def test_spare_process_is_ready_while_bundles_are_read() -> None:
    pool = ParserPool(3)
    try:
        await pool.parse(DIGEST, AGENT)
        assert len(parser_processes()) == 1
        reading = [asyncio.create_task(pool.parse(DIGEST, LONG)) for _ in range(2)]
        async with asyncio.timeout(60):
            while len(parser_processes()) < 3:  # noqa: ASYNC110 - processes tell nobody
                await asyncio.sleep(0.01)
        assert list((await pool.parse(DIGEST, AGENT)).agents) == ["a"]
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    finally:
        await pool.close()
    assert parser_processes() == []


async def test_errors_come_back_unchanged_and_the_process_stays() -> None:
    pool = ParserPool(1)
    try:
        with pytest.raises(BundleSyntaxError) as caught:
            await pool.parse(DIGEST, b"let a = 1;\nlet b = ;\n")
        assert (caught.value.line, caught.value.column) == (2, 9)
        with pytest.raises(NoAgentsError):
            await pool.parse(DIGEST, b"export const a = 1;")
        deep = b"export const a = " + b"[" * 30_000 + b"]" * 30_000
        with pytest.raises(BundleError, match="deep"):
            await pool.parse(DIGEST, deep)
        assert len(parser_processes()) == 1
        assert list((await pool.parse(DIGEST, AGENT)).agents) == ["a"]
    finally:
        await pool.close()


async def test_slow_process_is_killed_and_replaced() -> None:
    pool = ParserPool(1, timeout_s=3.0)
    try:
        with pytest.raises(BundleError, match=r"more than 3 s"):
            await pool.parse(DIGEST, LONG)
        for _ in range(20):  # a busy machine may need longer than the limit to start a process
            try:
                manifest = await pool.parse(DIGEST, AGENT)
                break
            except BundleError:
                continue
        assert list(manifest.agents) == ["a"]
    finally:
        await pool.close()
    assert parser_processes() == []


async def test_cancellation_kills_process() -> None:
    pool = ParserPool(1)
    try:
        await pool.parse(DIGEST, AGENT)
        (pid,) = parser_processes()
        task = asyncio.create_task(pool.parse(DIGEST, LONG))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert list((await pool.parse(DIGEST, AGENT)).agents) == ["a"]
        assert pid not in parser_processes()
    finally:
        await pool.close()


async def test_killed_process_is_reported_and_replaced() -> None:
    pool = ParserPool(1)
    try:
        await pool.parse(DIGEST, AGENT)
        (pid,) = parser_processes()
        task = asyncio.create_task(pool.parse(DIGEST, LONG))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(BundleError, match="ended without an answer"):
            await task
        assert list((await pool.parse(DIGEST, AGENT)).agents) == ["a"]
    finally:
        await pool.close()


@pytest.mark.skipif(not soaking(), reason="takes ten seconds of processor time")
async def test_largest_bundles_fit_the_memory() -> None:
    function = (
        b"function f%d(a,b){let c=a.x?b[%d]:a.y(b,'k');for(let d of c)if(d.z!==a)return[d,c]}"
    )
    code = b"".join(function % (number, number) for number in range(180_000))
    pool = ParserPool(1)
    try:
        await pool.parse(DIGEST, AGENT)
        (pid,) = parser_processes()
        manifest = await pool.parse(DIGEST, AGENT + code)
        assert list(manifest.agents) == ["a"]
        assert pid not in parser_processes()  # it would take as long to clear as a start
        wrapped = b"var whole = (() => {" + code + b"return 1})();"
        assert list((await pool.parse(DIGEST, AGENT + wrapped)).agents) == ["a"]
    finally:
        await pool.close()


async def test_memory_is_bounded() -> None:
    pool = ParserPool(1, memory_bytes=200 * 1024 * 1024)
    try:
        with pytest.raises(BundleError, match="takes more memory than the 200 MiB"):
            await pool.parse(DIGEST, LONG)
        assert list((await pool.parse(DIGEST, AGENT)).agents) == ["a"]
    finally:
        await pool.close()


async def test_bundle_that_needs_more_memory_is_refused_and_its_process_replaced() -> None:
    pool = ParserPool(1, memory_bytes=250 * 1024 * 1024)
    try:
        assert list((await pool.parse(DIGEST, AGENT)).agents) == ["a"]
        (pid,) = parser_processes()
        with pytest.raises(BundleError, match="takes more memory than the 250 MiB"):
            await pool.parse(DIGEST, shape("chain of members", 2_200_000).encode())
        async with asyncio.timeout(60):
            while pid in parser_processes() or not parser_processes():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        assert list((await pool.parse(DIGEST, AGENT)).agents) == ["a"]
    finally:
        await pool.close()
    assert parser_processes() == []


async def test_processes_read_concurrently() -> None:
    pool = ParserPool(2)
    try:
        results = await asyncio.gather(*(pool.parse(DIGEST, AGENT) for _ in range(8)))
        assert {tuple(manifest.agents) for manifest in results} == {("a",)}
        assert len(parser_processes()) <= 2
    finally:
        await pool.close()
