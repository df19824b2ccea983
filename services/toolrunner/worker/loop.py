"""The wasm thread of a worker: runs guests one at a time and keeps the suspended ones."""

from __future__ import annotations

import heapq
import socket
import time
from dataclasses import dataclass

from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.domain import ConsoleLevel, FailureKind, Outcome, ToolFailure, Usage
from services.toolrunner.errors import GuestError, ProtocolError
from services.toolrunner.sandbox import traps
from services.toolrunner.sandbox.engine import SandboxEngine
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.instance import Instance, Waiting
from services.toolrunner.sandbox.tape import RecordingTape, ReplayedTape, Tape
from services.toolrunner.worker import trace_wire, wire
from services.toolrunner.worker.inbox import HEADER, Inbox
from services.toolrunner.worker.replaying import AnswerWanted, Entry, Replay
from services.toolrunner.worker.second_load import (
    after_first,
    needs_second,
    refused,
    without_image,
)
from services.toolrunner.worker.watch import Watch

# How long an answer that has arrived may wait behind other requests before it is looked for again.
LOOK_AGAIN_S = 0.005
# How long a waiting call that is ended may run its abort listeners.
ABORT_GRACE_S = 0.02
# How long a load that is ended may look through what it has made.
GIVE_UP_GRACE_S = 0.2
# The parts of a load's time that it leaves, at least and at most, when it waits: they are for a
# second load, which closes what the statements that did not run were to change, and may be slower.
SECOND_LOAD_SHARES = (0.25, 0.75)
SECOND_LOAD_SLOWER = 3


class Outbox:
    """Writes responses to the front; used by the wasm thread only."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def send(self, response: pb.WorkerResponse) -> None:
        """Send one response; blocks while the front does not read, which limits memory."""
        body = response.SerializeToString()
        self._socket.sendall(HEADER.pack(len(body)) + body)


class WorkSink:
    """Forwards the messages of one guest to the front."""

    def __init__(self, work_id: int, outbox: Outbox, known: int = 0) -> None:
        self._work_id = work_id
        self._outbox = outbox
        self._known = known
        self.lines = 0
        self.asked: set[int] | None = None
        """Takes the numbers of host calls, unless it is None."""

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Send one console line, unless it repeats one of a first load."""
        self.lines += 1
        if self.lines > self._known:
            self._outbox.send(wire.console(self._work_id, level, text))

    def host_call(self, input_json: str) -> None:
        """Send a host call; raises GuestError for an invalid one."""
        try:
            message = wire.host_call(self._work_id, input_json)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise GuestError("the guest sent a host call that cannot be read") from error
        if self.asked is not None:
            self.asked.add(message.host_call.host_call_id)
        self._outbox.send(message)


@dataclass(eq=False)
class Work:
    """A load or call in progress.

    ``deadline``, ``host_deadline`` (None when it waits for no host result) and ``wake_at`` are on
    the monotonic clock; ``keep_as`` is the key of the image that a load makes, None for a call.
    ``load`` is a load's request until it is loaded a second time, ``first`` how it ended before,
    ``ran_s`` how long its guest has run, and ``give_up_at`` when it stops waiting.
    """

    work_id: int
    instance: Instance
    sink: WorkSink
    deadline: float
    give_up_at: float
    keep_as: str | None
    load: pb.LoadProgram | None = None
    first: Outcome | None = None
    ran_s: float = 0.0
    wake_at: float | None = None
    host_deadline: float | None = None
    tape: Tape | None = None
    began_from: bytes = b""
    replay: Replay | None = None


class Worker:
    """The wasm thread: takes requests, runs guests, sends responses.

    Args:
        sandbox: the compiled guest.
        inbox: the source of requests.
        outbox: the sink of responses.
        watch: stops a guest that runs too long or is cancelled.
    """

    def __init__(self, sandbox: SandboxEngine, inbox: Inbox, outbox: Outbox, watch: Watch) -> None:
        self._sandbox = sandbox
        self._inbox = inbox
        self._outbox = outbox
        self._watch = watch
        self._images: dict[str, Image] = {}
        self._traces: dict[str, bytes] = {}
        self._works: dict[int, Work] = {}
        self._alarms: list[tuple[float, int]] = []

    def __repr__(self) -> str:
        """Show how much is held."""
        return f"Worker(images={len(self._images)}, suspended={len(self._works)})"

    def run(self) -> None:
        """Serve until the front closes the socket (InboxClosedError) or breaks the protocol."""
        while True:
            request = self._inbox.receive(self._next_alarm())
            if request is not None:
                self._handle(request)
                del request  # it may hold a run's values
            self._ring_alarms()

    def _handle(self, request: pb.WorkerRequest) -> None:
        kind = request.WhichOneof("message")
        if kind == "start":
            self._start(request.start)
        elif kind == "load":
            self._load(request.load)
        elif kind == "host_result":
            self._deliver(request.host_result)
        elif kind == "cancel":
            self._cancel(request.cancel)
        elif kind == "drop":
            self._drop(request.drop.digest)
        else:
            raise ProtocolError("the front sent an empty request")

    def _drop(self, digest: str) -> None:
        image = self._images.pop(digest, None)
        self._traces.pop(digest, None)
        if image is not None:
            self._sandbox.drop(image)

    def _load(self, load: pb.LoadProgram) -> None:
        recovers = not load.strict and wire.grants_requests(load)
        tape: Tape = RecordingTape(recovers=recovers)
        if load.HasField("replay"):
            tape = ReplayedTape(trace_wire.trace_of(load.replay))
            recovers = tape.recovers and not load.strict
        base, key = self._sandbox.base, load.digest
        work = self._admit(load.work_id, base, load.limits, keep_as=key, tape=tape)
        is_module, given = wire.is_module(load), load.given_json
        if load.strict or not (recovers or work.replay):  # its requests would be made twice
            work.load = load
        self._enter(
            work, lambda: work.instance.load(load.source, is_module, given, recovers=recovers)
        )

    def _start(self, start: pb.StartCall) -> None:
        image = self._images.get(start.digest)
        if image is None:
            self._refuse(start, FailureKind.RUNNER_LOST, "the worker does not hold the program")
            return
        try:
            envelope = wire.envelope_of(start)
        except (ValueError, RecursionError):
            reason = "the input or the context of the call is not JSON"
            self._refuse(start, FailureKind.INVALID_INPUT, reason)
            return
        tape: Tape = RecordingTape() if start.record else Tape()
        if start.HasField("replay"):
            tape = ReplayedTape(trace_wire.trace_of(start.replay))
        work = self._admit(start.work_id, image, start.limits, keep_as=None, tape=tape)
        work.began_from = self._traces.get(start.digest, b"")
        self._enter(work, lambda: work.instance.call(envelope))

    def _refuse(self, start: pb.StartCall, kind: FailureKind, reason: str) -> None:
        outcome = Outcome("", ToolFailure(kind, reason), Usage())
        self._outbox.send(wire.done(start.work_id, outcome))

    def _admit(
        self, work_id: int, image: Image, limits: pb.WorkLimits, keep_as: str | None, tape: Tape
    ) -> Work:
        if work_id in self._works:
            raise ProtocolError(f"the front used the number {work_id} for two works at once")
        bounds = wire.limits_of(limits)
        deadline = time.monotonic() + bounds.timeout_s
        sink = WorkSink(work_id, self._outbox)
        instance = Instance(self._sandbox, image, bounds, sink, tape)
        work = Work(work_id, instance, sink, deadline, deadline, keep_as, tape=tape)
        if isinstance(tape, ReplayedTape):
            work.replay = Replay(tape)
            sink.asked = work.replay.asked
        self._works[work_id] = work
        return work

    def _deliver(self, result: pb.DeliverHostResult) -> None:
        work = self._works.get(result.work_id)
        if work is None:  # the call ended while the answer was on its way
            return
        resume, number = wire.resume_of(result), result.host_call_id
        if work.replay is not None:
            work.replay.answer(number, resume)
            following = work.replay.following(work.instance, Waiting(None))
            if isinstance(following, AnswerWanted):
                self._outbox.send(wire.suspended(work.work_id, work.instance.private_bytes()))
            else:
                self._enter(work, following)
            return
        if isinstance(work.tape, RecordingTape) and result.HasField("failure"):
            work.tape.failed(number, wire.failure_of(result.failure))
        arrived_at = self._inbox.arrived_at
        self._enter(work, lambda: work.instance.deliver(resume, arrived_at, number))

    def _cancel(self, cancel: pb.CancelWork) -> None:
        work = self._works.get(cancel.work_id)
        self._inbox.forget(cancel.work_id)
        if work is not None:
            if not cancel.at_once:
                self._abort(work, FailureKind.CANCELLED)
            self._finish(work, work.instance.end(traps.cancelled()))

    def _abort(self, work: Work, why: FailureKind) -> None:
        """Notify a waiting call that it ends, and let it clean up for a moment."""
        if work.wake_at is None or work.keep_as is not None:
            return
        self._watch.begin(work.work_id, time.monotonic() + ABORT_GRACE_S, work.instance)
        try:
            work.instance.abort(why)
        finally:
            self._watch.end()

    def _give_up(self, work: Work) -> None:
        """End a load that still waits at its deadline; what it has made can be used."""
        self._watch.begin(work.work_id, time.monotonic() + GIVE_UP_GRACE_S, work.instance)
        try:
            outcome = work.instance.give_up()
        finally:
            self._watch.end()
        self._finish(work, outcome)

    def _enter(self, work: Work, entry: Entry) -> None:
        """Enter a guest for the front; report when it goes back to waiting."""
        if self._step(work, entry):
            held = work.instance.private_bytes()
            self._outbox.send(wire.suspended(work.work_id, held))

    def _step(self, work: Work, entry: Entry) -> bool:
        """Enter a guest under watch, once or as its replay has it; return whether it waits now."""
        while True:
            if self._inbox.is_cancelled(work.work_id):
                return False  # the cancel is next in the inbox, and answers
            self._watch.begin(work.work_id, work.deadline, work.instance)
            began = time.monotonic()
            try:
                step = entry()
            finally:
                self._watch.end()
            work.ran_s += time.monotonic() - began
            if isinstance(step, Outcome):
                self._finish(work, step)
                return False
            if work.replay is None:
                break
            following = work.replay.following(work.instance, step)
            if isinstance(following, AnswerWanted):
                step = Waiting(None)
                break
            entry = following
        self._set_alarm(work, step)
        return True

    def _set_alarm(self, work: Work, step: Waiting) -> None:
        now = time.monotonic()
        if work.load is not None and not work.load.strict:
            least, most = (work.instance.limits.timeout_s * share for share in SECOND_LOAD_SHARES)
            work.give_up_at = work.deadline - min(max(SECOND_LOAD_SLOWER * work.ran_s, least), most)
        wake_at = work.give_up_at if step.wake_in_s is None else now + step.wake_in_s
        work.host_deadline = None if step.host_wait_s is None else now + step.host_wait_s
        self._push_alarm(work, wake_at)

    def _push_alarm(self, work: Work, wake_at: float) -> None:
        work.wake_at = min(work.give_up_at, wake_at, work.host_deadline or wake_at)
        heapq.heappush(self._alarms, (work.wake_at, work.work_id))

    def _finish(self, work: Work, outcome: Outcome) -> None:
        if work.keep_as is not None:
            self._finish_load(work, work.keep_as, outcome)
            return
        del self._works[work.work_id]
        # The caller need not wait for the memory to be freed.
        told = wire.done(work.work_id, outcome)
        if isinstance(work.tape, RecordingTape):
            trace_wire.put_trace(told.done, work.tape.trace, work.began_from, self._sandbox.name)
        elif work.replay is not None:
            told.done.trace.sandbox = self._sandbox.name
        self._outbox.send(told)
        work.instance.close()

    def _finish_load(self, work: Work, key: str, outcome: Outcome) -> None:
        load, work.load = work.load, None
        if load is not None and load.strict:
            outcome = refused(outcome)
        image = work.instance.snapshot() if outcome.failure is None else None
        work.instance.close()
        again = load is not None and not load.strict and needs_second(outcome)
        if load is not None and again and time.monotonic() < work.deadline:
            work.first = outcome
            self._load_again(work, load)
            return
        if load is not None and again:
            outcome, image = without_image(outcome), None
        if work.first is not None:
            outcome = after_first(work.first, outcome)
        del self._works[work.work_id]
        if image is not None:
            self._drop(key)  # loaded again: drop the old image
            self._images[key] = image
            if isinstance(work.tape, RecordingTape):
                self._traces[key] = trace_wire.serialized(work.tape.trace)
        image_bytes = image.data_bytes if image is not None else 0
        reads = work.instance.reads
        self._outbox.send(wire.loaded(work.work_id, outcome, image_bytes, reads))

    def _load_again(self, work: Work, load: pb.LoadProgram) -> None:
        """Load a program whose top level failed so that it goes on after what fails."""
        bounds = wire.limits_of(load.limits)
        work.sink = WorkSink(work.work_id, self._outbox, known=work.sink.lines)
        work.tape = tape = RecordingTape(recovers=True)
        work.instance = Instance(self._sandbox, self._sandbox.base, bounds, work.sink, tape)
        work.wake_at = work.host_deadline = None
        work.give_up_at = work.deadline
        is_module = wire.is_module(load)
        instance, given = work.instance, load.given_json
        self._enter(work, lambda: instance.load(load.source, is_module, given, recovers=True))

    def _next_alarm(self) -> float | None:
        """Return the seconds until the next alarm, None if there is none."""
        while self._alarms and self._is_stale(self._alarms[0]):
            heapq.heappop(self._alarms)
        if not self._alarms:
            return None
        return max(0.0, self._alarms[0][0] - time.monotonic())

    def _is_stale(self, alarm: tuple[float, int]) -> bool:
        work = self._works.get(alarm[1])
        return work is None or work.wake_at != alarm[0]

    def _ring_alarms(self) -> None:
        """Resume works whose timer is due, and end those past their deadline."""
        now = time.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            alarm = heapq.heappop(self._alarms)
            if not self._is_stale(alarm):
                self._ring(self._works[alarm[1]], now)

    def _ring(self, work: Work, now: float) -> None:
        limits = work.instance.limits
        if work.give_up_at <= now and work.keep_as is not None:
            self._give_up(work)
        elif work.deadline <= now:
            self._abort(work, FailureKind.DEADLINE_EXCEEDED)
            self._finish(
                work, work.instance.end(traps.deadline_exceeded(limits, work.instance.work))
            )
        elif work.host_deadline is not None and work.host_deadline <= now:
            if self._inbox.has_answer(work.work_id):
                work.host_deadline = now + LOOK_AGAIN_S
                self._push_alarm(work, work.host_deadline)
            else:
                self._finish(
                    work, work.instance.end(traps.host_wait_exceeded(limits, work.instance.work))
                )
        else:
            work.wake_at = None
            self._outbox.send(wire.resumed(work.work_id))
            self._enter(work, lambda: work.instance.resume(b"{}"))
