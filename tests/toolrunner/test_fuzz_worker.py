"""Whatever a worker process is sent, it answers or exits with a reason; it never hangs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from caisson.toolrunner.v1 import tool_runner_service_pb2 as public_pb
from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.domain import MIB, Limits
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.process import SubprocessLauncher, WorkerProcess
from services.toolrunner.pool.wire import HEADER, WorkDone, WorkLoaded, decoded, load_frame
from services.toolrunner.pool.worker_bounds import PoolBounds, WorkerBounds
from tests.repeats import tries
from tests.toolrunner.pools import Recorder, call_of, loaded, program, until
from tests.toolrunner.programs import tool_program
from tests.toolrunner.protobuf_fuzz import messages, one_of_each

CACHE = Path(__file__).resolve().parents[2] / "build" / "compiled"
ANSWER_S = 30.0
SENTINEL = 2**40
SCRIPT = (
    b"exports.agents={demo:{tools:{run:{execute:async(i)=>i},"
    b"asks:{execute:()=>fetch('https://example.com/')},waits:{execute:()=>new Promise((f)=>"
    b"setTimeout(f,1e6))},loops:{execute:()=>{for(;;);}}}}};"
)
LIMITS = {
    field.name: st.sampled_from([0, 1, 5000, 2**20, 2**32, 2**63, 2**64 - 1])
    for field in pb.WorkLimits.DESCRIPTOR.fields
}


def limits_of(timeout_s: float) -> pb.WorkLimits:
    """Return the usual limits with another time."""
    frame = b"".join(load_frame(1, program(), Limits(timeout_s=timeout_s)))
    return pb.WorkerRequest.FromString(frame[HEADER.size :]).load.limits


USUAL = limits_of(0.05)
LONG = limits_of(3000)
WANTED = {
    "work_id": st.integers(0, 4),
    "host_call_id": st.integers(0, 2),
    "digest": st.sampled_from(["a", "b", ""]),
    "source": st.sampled_from([SCRIPT, SCRIPT, b"throw 1", b"(", b"\xff\xfe", b""]),
    "agent": st.sampled_from(["demo", "demo", "nobody"]),
    "tool": st.sampled_from(["run", "asks", "waits", "loops", "\0"]),
    "capabilities": st.sampled_from([[], ["fetch"], ["x" * 5000]]),
    # A loop with hours to run would rightly keep the worker, so its time is short or none.
    "timeout_ms": st.sampled_from([0, 1, 50]),
    "limits": st.one_of(
        st.just(USUAL),
        st.just(USUAL),
        messages(pb.WorkLimits.DESCRIPTOR, {**LIMITS, "timeout_ms": st.sampled_from([0, 1, 50])}),
    ),
}
REQUESTS = one_of_each(pb.WorkerRequest.DESCRIPTOR, WANTED).map(lambda m: m.SerializeToString())
# A load that works and a call of it, so that what follows meets an image and a suspended call.
LOAD = pb.WorkerRequest(
    load=pb.LoadProgram(
        work_id=100,
        digest="a",
        format=public_pb.PROGRAM_FORMAT_SCRIPT,
        source=SCRIPT,
        limits=USUAL,
    )
).SerializeToString()


def start(work_id: int, tool: str, limits: pb.WorkLimits = USUAL) -> bytes:
    call = pb.StartCall(
        work_id=work_id,
        digest="a",
        agent="demo",
        tool=tool,
        input_json="1",
        context_json="{}",
        capabilities=["fetch"],
        limits=limits,
    )
    return pb.WorkerRequest(start=call).SerializeToString()


def framed(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


FRAMES = st.one_of(
    REQUESTS.map(framed),
    REQUESTS.map(framed),
    REQUESTS.map(framed),
    st.sampled_from(
        [framed(LOAD), framed(start(3, "asks", LONG)), framed(start(4, "waits", LONG))]
    ),
    st.binary(max_size=40).map(framed),
    st.binary(max_size=40),
    st.tuples(REQUESTS.map(framed), st.integers(1, 10)).map(lambda cut: cut[0][: -cut[1]]),
    st.sampled_from([HEADER.pack(2**32 - 1), HEADER.pack(32 * MIB + 1) + b"x", framed(b"")]),
)


def request(**message: object) -> bytes:
    return framed(pb.WorkerRequest(**message).SerializeToString())  # type: ignore[arg-type] # any


BAD_ANSWER = request(host_result=pb.DeliverHostResult(work_id=3, host_call_id=1, output_json="{"))
FORGED_ANSWER = request(
    host_result=pb.DeliverHostResult(work_id=3, host_call_id=9, output_json="1")
)


class Fuzzed:
    """What a fuzzed worker did: its messages, exit status and last words."""

    def __init__(self, process: WorkerProcess, output: bytes, status: int) -> None:
        self.messages = [decoded(frame) for frame in frames_of(output)]
        self.status = status
        self.words = process.last_words()


def frames_of(output: bytes) -> Iterator[bytes]:
    """Yield the frames of what a worker wrote; one that is cut short was being written."""
    at = 0
    while len(output) - at >= HEADER.size:
        (size,) = HEADER.unpack_from(output, at)
        at += HEADER.size
        if at + size > len(output):
            return
        yield output[at : at + size]
        at += size


def exchange(sock: socket.socket, sent: list[bytes]) -> bytes:
    """Send everything, then a call that must be answered; read until it is, or the worker ends."""
    sock.settimeout(ANSWER_S)
    output = b""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for each in sent:
            sock.sendall(each)
        sock.sendall(framed(start(SENTINEL, "run")))
        if cut_short(sent):
            sock.shutdown(socket.SHUT_WR)
        while data := sock.recv(MIB):
            output += data
            if any(ends(frame, SENTINEL) for frame in frames_of(output)):
                break
    return output


def cut_short(sent: list[bytes]) -> bool:
    """Tell whether the stream of frames ends within one, so that the last call is not seen."""
    whole, at = b"".join(sent), 0
    while len(whole) - at >= HEADER.size:
        at += HEADER.size + int(HEADER.unpack_from(whole, at)[0])
    return at != len(whole)


def ends(frame: bytes, work_id: int) -> bool:
    message = decoded(frame)
    return isinstance(message, WorkDone) and message.work_id == work_id


async def fuzz(sent: list[bytes]) -> Fuzzed:
    sock, process = await SubprocessLauncher(str(CACHE)).start()
    try:
        with sock:
            output = await asyncio.to_thread(exchange, sock, sent)
        async with asyncio.timeout(ANSWER_S):
            status = await process.wait()
    finally:
        process.kill()
        await process.wait()
    return Fuzzed(process, output, status)


@tries(10, soak=500, suppress_health_check=list(HealthCheck))  # each starts a worker
@given(st.lists(FRAMES, max_size=10).map(lambda frames: [framed(LOAD), *frames]))
@example([framed(LOAD), framed(start(3, "asks", LONG)), BAD_ANSWER])
@example([framed(LOAD), framed(start(3, "asks", LONG)), FORGED_ANSWER])
@example([framed(LOAD), framed(start(3, "waits", LONG))])
@example([framed(LOAD), framed(start(3, "waits", LONG)), framed(start(3, "waits", LONG))])
@example([framed(LOAD), framed(start(3, "run", pb.WorkLimits()))])
def test_worker_answers_or_exits_with_a_reason(sent: list[bytes]) -> None:
    fuzzed = asyncio.run(fuzz(sent))
    assert fuzzed.status in {0, 1}
    assert "Traceback" not in fuzzed.words
    assert "Error" not in fuzzed.words, fuzzed.words
    assert (fuzzed.status == 0) == (not fuzzed.words), (fuzzed.status, fuzzed.words)
    ended = [each.work_id for each in fuzzed.messages if isinstance(each, WorkDone | WorkLoaded)]
    assert fuzzed.status == 1 or SENTINEL in ended or cut_short(sent)


class Leaky(SubprocessLauncher):
    """Starts real workers and keeps a second handle of our end of each socket, to write garbage."""

    def __init__(self) -> None:
        super().__init__(str(CACHE))
        self.sockets: list[socket.socket] = []
        self.processes: list[WorkerProcess] = []

    async def start(self) -> tuple[socket.socket, WorkerProcess]:
        sock, process = await super().start()
        self.sockets.append(sock.dup())
        self.processes.append(process)
        return sock, process


@pytest.mark.parametrize(
    "garbage",
    [HEADER.pack(2**32 - 1), framed(b"\xff" * 20), framed(b""), struct.pack("<I", 5) + b"\x0a\xff"],
    ids=["oversize", "no message", "empty", "truncated"],
)
async def test_worker_that_sends_garbage_is_replaced(garbage: bytes) -> None:
    source = tool_program("return input").decode()
    launcher = Leaky()
    pool = WorkerPool(launcher, PoolBounds(workers=1, queued=10, worker=WorkerBounds()))
    await pool.start()
    try:
        await loaded(pool, program(source))
        waiting = Recorder()
        pool.call(program(source), call_of("run"), waiting)
        launcher.sockets[0].sendall(garbage + framed(b"\xff"))
        await waiting.outcome()
        await until(lambda: len(launcher.processes) == 2 and len(pool.jail_report) == 1)
        again = Recorder()
        pool.call(program(source), call_of("run", "7"), again)
        await again.outcome()
    finally:
        await pool.stop()
        for sock in launcher.sockets:
            sock.close()
    assert "Traceback" not in launcher.processes[0].last_words()
