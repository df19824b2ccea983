"""Clients that read slowly or not at all delay nobody."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from caisson.executor.v1 import run_event_pb2
from caisson.executor.v1 import run_pb2 as pb
from services.executor.adapters import client_stream
from services.executor.server import ExecutorServer
from tests.e2e.pair import asks
from tests.e2e.phases import BUNDLE, MODEL, Phase, console, has
from tests.e2e.stopping import HANG_S, TERMINAL, Going, Scene, client_of, scene
from tests.e2e.traces import until
from tests.executor.fake_provider import STALL, answer, finish, text
from tests.executor.served import Client, Outcome

# A window of 64 KiB that does not grow: what the client does not read is not sent.
SMALL_WINDOW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65536))
STALL_S = 0.3
MIB = 1024 * 1024
# Of the 100 MB; what a process keeps of memory that it has freed depends on what ran before.
HELD = 64 * MIB
PIECE = "x" * 4000
COMMENT = f": {PIECE}\n\n"
# 3.6 MB that are to be read, just below what one step may have, and comments up to 100 MB.
PIECES = 900
TAKEN = {"model_answer_bytes": 256 * MIB, "model_idle_events": 1_000_000}
FLOOD = [*[text(PIECE)] * PIECES, *[COMMENT] * 24_000, finish("stop")]
FLOODS = Phase("flooding", [FLOOD, answer("quick")], has("text_delta"))
# As much to read, and then the model waits.
WRITES = Phase("writing", [[*[text(PIECE)] * PIECES, STALL], answer("quick")], has("text_delta"))
BEGINS = has("start_step")


@asynccontextmanager
async def lazy_client(made: Scene) -> AsyncIterator[Client]:
    async with client_of(made.client.address, *SMALL_WINDOW) as client:
        await client.channel.channel_ready()
        made.usual = made.held()
        yield client


def private_bytes() -> int:
    """The private memory of this process."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024


def assert_is_cut_off(outcome: Outcome) -> None:
    """The client can tell that it has not seen everything."""
    assert (outcome.code, outcome.reason) == (
        grpc.StatusCode.ABORTED,
        "CLIENT_STALLED",
    )
    assert "Read events as they arrive" in outcome.message
    assert not TERMINAL & set(outcome.kinds)


async def over(made: Scene, going: Going) -> str:
    """Wait until a run whose client does not read has ended; return its log line."""
    async with asyncio.timeout(HANG_S):
        await made.sandboxes_are_gone()
        return await made.is_over(going)


def handlers() -> int:
    """How many runs the executor works on: gRPC names the tasks after the method."""
    return sum("ExecuteAgent" in task.get_name() for task in asyncio.all_tasks())


async def test_unread_events_wait_where_they_are_recorded(tmp_path: Path) -> None:
    async with scene(tmp_path, **TAKEN) as made, lazy_client(made) as lazy:
        sent, at, before = made.model.sent, len(made.model.sent), private_bytes()
        slow = await made.begin(FLOODS, lazy)
        assert "is complete" in await over(made, slow)
        assert (await made.client.run(bundle=BUNDLE, model=MODEL)).text == "quick"
        assert private_bytes() - before < HELD
        outcome = await slow.rest()
        assert outcome.code is grpc.StatusCode.OK
        assert len(outcome.text) == PIECES * len(PIECE)
        assert sent[at] == len(FLOOD)
        assert private_bytes() - before < HELD


async def test_stalled_client_is_cut_off(tmp_path: Path) -> None:
    async with (
        scene(tmp_path, client_stall_s=STALL_S) as made,
        lazy_client(made) as lazy,
    ):
        going = await made.begin(WRITES, lazy)
        async with asyncio.timeout(HANG_S):
            await made.model.all_closed()
        line = await over(made, going)
        assert "was stopped, client-stalled: 0 steps" in line
        assert "session saved: True" in line
        outcome = await going.rest()
        assert_is_cut_off(outcome)
        assert 0 < len(outcome.text) < PIECES * len(PIECE)
        await made.assert_it_goes_on(going.session_id)


async def test_stalled_clients_tools_are_stopped(tmp_path: Path) -> None:
    talks = Phase("talking", [asks(*[("tell", "{}")] * 3)], console("x" * 1000))
    async with scene(tmp_path, client_stall_s=STALL_S) as made, lazy_client(made) as lazy:
        going = await made.begin(talks, lazy)
        line = await over(made, going)
        assert "was stopped, client-stalled:" in line
        assert "3 unfinished" in line
        assert_is_cut_off(await going.rest())
        await made.assert_it_goes_on(going.session_id)


async def test_complete_run_fails_for_a_client_that_missed_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The run itself has ended by then, and is saved completely."""
    caplog.set_level(logging.INFO, client_stream.__name__)
    written = Phase("written", [[*[text(PIECE)] * 40, finish("stop")]], BEGINS)
    async with scene(tmp_path, client_stall_s=STALL_S) as made, lazy_client(made) as lazy:
        going = await made.begin(written, lazy)
        line = await over(made, going)
        assert "is complete" in line
        async with asyncio.timeout(HANG_S):
            await until(lambda: f"{going.run_id}: a client does not read" in caplog.text)
        outcome = await going.rest()
        assert_is_cut_off(outcome)
        assert len(outcome.text) < 40 * len(PIECE)
        await made.assert_it_goes_on(going.session_id)
        said = made.model.requests[-1]["messages"][2]["content"]
        assert len(said) == 40 * len(PIECE)


async def test_stalled_client_holds_no_slot(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, client_stream.__name__)
    async with (
        scene(tmp_path, client_stall_s=STALL_S, runs=1) as made,
        lazy_client(made) as lazy,
    ):
        going = await made.begin(WRITES, lazy)
        assert handlers() == 1
        await over(made, going)
        async with asyncio.timeout(HANG_S):
            await until(lambda: "does not read the status of its run" in caplog.text)
        quick = await made.client.run(bundle=BUNDLE, model=MODEL)
        assert quick.text == "quick"
        # Of gRPC there is the stream, until the client goes; of ours there is nothing.
        async with asyncio.timeout(HANG_S):
            await until(lambda: handlers() == 0)
        going.call.cancel()
        await made.assert_it_goes_on(going.session_id)
    assert "incident" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_run_that_ended_unread_is_delivered_completely(tmp_path: Path) -> None:
    """Its calls were made meanwhile: a client that reads late delays nothing."""
    calls = [("note", json.dumps({"text": PIECE[:2000] * 2}))] * 40
    announces = Phase("announcing", [asks(*calls), answer("done")], BEGINS)
    async with scene(tmp_path) as made, lazy_client(made) as lazy:
        going = await made.begin(announces, lazy)
        assert f"{len(calls)} returned" in await over(made, going)
        outcome = await going.rest()
        assert outcome.text == "done"
        assert [kind for kind in outcome.kinds if kind in TERMINAL] == ["finish"]
        effects = outcome.ended.effects.tool_calls
        assert [each.outcome for each in effects] == [run_event_pb2.TOOL_OUTCOME_RETURNED] * 40
        await made.assert_it_goes_on(going.session_id)


async def test_stalled_client_does_not_block_its_session(tmp_path: Path) -> None:
    async with scene(tmp_path) as made, lazy_client(made) as lazy:
        going = await made.begin(WRITES, lazy)
        outcome = await made.client.run(
            "no",
            bundle=BUNDLE,
            model=MODEL,
            session_id=going.session_id,
            session_policy=pb.SESSION_POLICY_INTERRUPT,
        )
        assert outcome.text == "quick", outcome.message
        first = await going.rest()
        assert first.reason == "RUN_INTERRUPTED"
        assert [kind for kind in first.kinds if kind in TERMINAL] == ["abort"]
        await made.assert_it_goes_on(going.session_id)


async def test_stalled_client_does_not_block_shutdown(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        server = ExecutorServer(replace(made.settings, state_dir=""))
        await server.start()
        async with client_of(server.address, *SMALL_WINDOW) as lazy:
            going = await made.begin(WRITES, lazy)
            async with asyncio.timeout(HANG_S):
                await server.stop(drain_s=0.02)
            assert "was stopped, shutdown" in await over(made, going)
            assert (await going.rest()).code is not grpc.StatusCode.OK
        await made.assert_it_goes_on(going.session_id)
