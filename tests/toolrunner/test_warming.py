"""Frequently called programs are loaded everywhere; floods of lines block no one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.domain import Limits, Program
from services.toolrunner.pool.link import PIECE_BYTES, WorkerLink
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.priority import Priority
from services.toolrunner.pool.warming import OFTEN
from services.toolrunner.pool.wire import HEADER, WorkerMessage, drop_frame, load_frame
from tests.toolrunner.clients import Runner, opened_stream
from tests.toolrunner.pools import WAIT_S, Recorder, call_of, program, scripted_pool, tenant, until
from tests.toolrunner.programs import tool_program
from tests.toolrunner.scripted_worker import ScriptedWorker

PROGRAM, HANGING = program(), program("hang")
FLOOD = "for (let i = 0; i < 50000; i++) console.log(''); return 1"


async def call_until(pool: WorkerPool, done: Callable[[], bool], wanted: Program = PROGRAM) -> None:
    """Call a tool of a program until something is done about it."""
    async with asyncio.timeout(WAIT_S):
        while not done():
            sink = Recorder()
            pool.call(wanted, call_of("echo"), sink, tenant("quiet"))
            await sink.outcome()


def loads(worker: ScriptedWorker) -> int:
    return worker.kinds().count("load")


async def test_frequently_called_program_is_loaded_into_other_workers() -> None:
    async with scripted_pool(2) as (pool, launcher):
        first, other = launcher.started
        await call_until(pool, lambda: loads(other) == 1)
        assert len(first.starts()) >= OFTEN
        await until(lambda: other.priorities[:2] == [Priority.IDLE, Priority.NORMAL])


async def test_new_worker_loads_frequently_called_programs() -> None:
    async with scripted_pool(2) as (pool, launcher):
        await call_until(pool, lambda: all(loads(each) == 1 for each in launcher.started))
        launcher.started[0].kill()
        await until(lambda: len(launcher.started) == 3)
        new = launcher.started[2]
        await call_until(pool, lambda: loads(new) == 1)
        assert new.priorities[0] is Priority.IDLE


async def test_warming_loads_are_dropped_when_work_waits() -> None:
    async with scripted_pool(2) as (pool, launcher):
        first, runs, waits = Recorder(), Recorder(), Recorder()
        pool.call(HANGING, call_of("echo"), first, tenant("other"))
        loading, warmed = launcher.started
        await until(lambda: loads(loading) == 1)
        loading.loaded(loading.seen[0].load.work_id)
        await first.outcome()
        await call_until(pool, lambda: loads(warmed) == 1, HANGING)
        pool.call(PROGRAM, call_of("run"), runs, tenant("quiet"))
        pool.call(PROGRAM, call_of("echo"), waits, tenant("quiet"))
        await until(lambda: "cancel" in warmed.kinds())
        assert (await waits.outcome()).failure is None


class Transport:
    """Notes whether the link reads."""

    def __init__(self) -> None:
        self.paused = 0

    def pause_reading(self) -> None:
        self.paused += 1

    def resume_reading(self) -> None:
        self.paused -= 1


async def test_flooding_worker_does_not_starve_others() -> None:
    taken: list[WorkerMessage] = []
    link, transport = WorkerLink(taken.append, lambda: None, turn_s=0.0), Transport()
    link.connection_made(cast("asyncio.Transport", transport))
    line = pb.WorkConsole(work_id=1, level="CONSOLE_LEVEL_LOG", text="x")
    body = pb.WorkerResponse(console=line).SerializeToString()
    frame = HEADER.pack(len(body)) + body
    count = 5
    link.data_received(frame * count + frame[:5])
    assert (len(taken), transport.paused) == (1, 1)
    await asyncio.sleep(0)
    assert (len(taken), transport.paused) == (2, 1)
    await until(lambda: not transport.paused)
    assert len(taken) == count
    link.data_received(frame[5:])
    assert len(taken) == count + 1


class Sent(Transport):
    """Notes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(bytes(data))


async def test_large_program_is_sent_in_pieces_as_worker_reads() -> None:
    link, transport = WorkerLink(lambda message: None, lambda: None), Sent()
    link.connection_made(cast("asyncio.Transport", transport))
    large = program("x" * (2 * PIECE_BYTES + 1))
    link.pause_writing()
    link.send(*load_frame(1, large, Limits()))
    link.send(drop_frame("behind"))
    assert not transport.pieces
    link.resume_writing()
    assert max(map(len, transport.pieces)) <= PIECE_BYTES
    sent = b"".join(transport.pieces)
    (size,) = HEADER.unpack_from(sent)
    request = pb.WorkerRequest.FromString(sent[HEADER.size : HEADER.size + size])
    assert request.load.source == large.source
    assert request.load.limits.fuel == Limits().fuel
    assert sent[HEADER.size + size :] == drop_frame("behind")


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_384])
def test_program_frame_matches_protobuf_encoding(size: int) -> None:
    wanted = program("x" * size)
    frame = b"".join(load_frame(7, wanted, Limits()))
    load = pb.WorkerRequest.FromString(frame[HEADER.size :]).load
    assert (load.work_id, load.source) == (7, wanted.source)


async def test_short_console_lines_are_limited_by_count(runner: Runner) -> None:
    async with opened_stream(runner.address, tool_program(FLOOD)) as stream:
        done = await stream.run("run", "1")
    assert done.output == "1"
    assert len(done.lines) == 64 * 1024 // 32 + 1
    assert "exceeds its limit" in done.lines[-1]
