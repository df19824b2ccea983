"""One running guest: a load of a program, or one call of a tool.

Everything the guest passes (kind, pointer, length) is checked before use and copied once: its
memory is assumed to be under an attacker's control.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Protocol

import wasmtime

from services.toolrunner import strict_json
from services.toolrunner.domain import (
    ConsoleLevel,
    FailureKind,
    IncompleteLoad,
    Limits,
    LoadReads,
    Outcome,
    ToolFailure,
    Usage,
)
from services.toolrunner.errors import GuestError
from services.toolrunner.sandbox import abi, failures, incomplete, traps
from services.toolrunner.sandbox.engine import Guest, SandboxEngine, seed_words
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.load_reads import ReadsRecorder
from services.toolrunner.sandbox.tape import GAVE_UP, TIMER, Tape

MAX_HOST_CALL_BYTES: Final = 4 * 1024 * 1024
MAX_READ_BYTES: Final = 4096
MAX_LIMIT: Final = 2**32 - 1
LINE_BYTES: Final = 32
"""The minimum that a console line counts: forwarding it has a cost of its own."""
CONSOLE_CUT: Final = "(console output exceeds its limit; the rest is omitted)"

CONSOLE_LEVELS: Final = {
    abi.EMIT_CONSOLE_DEBUG: ConsoleLevel.DEBUG,
    abi.EMIT_CONSOLE_LOG: ConsoleLevel.LOG,
    abi.EMIT_CONSOLE_INFO: ConsoleLevel.INFO,
    abi.EMIT_CONSOLE_WARN: ConsoleLevel.WARN,
    abi.EMIT_CONSOLE_ERROR: ConsoleLevel.ERROR,
}


class Sink(Protocol):
    """Receives a guest's messages while it runs."""

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Take one console line."""

    def host_call(self, input_json: str) -> None:
        """Take a host call: JSON of ``id``, ``capability`` and ``input``."""


@dataclass(frozen=True)
class Waiting:
    """The guest waits for a timer in ``wake_in_s`` seconds, or only for host results (None).

    ``host_wait_s`` is how long it may still wait for host results; None when it has made no host
    call.
    """

    wake_in_s: float | None
    host_wait_s: float | None = None


class Instance:
    """A guest started from an image, for one load or one call.

    Args:
        engine: the compiled guest.
        start: the image to start from.
        limits: of this work; the caller enforces ``timeout_s`` through ``interrupt``.
        sink: takes console lines and host calls.
        tape: tells the clock and the seed; None for those of the machine.
    """

    def __init__(
        self,
        engine: SandboxEngine,
        start: Image,
        limits: Limits,
        sink: Sink,
        tape: Tape | None = None,
    ) -> None:
        self.limits = limits
        self._tape = tape or Tape()
        self._engine = engine
        self._sink = sink
        self._began = time.monotonic()
        self._console_left = limits.console_bytes
        self._host_calls = 0
        self._loading = False
        self._in_flight = 0
        self._host_waited = 0.0
        self._suspended_at = self._began
        self._answer: str | ToolFailure | None = None
        self._draft: ToolFailure | None = None
        self._model_output = ""
        self._incomplete: IncompleteLoad | None = None
        self._interrupted: FailureKind | None = None
        self._reads = ReadsRecorder()
        self._stopped = False
        self._store = engine.new_store(limits.memory_bytes, limits.fuel)
        self._guest: Guest | None = None
        if start.memory_bytes <= limits.memory_bytes:
            emit = engine.emit_function(self._store, self._emit)
            self._guest = engine.instantiate(self._store, start, emit)

    def __repr__(self) -> str:
        """Show the answer and the age of the work."""
        age = time.monotonic() - self._began
        return f"Instance(answer={self._answer!r}, age={age:.3f}s, limits={self.limits})"

    @property
    def reads(self) -> LoadReads:
        """What a load has touched of the environment and network so far."""
        return self._reads.reads

    @property
    def work(self) -> traps.Work:
        """The work that its limits apply to."""
        return traps.Work.LOAD if self._loading else traps.Work.CALL

    def load(
        self, source: bytes, is_module: bool, given: bytes = b"", *, recovers: bool = False
    ) -> Outcome | Waiting:
        """Evaluate a program's top level.

        ``given`` is the JSON of what a run grants to its own image: environment and capabilities.
        ``reads`` has what the program touched of them. ``recovers``: go on after statements that
        fail.
        """
        self._loading = True
        if given:
            ended = self._give(given)
            if ended is not None:
                return ended
        how = is_module * abi.LOAD_MODULE | recovers * abi.LOAD_RECOVER
        return self._begin("caisson_load", source, how, *self._fresh())

    def call(self, envelope: bytes) -> Outcome | Waiting:
        """Call a tool; ``envelope`` is the JSON of the ABI's call."""
        return self._begin("caisson_call", envelope, *self._fresh())

    def resume(self, results: bytes) -> Outcome | Waiting:
        """Resume after a timer; ``results`` is the JSON of the ABI's resume."""
        return self._resume(results, time.monotonic(), self._tape.step(TIMER))

    def deliver(self, results: bytes, arrived_at: float, host_call_id: int) -> Outcome | Waiting:
        """Resume with one host result, which arrived at this time on the monotonic clock."""
        return self._resume(results, arrived_at, self._tape.step(host_call_id), answered=1)

    def abort(self, why: FailureKind) -> None:
        """Fire the abort signal of a waiting call; its answers are ignored from now on.

        The caller limits its time as for ``resume``.
        """
        word = "cancelled" if why is FailureKind.CANCELLED else "deadline"
        self._resume(f'{{"abort":"{word}"}}'.encode(), time.monotonic(), self._tape.now())
        self._stopped = True

    def give_up(self) -> Outcome:
        """End a waiting load, which keeps what it has made; limit its time as for ``resume``."""
        now_us = self._tape.step(GAVE_UP)
        ended = self._resume(b'{"abort":"deadline"}', time.monotonic(), now_us)
        if isinstance(ended, Outcome) and ended.failure is None:
            return ended
        return self.end(traps.deadline_exceeded(self.limits, self.work))

    def interrupt(self, why: FailureKind) -> None:
        """Stop the running guest; may be called from another thread."""
        self._interrupted = why
        self._engine.wasmtime.increment_epoch()

    def end(self, failure: ToolFailure) -> Outcome:
        """Return the outcome of waiting work that is ended from outside."""
        return Outcome("", failure, self.usage())

    def snapshot(self) -> Image:
        """Return the image of this guest, which must be quiescent: its load has finished."""
        if self._guest is None:
            raise GuestError("a guest that never started has no image")
        return self._guest.snapshot()

    def usage(self) -> Usage:
        """Return the resources used so far."""
        return Usage(
            fuel=self.limits.fuel - self._store.get_fuel(),
            wall_s=time.monotonic() - self._began,
            peak_memory_bytes=self._guest.memory.size if self._guest else 0,
            host_calls=self._host_calls,
        )

    def private_bytes(self) -> int:
        """Return how many bytes of memory the guest shares with no other."""
        return self._engine.private_bytes(self._guest) if self._guest else 0

    def close(self) -> None:
        """Free the guest's memory now."""
        if self._guest is not None:
            # The memory of a guest that was stopped halfway is not reused.
            self._guest.memory.ended_well = self._answer is not None and not self._stopped
        self._guest = None
        self._store.close()

    def _fresh(self) -> tuple[int, ...]:
        now_us, seed = self._tape.begin()
        return (now_us, *seed_words(seed))

    def _begin(self, entry: str, data: bytes, *arguments: int) -> Outcome | Waiting:
        limits = self.limits
        if limits.stack_bytes < abi.LEAST_STACK_BYTES:
            return self.end(traps.stack_too_small(limits, self.work, abi.LEAST_STACK_BYTES))
        header = abi.LIMITS.pack(
            min(limits.heap_bytes, limits.memory_bytes, MAX_LIMIT),
            min(limits.stack_bytes, abi.STACK_BYTES),
            min(limits.timers, MAX_LIMIT),
            min(limits.host_calls, MAX_LIMIT),
            min(limits.host_calls_in_flight, MAX_LIMIT),
        )
        return self._enter(entry, header + data, *arguments)

    def _resume(
        self, results: bytes, until: float, now_us: int, answered: int = 0
    ) -> Outcome | Waiting:
        """Resume after a wait that ended at ``until`` on the monotonic clock.

        ``now_us`` is what the guest's clock shows.
        """
        if self._in_flight:
            self._host_waited += max(0.0, until - self._suspended_at)
        self._in_flight -= min(answered, self._in_flight)
        return self._enter("caisson_resume", results, now_us)

    def _give(self, given: bytes) -> Outcome | None:
        """Hand the guest what its load is granted; return how that ended the load, if it did."""
        status = self._run("caisson_resume", b'{"given":' + given + b"}", self._tape.given())
        if isinstance(status, Outcome) or status == abi.FINISHED:
            return status if isinstance(status, Outcome) else None
        return self.end(ToolFailure(FailureKind.RUNNER_LOST, "the guest took no environment"))

    def _enter(self, entry: str, data: bytes, *arguments: int) -> Outcome | Waiting:
        """Write an entry's input, run it, and return how it ended."""
        status = self._run(entry, data, *arguments)
        return status if isinstance(status, Outcome) else self._step(status)

    def _run(self, entry: str, data: bytes, *arguments: int) -> Outcome | int:
        """Write an entry's input and run it; return its status, or how the work ended."""
        guest = self._guest
        if guest is None:
            return self.end(traps.memory_exceeded(self.limits, self.work))
        self._store.set_epoch_deadline(1)
        try:
            pointer = guest.entries.call("caisson_input", len(data)) & 0xFFFFFFFF
            if pointer == 0:
                return self.end(traps.memory_exceeded(self.limits, self.work))
            guest.memory.write(pointer, data)
            return guest.entries.call(entry, *arguments)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            self._stopped = True
            stopped = traps.failure_of(error, self.limits, self.work, self._interrupted)
            if self._draft is not None and stopped.kind in traps.LIMITS:
                stopped = self._draft
            return self.end(stopped)
        except GuestError as error:
            self._stopped = True
            return self.end(ToolFailure(FailureKind.RUNNER_LOST, error.message))

    def _step(self, status: int) -> Outcome | Waiting:
        if self._answer is not None:
            failure = self._answer if isinstance(self._answer, ToolFailure) else None
            output = "" if failure else str(self._answer)
            shown = "" if failure else self._model_output
            return Outcome(output, failure, self.usage(), self._incomplete, shown)
        self._suspended_at = time.monotonic()
        left = self.limits.host_wait_s - self._host_waited if self._in_flight else None
        if status == abi.WAITS_FOR_HOST:
            return Waiting(None, left)
        if status > 0:
            return Waiting(status / 1000, left)
        return self.end(ToolFailure(FailureKind.RUNNER_LOST, "the guest ended without an answer"))

    def _emit(self, kind: int, pointer: int, length: int) -> None:
        """Handle one message; raises GuestError for one that breaks the ABI."""
        pointer &= 0xFFFFFFFF
        length &= 0xFFFFFFFF
        if self._guest is None or pointer + length > self._guest.memory.size:
            raise GuestError("the guest passed a range outside its memory")
        if kind in CONSOLE_LEVELS:
            self._console(CONSOLE_LEVELS[kind], pointer, length)
        elif kind == abi.EMIT_HOST_CALL:
            self._host_call(self._text(pointer, length, MAX_HOST_CALL_BYTES))
        elif kind == abi.EMIT_LOAD_READS and self._loading:
            self._reads.note(self._text(pointer, length, MAX_READ_BYTES))
        elif kind == abi.EMIT_FAILURE_DRAFT:
            self._draft = self._draft or self._failure(abi.EMIT_FAILURE, pointer, length)
        elif self._answer is None:
            self._answer = self._read_answer(kind, pointer, length)

    def _read_answer(self, kind: int, pointer: int, length: int) -> str | ToolFailure | None:
        if kind == abi.EMIT_LOADED and self._loading:
            if length > 0:
                text = self._text(pointer, length, incomplete.MAX_BYTES)
                self._incomplete = incomplete.incomplete_of(text)
            return ""
        if kind in (abi.EMIT_RESULT, abi.EMIT_MODEL_OUTPUT) and not self._loading:
            size = length + len(self._model_output.encode())
            if size > self.limits.output_bytes:
                return traps.output_too_large(size, self.limits)
            text = json_text(self._text(pointer, length, length))
            if kind == abi.EMIT_RESULT:
                return text
            self._model_output = text
            return None
        if kind in failures.KINDS:
            if self._draft is not None and kind != abi.EMIT_FAILURE:
                return self._draft  # the limit was hit after the failure, not before
            return self._failure(kind, pointer, length)
        raise GuestError(f"the guest sent a message of kind {kind}, which is not allowed here")

    def _failure(self, kind: int, pointer: int, length: int) -> ToolFailure:
        text = self._text(pointer, length, failures.MAX_FAILURE_BYTES)
        return failures.failure_of(kind, text, self.limits, self.work)

    def _host_call(self, text: str) -> None:
        """Count a host call; raises GuestError for one that the prelude would have refused."""
        if self._host_calls >= self.limits.host_calls:
            raise GuestError("the guest made more host calls than it may")
        if self._in_flight >= self.limits.host_calls_in_flight:
            raise GuestError("the guest has more host calls in flight than it may")
        self._host_calls += 1
        self._in_flight += 1
        self._sink.host_call(text)

    def _console(self, level: ConsoleLevel, pointer: int, length: int) -> None:
        if self._console_left <= 0:
            return
        taken = min(length, self._console_left)
        self._console_left -= max(taken, LINE_BYTES)  # otherwise empty lines could flood
        self._sink.console(level, self._text(pointer, taken, taken))
        if self._console_left <= 0:
            self._sink.console(ConsoleLevel.WARN, CONSOLE_CUT)

    def _text(self, pointer: int, length: int, limit: int) -> str:
        if length > limit:
            raise GuestError(f"the guest sent a message of {length} bytes, the limit is {limit}")
        if self._guest is None:
            raise GuestError("the guest sent a message before it started")
        return self._guest.memory.read(pointer, length).decode("utf-8", errors="replace")


def json_text(text: str) -> str:
    """Return ``text``, which must be JSON; text that nests too deep is left to its reader."""
    try:
        strict_json.check(text)
    except ValueError as error:
        raise GuestError("the guest sent a result that is not JSON") from error
    except RecursionError:
        return text
    return text
