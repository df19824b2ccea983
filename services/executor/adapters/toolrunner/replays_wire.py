"""Makes a recorded call once more, in a toolrunner, with a program that may be another one.

Nothing reaches the network: what the call asks for is compared with what it asked for then, and
answered from the recording. The first request that differs ends the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caisson.executor.v1 import recorded_call_pb2 as recorded_pb
from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.failure_wire import failure_of
from services.executor.adapters.toolrunner.limits_wire import limits_of
from services.executor.adapters.toolrunner.link import LOAD, RunnerLink
from services.executor.adapters.toolrunner.tapes import digest_of
from services.executor.adapters.toolrunner.wire import (
    REPLAY,
    CallResult,
    LoadFailed,
    Opening,
)
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonObject,
    Program,
    ToolFailure,
    ToolUsage,
)
from services.executor.egress.broker import Reply
from services.executor.egress.host_calls import HostCall, HostResult
from services.executor.errors import RunnerUnavailableError

OUTSIDE = frozenset(
    {
        FailureKind.DEADLINE_EXCEEDED,
        FailureKind.CANCELLED,
        FailureKind.RUNNER_LOST,
        FailureKind.RUNNER_FAULT,
        FailureKind.OVERLOADED,
    }
)
"""What ends a call from outside, at a moment that no recording has."""
BODIES_OFF = (
    "The call makes requests, and the answers to them were not recorded "
    "(CAISSON_EXECUTOR_RECORD_BODIES)."
)
BODY_TOO_LARGE = (
    "The answer to request {number} was too large to be recorded: those of a call, or of its run, "
    "were at their limit of bytes."
)
NO_TRACE = "The call did not end in the sandbox, so there is nothing to make once more."
TOO_LONG = "The call waited more often than a recording holds."
FROM_OUTSIDE = "The call was ended from outside ({kind}), at a moment that no recording has."


@dataclass(frozen=True)
class AskedRequest:
    """A request that a replayed call makes, and the one of the recording that it differs from.

    ``recorded_json`` is empty where the recording has none of this number.
    """

    capability: str
    input_json: str
    recorded_json: str


@dataclass(frozen=True)
class Replayed:
    """How a replayed call ended.

    ``differs`` is the first request that differs; ``requests`` are how many were equal. ``load`` is
    set if the program could not be loaded. ``sandbox`` names the sandbox, ``limits`` are those that
    applied, serialized.
    """

    ended: CallResult
    console: tuple[ConsoleLine, ...]
    requests: int
    differs: AskedRequest | None = None
    load: ToolFailure | None = None
    sandbox: str = ""
    limits: bytes = b""


def why_not(recorded: recorded_pb.RecordedCall) -> str:
    """Return why a recorded call cannot be made once more, "" if it can."""
    if recorded.left_out:
        return recorded.left_out
    if recorded.WhichOneof("outcome") == "failure":
        kind = failure_of(recorded.failure).kind
        if kind in OUTSIDE:
            return FROM_OUTSIDE.format(kind=kind.value)
    trace = recorded.trace
    if not recorded.HasField("trace") or not trace.HasField("load"):
        return NO_TRACE
    if trace.call.cut or trace.load.cut:
        return TOO_LONG
    for one, exchanges in ((trace.load, recorded.load), (trace.call, recorded.exchanges)):
        known = {each.host_call_id: each for each in exchanges}
        for number in one.steps:
            each = known.get(number)
            if number > 0 and number not in one.failures and not _has_answer(each):
                large = recorded.bodies and each is not None
                return BODY_TOO_LARGE.format(number=number) if large else BODIES_OFF
    return ""


def _has_answer(each: recorded_pb.RecordedExchange | None) -> bool:
    return each is not None and each.WhichOneof("answer") in {"output_json", "failure"}


async def replayed(
    client: ToolRunnerClient, recorded: recorded_pb.RecordedCall, program: Program
) -> Replayed:
    """Make a recorded call once more, with ``program``.

    Raises:
        RunnerUnavailableError: the toolrunner is unreachable, or too old.
        AioRpcError: it refused what it was given, such as a recording that no call can have.
    """
    trace = recorded.trace
    opening = Opening(
        "replay",
        program,
        limits_of(recorded.limits),
        "",
        tuple(recorded.capabilities),
        dict(recorded.env),
        replay=trace.load.SerializeToString(),
    )
    answers = RecordedAnswers(recorded)
    link = client.link(opening, answers)
    try:
        return await _replayed(link, answers, recorded)
    finally:
        await link.close()


async def _replayed(
    link: RunnerLink, answers: RecordedAnswers, recorded: recorded_pb.RecordedCall
) -> Replayed:
    console: list[ConsoleLine] = []

    async def note(line: ConsoleLine) -> None:
        console.append(line)

    async def made() -> Replayed:
        opened = await link.opened()
        if isinstance(opened, LoadFailed):
            ended = CallResult("", "", opened.failure, ToolUsage(), started=False)
            return Replayed(ended, (), answers.equal, answers.differs, opened.failure)
        if REPLAY not in opened.features:
            raise RunnerUnavailableError(
                "The toolrunner is too old to make calls once more. Upgrade the toolrunners."
            )
        call = ToolInvocation(
            recorded.agent,
            recorded.tool,
            recorded.input_json,
            {},
            recorded.call_id,
            messages_json=recorded.messages_json,
            approved=recorded.approved,
        )
        trace = recorded.trace.call.SerializeToString()
        ended = await link.call(call, note, answers, replay=trace)
        return Replayed(
            ended,
            tuple(console),
            answers.equal,
            answers.differs,
            sandbox=pb.CallTrace.FromString(ended.trace).sandbox,
            limits=opened.limits,
        )

    making = asyncio.create_task(made())
    differing = asyncio.create_task(answers.until_differing())
    try:
        await asyncio.wait({making, differing}, return_when=asyncio.FIRST_COMPLETED)
        if making.done():
            return making.result()
        ended = CallResult("", "", None, ToolUsage())
        return Replayed(ended, tuple(console), answers.equal, answers.differs)
    finally:
        for task in (making, differing):
            task.cancel()
        await asyncio.wait({making, differing})


class RecordedAnswers:
    """Answers host calls from a recording; see ``HostBroker``.

    ``equal`` counts requests that were as recorded, ``differs`` is the first one that was not.
    """

    def __init__(self, recorded: recorded_pb.RecordedCall) -> None:
        self._recorded = recorded
        self._differing = asyncio.Event()
        self.equal = 0
        self.differs: AskedRequest | None = None

    def __repr__(self) -> str:
        return f"RecordedAnswers(equal={self.equal}, differs={self.differs is not None})"

    async def until_differing(self) -> None:
        """Wait until a request differs."""
        await self._differing.wait()

    def context_json(self, own: JsonObject, idempotency_key: str) -> str:
        """Return the recorded context."""
        return self._recorded.context_json

    def call(self, tool_call_id: str, idempotency_key: str) -> _CallAnswers:
        """Return what answers the call, or with an empty id the load."""
        of_load = tool_call_id == LOAD and not idempotency_key
        exchanges = self._recorded.load if of_load else self._recorded.exchanges
        trace = self._recorded.trace.load if of_load else self._recorded.trace.call
        return _CallAnswers(self, exchanges, trace.failures)

    def note(self, call: HostCall, exchange: recorded_pb.RecordedExchange | None) -> bool:
        """Compare a request with the recorded one; return whether it is the same."""
        same = (
            exchange is not None
            and exchange.capability == call.capability
            and exchange.input_digest == digest_of(call.input_json)
        )
        if same:
            self.equal += 1
        elif self.differs is None:
            then = "" if exchange is None else exchange.input_json
            self.differs = AskedRequest(call.capability, call.input_json, then)
            self._differing.set()
        return same


@dataclass(eq=False)
class _CallAnswers:
    """Answers the host calls of one call or load."""

    of: RecordedAnswers
    exchanges: Sequence[recorded_pb.RecordedExchange]
    failures: Mapping[int, pb.ToolFailure]
    _replies: set[asyncio.Task[None]] = field(default_factory=set)

    def ask(self, host_call: HostCall, reply: Reply) -> None:
        """Answer a host call as it was answered; one that had no answer gets none."""
        number = host_call.host_call_id
        exchange = next((each for each in self.exchanges if each.host_call_id == number), None)
        if exchange is None and number in self.failures:
            result: HostResult | None = HostResult("", failure_of(self.failures[number]))
        else:
            result = _answer(exchange) if self.of.note(host_call, exchange) else None
        if result is not None:
            self._replies.add(asyncio.ensure_future(_told(reply, result)))

    async def close(self) -> None:
        """Wait for nothing; what is on its way is dropped."""
        for task in self._replies:
            task.cancel()
        if self._replies:
            await asyncio.wait(self._replies)


async def _told(reply: Reply, result: HostResult) -> None:
    await reply(result)


def _answer(exchange: recorded_pb.RecordedExchange | None) -> HostResult | None:
    if exchange is None:
        return None
    kind = exchange.WhichOneof("answer")
    if kind == "failure":
        return HostResult("", failure_of(exchange.failure))
    return HostResult(exchange.output_json) if kind == "output_json" else None
