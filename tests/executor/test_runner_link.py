"""The one client of RunTools: what its stream may bring, and what becomes of those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.link import REOPENINGS, RunnerLink
from services.executor.adapters.toolrunner.places import NOT_TAKEN
from services.executor.adapters.toolrunner.states import State, after
from services.executor.adapters.toolrunner.wire import (
    CHUNK_BYTES,
    CallConsole,
    CallResult,
    CallStarted,
    Draining,
    LoadFailed,
    Opened,
    Opening,
    Ping,
    ProgramMissing,
    RunnerMessage,
)
from services.executor.agent.ports import ToolInvocation
from services.executor.bundle.ports import SandboxQuestion
from services.executor.domain import ConsoleLine, FailureKind, Program, ToolFailure, ToolUsage
from services.executor.egress.host_calls import HostCall
from services.executor.errors import RunnerUnavailableError
from services.executor.limits import ToolCallLimits
from tests.egress.brokers import Asking, asking
from tests.repeats import tries
from tests.toolrunner.protobuf_fuzz import one_of_each

CALL = ToolInvocation("main", "t", "{}", {}, "call-of-the-model")
OPENED = pb.RunToolsResponse(opened=pb.Opened())
MISSING = pb.RunToolsResponse(program_missing=pb.ProgramMissing())
AWAY = grpc.aio.AioRpcError(
    grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "away"
)


def result(call_id: str, output: str = "1") -> pb.RunToolsResponse:
    ended = pb.Result(call_id=call_id, output_json=output, started=True)
    return pb.RunToolsResponse(result=ended)


def line(call_id: str, text: str) -> pb.RunToolsResponse:
    return pb.RunToolsResponse(console=pb.ConsoleLine(call_id=call_id, text=text))


class ScriptedRunTools:
    """The RPC: it brings what the test puts into ``responses``, and ``written`` is what it got."""

    def __init__(self) -> None:
        self.responses: asyncio.Queue[pb.RunToolsResponse | BaseException | None]
        self.responses = asyncio.Queue()
        self.written: asyncio.Queue[pb.RunToolsRequest] = asyncio.Queue()
        self.cancelled = self.reading = False

    def put(self, *responses: pb.RunToolsResponse | BaseException | None) -> None:
        """Bring these next; None ends the stream."""
        for response in responses:
            self.responses.put_nowait(response)

    async def sent(self, kind: str) -> pb.RunToolsRequest:
        """Return the next request, which must be of that kind."""
        async with asyncio.timeout(60):
            request = await self.written.get()
        assert request.WhichOneof("message") == kind
        return request

    async def write(self, request: pb.RunToolsRequest) -> None:
        self.written.put_nowait(request)

    async def __aiter__(self) -> AsyncIterator[pb.RunToolsResponse]:
        self.reading = True
        try:
            while (response := await self.responses.get()) is not None:
                if isinstance(response, BaseException):
                    raise response
                yield response
        finally:
            self.reading = False

    def cancel(self) -> None:
        self.cancelled = True
        if self.reading:
            self.put(asyncio.CancelledError())  # as gRPC ends what reads a call cancelled here


class Here:
    """A place whose RPC is scripted: the next one of several, if there are."""

    def __init__(self, rpc: Callable[[], ScriptedRunTools]) -> None:
        self.start = rpc

    async def connect(self) -> None:
        """There is a connection."""

    def served(self) -> None:
        """Take no note."""

    def drains(self) -> None:
        """Take no note."""

    def broke(self, error: grpc.aio.AioRpcError | RunnerUnavailableError) -> bool:
        """Try again whenever a stream was not taken."""
        return isinstance(error, grpc.aio.AioRpcError) and error.code() in NOT_TAKEN


class Scene:
    """A link, the RPC below it, a tool's way out, and the console lines of its calls.

    Whoever hears of lines waits while ``hears`` is not set; ``begun`` counts tools that are begun.
    """

    def __init__(self, link: RunnerLink, rpc: ScriptedRunTools, tool: Asking) -> None:
        self.link, self.rpc, self.tool = link, rpc, tool
        self.lines: list[str] = []
        self.hears = asyncio.Event()
        self.hears.set()
        self.begun = 0

    def call(self, invocation: ToolInvocation = CALL) -> asyncio.Task[CallResult]:
        calling = self.link.call(invocation, self._record, self.tool.run, self._note)
        return asyncio.create_task(calling)

    async def _record(self, written: ConsoleLine) -> None:
        await self.hears.wait()
        self.lines.append(written.text)

    def _note(self) -> None:
        self.begun += 1


@asynccontextmanager
async def scene(
    source: bytes = b"1", *rules: str, ping_s: float = 60.0, loads_with_broker: bool = False
) -> AsyncIterator[Scene]:
    rpc = ScriptedRunTools()
    opening = Opening("run", Program("sha256:" + "0" * 64, True, source), ToolCallLimits(), "a/b")
    async with asking(*rules) as tool:
        link = RunnerLink(
            Here(lambda: rpc), opening, ping_s, tool.run if loads_with_broker else None
        )
        try:
            yield Scene(link, rpc, tool)
        finally:
            await link.close()
    assert rpc.cancelled


async def test_program_is_sent_in_pieces_only_when_missing() -> None:
    source = b"x" * (2 * CHUNK_BYTES + 1)
    async with scene(source) as made:
        assert (await made.rpc.sent("open")).open.tenant == "a/b"
        made.rpc.put(MISSING)
        chunks = [(await made.rpc.sent("program_chunk")).program_chunk for _ in range(3)]
        assert b"".join(chunk.data for chunk in chunks) == source
        assert [chunk.last for chunk in chunks] == [False, False, True]
        made.rpc.put(OPENED)
        assert isinstance(await made.link.opened(), Opened)
        assert made.rpc.written.empty()


async def test_empty_program_is_one_piece() -> None:
    async with scene(b"") as made:
        await made.rpc.sent("open")
        made.rpc.put(MISSING)
        assert (await made.rpc.sent("program_chunk")).program_chunk.last


async def test_failed_load_is_data_with_console_output() -> None:
    failure = pb.ToolFailure(kind=pb.FAILURE_KIND_LOAD_FAILED, message="not today")
    failed = pb.LoadFailed(failure=failure, console=[pb.ConsoleLine(text="loads")])
    failed.usage.fuel = 7
    async with scene() as made:
        made.rpc.put(pb.RunToolsResponse(load_failed=failed), None)
        opened = await made.link.opened()
        assert isinstance(opened, LoadFailed)
        assert opened.failure.kind is FailureKind.LOAD_FAILED
        assert ([each.text for each in opened.console], opened.usage.fuel) == (["loads"], 7)


async def test_cancelled_call_ends_and_late_messages_are_dropped() -> None:
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        first, second = made.call(), made.call()
        ids = [(await made.rpc.sent("call")).call.call_id for _ in range(2)]
        first.cancel()
        assert (await made.rpc.sent("cancel")).cancel.call_id == ids[0]
        made.rpc.put(line(ids[0], "late"), result(ids[0]), line(ids[1], "in time"), result(ids[1]))
        assert (await second).output_json == "1"
        assert made.lines == ["in time"]
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_calls_and_descriptions_share_a_stream() -> None:
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        called = made.call()
        described = asyncio.create_task(made.link.evaluate(SandboxQuestion("main", "t")))
        call_id = (await made.rpc.sent("call")).call.call_id
        question = (await made.rpc.sent("evaluate")).evaluate
        assert (question.agent, question.tool) == ("main", "t")
        made.rpc.put(result(question.call_id, "{}"), result(call_id))
        assert (await described).output_json == "{}"
        assert (await called).output_json == "1"


async def test_description_makes_no_host_call_and_a_call_gets_one_result_for_each() -> None:
    async with scene(b"1", "https://a.test") as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        described = asyncio.create_task(made.link.evaluate(SandboxQuestion("main", "t")))
        question = (await made.rpc.sent("evaluate")).evaluate.call_id
        called = made.call()
        call_id = (await made.rpc.sent("call")).call.call_id
        for asks, number in ((question, 1), (call_id, 2)):
            host_call = pb.HostCall(call_id=asks, host_call_id=number, capability="none")
            made.rpc.put(pb.RunToolsResponse(host_call=host_call))
        answered = (await made.rpc.sent("host_result")).host_result
        assert (answered.call_id, answered.host_call_id) == (call_id, 2)
        assert answered.failure.kind == pb.FAILURE_KIND_CAPABILITY_DENIED
        made.rpc.put(result(question), result(call_id))
        await asyncio.gather(described, called)
        assert made.rpc.written.empty()


@pytest.mark.parametrize("end", [AWAY, None], ids=["a status", "an end"])
async def test_end_of_stream_reaches_every_waiter(end: Exception | None) -> None:
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        waiting = [
            made.call(),
            asyncio.create_task(made.link.evaluate(SandboxQuestion("main", "t"))),
        ]
        await made.rpc.sent("call")
        await made.rpc.sent("evaluate")
        assert not made.link.lost
        made.rpc.put(end)
        told = [*await asyncio.gather(*waiting, return_exceptions=True)]
        told += await asyncio.gather(made.call(), return_exceptions=True)
        kind = RunnerUnavailableError if end is None else grpc.aio.AioRpcError
        assert all(isinstance(each, kind) for each in told)
        assert made.link.lost


async def test_slow_client_of_one_call_holds_up_no_other_message() -> None:
    async with scene(b"1", "https://a.test") as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        made.hears.clear()
        chatty, asks, short = made.call(), made.call(), made.call()
        ids = [(await made.rpc.sent("call")).call.call_id for _ in range(3)]
        made.rpc.put(*(line(ids[0], str(number)) for number in range(1000)))
        host_call = pb.HostCall(call_id=ids[1], host_call_id=1, capability="none")
        made.rpc.put(pb.RunToolsResponse(host_call=host_call), result(ids[2], "3"))
        assert (await made.rpc.sent("host_result")).host_result.call_id == ids[1]
        assert (await short).output_json == "3"
        made.rpc.put(result(ids[1]), result(ids[0]))
        assert (await asks).output_json == "1"
        assert not chatty.done()
        made.hears.set()
        await chatty
        assert made.lines == [str(number) for number in range(1000)]


async def test_cancelled_call_whose_client_is_slow_leaves_nothing() -> None:
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        made.hears.clear()
        called = made.call()
        call_id = (await made.rpc.sent("call")).call.call_id
        made.rpc.put(line(call_id, "x"), result(call_id), pb.RunToolsResponse(ping=pb.Ping()))
        await asyncio.sleep(0.01)
        called.cancel()
        with pytest.raises(asyncio.CancelledError):
            await called
        assert made.lines == []


@pytest.mark.parametrize(
    "sign",
    [
        lambda call_id: pb.RunToolsResponse(started=pb.Started(call_id=call_id)),
        lambda call_id: line(call_id, "x"),
        lambda call_id: pb.RunToolsResponse(host_call=pb.HostCall(call_id=call_id, host_call_id=1)),
    ],
    ids=["started", "console", "host_call"],
)
async def test_tool_is_begun_once_the_runner_gives_any_sign_of_it(
    sign: Callable[[str], pb.RunToolsResponse],
) -> None:
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        called, other = made.call(), made.call()
        first, second = [(await made.rpc.sent("call")).call.call_id for _ in range(2)]
        refused = pb.RunToolsResponse(result=pb.Result(call_id=second))
        made.rpc.put(sign(first), refused)
        assert not (await other).started
        assert made.begun == 1
        made.rpc.put(AWAY)
        with pytest.raises(grpc.aio.AioRpcError):
            await called
        assert made.begun == 1


async def test_draining_stream_ends_its_calls_and_is_not_used_for_more() -> None:
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        called = made.call()
        call_id = (await made.rpc.sent("call")).call.call_id
        made.rpc.put(pb.RunToolsResponse(draining=pb.Draining()), result(call_id))
        assert (await called).output_json == "1"
        assert not made.link.usable
        assert not made.link.lost


async def test_unknown_response_is_ignored() -> None:
    unknown = pb.RunToolsResponse.FromString(bytes([0xFA, 0x06, 0x02, 0x08, 0x01]))  # field 111
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED, unknown)
        called = made.call()
        call_id = (await made.rpc.sent("call")).call.call_id
        made.rpc.put(unknown, result(call_id))
        assert (await called).output_json == "1"


async def test_unknown_kind_of_failure_blames_no_tool() -> None:
    failed = pb.ToolFailure(message="it is new")
    failed.MergeFromString(bytes([0x08, 99]))
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        called = made.call()
        call_id = (await made.rpc.sent("call")).call.call_id
        made.rpc.put(pb.RunToolsResponse(result=pb.Result(call_id=call_id, failure=failed)))
        failure = (await called).failure
        assert failure is not None
        assert failure.kind is FailureKind.RUNNER_FAULT


async def test_call_that_is_too_large_is_not_sent() -> None:
    opened = pb.RunToolsResponse(opened=pb.Opened(max_request_bytes=1000))
    async with scene() as made:
        await made.rpc.sent("open")
        made.rpc.put(opened)
        await made.link.opened()
        large = ToolInvocation("main", "t", f'"{"x" * 1000}"', {}, "c")
        refused = await made.call(large)
        assert refused.failure is not None
        assert refused.failure.kind is FailureKind.INVALID_INPUT
        assert not refused.started
        assert made.rpc.written.empty()


async def test_silent_toolrunner_is_asked_and_then_given_up() -> None:
    async with scene(ping_s=0.01) as made:
        await made.rpc.sent("open")
        made.rpc.put(OPENED)
        called = made.call()
        await made.rpc.sent("call")
        asked = (await made.rpc.sent("ping")).ping.id
        made.rpc.put(pb.RunToolsResponse(ping=pb.Ping(id=asked)))
        assert (await made.rpc.sent("ping")).ping.id > asked
        with pytest.raises(RunnerUnavailableError, match="did not answer a ping"):
            await called
        made.rpc.put(None)
    assert made.link.lost


FAILURE = ToolFailure(FailureKind.THROWN, "no")
IDS = st.sampled_from(["call-1", "call-2", "other"])
MESSAGES: st.SearchStrategy[RunnerMessage] = st.one_of(
    st.just(ProgramMissing()),
    st.just(Opened(())),
    st.just(LoadFailed(FAILURE, (), ToolUsage())),
    st.builds(CallStarted, IDS),
    st.just(Draining()),
    st.builds(Ping, st.integers(0, 3)),
    st.builds(CallConsole, IDS, st.just(ConsoleLine("log", "x"))),
    st.builds(CallResult, IDS, st.just("1"), st.none(), st.just(ToolUsage())),
    st.builds(HostCall, IDS, st.integers(1, 9), st.just("fetch"), st.just("{}")),
)


@given(st.lists(MESSAGES))
def test_stream_moves_from_loading_to_ready_or_ended_whatever_arrives(
    messages: list[RunnerMessage],
) -> None:
    calls = {"call-1", "call-2"}
    state, order = State.LOADING, list(State)
    for message in messages:
        following = after(state, message, calls)
        if following is None:
            continue
        assert order.index(following) >= order.index(state)
        assert state is not State.ENDED
        if isinstance(message, CallStarted | CallConsole | CallResult | HostCall):
            assert state in {State.READY, State.DRAINING}
            assert message.call_id in calls
        elif not isinstance(message, Ping | Draining):
            assert state is State.LOADING
        state = following


def broken(code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), "GOAWAY")


@pytest.mark.parametrize("code", sorted(NOT_TAKEN, key=str), ids=lambda code: code.name)
async def test_stream_that_was_not_taken_is_opened_again(code: grpc.StatusCode) -> None:
    async with scene() as made:
        endings: list[Exception | pb.RunToolsResponse] = [*[broken(code)] * REOPENINGS, OPENED]
        for ending in endings:
            await made.rpc.sent("open")
            made.rpc.put(ending)
        assert isinstance(await made.link.opened(), Opened)


@pytest.mark.parametrize(
    "responses",
    [
        [broken(grpc.StatusCode.CANCELLED)] * (REOPENINGS + 1),
        [broken(grpc.StatusCode.RESOURCE_EXHAUSTED)],
        [broken(grpc.StatusCode.FAILED_PRECONDITION)],
    ],
    ids=["too often", "full", "refused"],
)
async def test_stream_is_not_opened_again(responses: list[pb.RunToolsResponse | Exception]) -> None:
    async with scene() as made:
        made.rpc.put(*responses, OPENED)
        with pytest.raises(grpc.aio.AioRpcError):
            await made.link.opened()


async def test_stream_that_broke_while_it_loaded_is_opened_again_with_its_program() -> None:
    async with scene(b"source") as made:
        for ending in (AWAY, OPENED):
            await made.rpc.sent("open")
            made.rpc.put(MISSING)
            assert (await made.rpc.sent("program_chunk")).program_chunk.data == b"source"
            made.rpc.put(ending)
        assert isinstance(await made.link.opened(), Opened)


async def test_stream_whose_load_made_a_request_is_not_opened_again() -> None:
    async with scene(loads_with_broker=True) as made:
        await made.rpc.sent("open")
        asked = pb.HostCall(host_call_id=1, capability="fetch", input_json="{}")
        made.rpc.put(pb.RunToolsResponse(host_call=asked), AWAY, OPENED)
        with pytest.raises(grpc.aio.AioRpcError):
            await made.link.opened()


async def test_stream_on_which_a_call_was_sent_is_not_opened_again() -> None:
    async with scene() as made:
        await made.rpc.sent("open")
        called = made.call()
        await made.rpc.sent("call")
        made.rpc.put(AWAY)
        with pytest.raises(grpc.aio.AioRpcError):
            await called
        assert made.link.lost


ANSWERS = one_of_each(
    pb.RunToolsResponse.DESCRIPTOR, {"call_id": st.sampled_from(["call-1", "call-2", "x", ""])}
)


@tries(60, soak=2500)
@given(st.booleans(), st.lists(ANSWERS, max_size=12))
def test_whatever_a_toolrunner_says_every_call_ends(opened: bool, said: list[Any]) -> None:
    async def hear_all() -> None:
        async with scene() as made:
            if opened:
                made.rpc.put(OPENED)
            calls = [
                made.call(),
                asyncio.create_task(made.link.evaluate(SandboxQuestion("a", "t"))),
            ]
            await asyncio.sleep(0)
            made.rpc.put(*said)
            made.rpc.put(None)
            async with asyncio.timeout(60):
                for ended in await asyncio.gather(*calls, return_exceptions=True):
                    assert isinstance(ended, CallResult | RunnerUnavailableError), ended
                    assert "tool stream failed" not in str(ended), "an internal error"

    asyncio.run(hear_all())
