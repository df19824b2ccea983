"""A real worker around any guest, in this process, and the front's end of its socket."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import wasmtime

from services.toolrunner.domain import FailureKind, Limits, Program, ToolCall, ToolFailure
from services.toolrunner.guest.artifacts import GuestArtifacts
from services.toolrunner.pool import wire
from services.toolrunner.sandbox.engine import THREAD_STACK_BYTES, SandboxEngine
from services.toolrunner.sandbox.module_cache import ModuleCache
from services.toolrunner.worker.inbox import Inbox, InboxClosedError
from services.toolrunner.worker.loop import Outbox, Worker
from services.toolrunner.worker.watch import Watch
from tests.hostile.guest_files import LOADED
from tests.hostile.program_files import Expected

WAIT_S = 60.0
MEMORY_BYTES = 32 * 2**20
PROGRAM = Program("0" * 64, True, b"a program")
LIMITS = Limits(timeout_s=0.4, fuel=100_000_000, memory_bytes=MEMORY_BYTES, console_bytes=4096)
CALL = ToolCall("agent", "tool", "{}", "{}", "id", (), LIMITS)


class GuestWorker:
    """Runs a guest; ``load`` and ``call`` return how they ended and what else was said.

    Raises SetupError when the guest does not boot.

    Args:
        text: the guest.
        timeout_s: for each load and call, in seconds.
    """

    def __init__(self, text: str, timeout_s: float = LIMITS.timeout_s) -> None:
        self._limits = replace(LIMITS, timeout_s=timeout_s)
        artifacts = GuestArtifacts(bytes(wasmtime.wat2wasm(text)), b"the prelude's text")
        self._front, back = socket.socketpair()
        self._front.settimeout(WAIT_S)
        self._engines: list[SandboxEngine] = []
        self._failures: list[BaseException] = []
        self._booted = threading.Event()
        self._back = back
        inbox = Inbox(back)
        self._watch = Watch(inbox)
        before = threading.stack_size(THREAD_STACK_BYTES)
        self._thread = threading.Thread(target=self._work, args=(artifacts, inbox), daemon=True)
        self._thread.start()
        threading.stack_size(before)
        self._watcher = threading.Thread(target=self._look, daemon=True)
        self._watcher.start()
        self._booted.wait(WAIT_S)
        if not self._engines:
            self.close()
            raise self._failures[0]

    def load(self) -> tuple[Expected, list[wire.WorkerMessage]]:
        """Load a program."""
        self._front.sendall(b"".join(wire.load_frame(1, PROGRAM, self._limits)))
        said = self._hear()
        loaded = said[-1]
        assert isinstance(loaded, wire.WorkLoaded)
        return (LOADED if loaded.failure is None else expected_of(loaded.failure)), said

    def call(self, work_id: int) -> tuple[Expected, list[wire.WorkerMessage]]:
        """Call a tool."""
        call = replace(CALL, limits=self._limits)
        self._front.sendall(wire.start_frame(work_id, PROGRAM.key, call))
        said = self._hear()
        done = said[-1]
        assert isinstance(done, wire.WorkDone)
        assert done.outcome.usage.peak_memory_bytes <= MEMORY_BYTES
        if done.outcome.failure is not None:
            return expected_of(done.outcome.failure), said
        return Expected("", result_json=done.outcome.output_json), said

    def close(self) -> None:
        """End the worker as the front does; what ended it otherwise is raised."""
        self._front.close()
        self._watch.stop()
        self._thread.join(WAIT_S)
        self._watcher.join(WAIT_S)
        self._back.close()
        assert not self._thread.is_alive()
        ends = [each for each in self._failures if not isinstance(each, InboxClosedError | OSError)]
        if self._engines and ends:
            raise ends[0]

    def _hear(self) -> list[wire.WorkerMessage]:
        """Return what the worker says until a load or a call has ended."""
        said: list[wire.WorkerMessage] = []
        while not said or not isinstance(said[-1], wire.WorkLoaded | wire.WorkDone):
            (size,) = wire.HEADER.unpack(self._read(wire.HEADER.size))
            said.append(wire.decoded(self._read(size)))
        return said

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._front.recv(size - len(data))
            if not part:
                raise AssertionError(f"the worker ended: {self._failures}")
            data += part
        return data

    def _work(self, artifacts: GuestArtifacts, inbox: Inbox) -> None:
        try:
            engine = SandboxEngine(artifacts, ModuleCache(None))
            self._engines.append(engine)
            self._booted.set()
            Worker(engine, inbox, Outbox(self._back), self._watch).run()
        except BaseException as error:  # noqa: BLE001 - the test tells what it is
            self._failures.append(error)
        finally:
            self._booted.set()
            self._back.shutdown(socket.SHUT_RDWR)

    def _look(self) -> None:
        try:
            self._watch.run()
        except (InboxClosedError, OSError):
            return


def expected_of(failure: ToolFailure) -> Expected:
    """Return how a failure would be written in a header."""
    assert isinstance(failure.kind, FailureKind)
    return Expected(failure.kind.name, failure.name)
