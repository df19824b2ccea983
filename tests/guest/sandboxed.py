"""Loads programs and calls their tools in the real sandbox, without worker processes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from services.toolrunner.domain import ConsoleLevel, Limits, LoadReads, Outcome, ToolFailure
from services.toolrunner.guest.artifacts import read_artifacts
from services.toolrunner.sandbox.engine import THREAD_STACK_BYTES, SandboxEngine
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.instance import Instance, Waiting
from services.toolrunner.sandbox.module_cache import ModuleCache
from tests.npm import BUILD

Result = TypeVar("Result")

# The host's answer to a request; None if it has no answer yet and should be asked again.
Answer = Callable[[dict[str, object]], dict[str, object] | None]

NO_RESULTS = b'{"hostResults":[]}'


@dataclass
class Recorder:
    """A sink that records messages of a guest; ``answer(call)`` answers its host calls."""

    answer: Answer | None = None
    lines: list[tuple[str, str]] = field(default_factory=list)
    asked: list[dict[str, object]] = field(default_factory=list)
    answered: int = 0

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Keep a line."""
        self.lines.append((level.name.lower(), text))

    def host_call(self, input_json: str) -> None:
        """Keep a request."""
        self.asked.append(json.loads(input_json))

    def result(self) -> bytes | None:
        """Return the answer to the oldest request that has none, or None."""
        if self.answered == len(self.asked) or self.answer is None:
            return None
        call = self.asked[self.answered]
        given = self.answer(call)
        if given is None:
            return None
        self.answered += 1
        return json.dumps({"hostResults": [{"id": call["id"], **given}]}).encode()


@dataclass(frozen=True)
class Ran:
    """How a load or call ended, with what it wrote and asked for."""

    outcome: Outcome
    console: list[tuple[str, str]]
    asked: list[dict[str, object]]

    @property
    def value(self) -> object:
        """The result; the test fails when there is none."""
        assert self.outcome.failure is None, self.outcome.failure
        return json.loads(self.outcome.output_json)

    @property
    def shown(self) -> object:
        """What the model is shown instead of the result; None for nothing else."""
        assert self.outcome.failure is None, self.outcome.failure
        text = self.outcome.model_output_json
        return json.loads(text) if text else None

    @property
    def failure(self) -> ToolFailure:
        """The failure; the test fails when there is none."""
        assert self.outcome.failure is not None, self.outcome.output_json
        return self.outcome.failure

    @property
    def kind(self) -> str:
        """The name of the failure's kind."""
        return self.failure.kind.name


class Sandbox:
    """One engine, used from a thread with the stack that it needs."""

    def __init__(self) -> None:
        before = threading.stack_size(THREAD_STACK_BYTES)
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._engine = self._thread.submit(
            lambda: SandboxEngine(read_artifacts(), ModuleCache(BUILD / "compiled"))
        ).result()
        threading.stack_size(before)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def load(
        self,
        source: str,
        *,
        module: bool = True,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        granted: Mapping[str, Answer] | None = None,
        recovers: bool = False,
    ) -> Loaded:
        """Evaluate a program; its tools can be called when it did not fail.

        ``env`` and ``granted`` are what a run gives to its own image. ``recovers``: it goes on
        after statements that fail.
        """
        given: dict[str, object] | None = None
        if env is not None or granted is not None:
            given = {"env": dict(env or {}), "capabilities": list(granted or {})}
        work = (source, module, limits or Limits(), given, granted, recovers)
        return self._thread.submit(self._load, *work).result()

    def run(self, work: Callable[[], Result]) -> Result:
        """Run something on the engine's thread."""
        return self._thread.submit(work).result()

    def _load(
        self,
        source: str,
        module: bool,
        limits: Limits,
        given: dict[str, object] | None,
        granted: Mapping[str, Answer] | None,
        recovers: bool,
    ) -> Loaded:
        answers = granted or {}
        sink = Recorder(lambda call: answers[str(call["capability"])](call))
        instance = Instance(self._engine, self._engine.base, limits, sink)
        given_json = b"" if given is None else json.dumps(given).encode()
        begun = instance.load(source.encode(), module, given_json, recovers=recovers)
        outcome = finish(instance, sink, begun)
        image = instance.snapshot() if outcome.failure is None else None
        instance.close()
        return Loaded(self, Ran(outcome, sink.lines, sink.asked), image, instance.reads)

    def call_from(
        self, image: Image, envelope: bytes, limits: Limits, answer: Answer | None
    ) -> Ran:
        """Run one call from an image, on the engine's thread."""
        sink = Recorder(answer)
        instance = Instance(self._engine, image, limits, sink)
        outcome = finish(instance, sink, instance.call(envelope))
        instance.close()
        return Ran(outcome, sink.lines, sink.asked)


@dataclass(frozen=True)
class Loaded:
    """A program after its load; ``image`` is None when the load failed."""

    sandbox: Sandbox
    ran: Ran
    image: Image | None
    reads: LoadReads

    def call(
        self,
        tool: str,
        value: object = None,
        *,
        agent: str = "main",
        context: Mapping[str, object] | None = None,
        limits: Limits | None = None,
        granted: Mapping[str, Answer] | None = None,
        **given: object,
    ) -> Ran:
        """Call a tool in a fresh copy of the image; ``granted`` answers for each capability.

        ``given`` is more of the envelope: ``approved``, ``messages``.
        """
        envelope = {
            "agent": agent,
            "tool": tool,
            "input": {} if value is None else value,
            "context": dict(context or {}),
            "toolCallId": "call-1",
            "capabilities": list(granted or {}),
            **given,
        }
        return self._called(envelope, limits, granted or {})

    def parts(
        self,
        agent: str,
        *names: str,
        context: Mapping[str, object] | None = None,
        limits: Limits | None = None,
    ) -> Ran:
        """Ask for parts of an agent in a fresh copy of the image."""
        envelope = {
            "agent": agent,
            "member": "agent",
            "input": list(names),
            "context": dict(context or {}),
        }
        return self._called(envelope, limits, {})

    def hook(
        self,
        agent: str,
        name: str,
        given: Mapping[str, object],
        context: Mapping[str, object] | None = None,
        limits: Limits | None = None,
    ) -> Ran:
        """Call a hook of an agent in a fresh copy of the image."""
        envelope = {
            "agent": agent,
            "member": "hook",
            "input": [name, given],
            "context": dict(context or {}),
        }
        return self._called(envelope, limits, {})

    def _called(
        self, envelope: Mapping[str, object], limits: Limits | None, answers: Mapping[str, Answer]
    ) -> Ran:
        image = self.image
        assert image is not None, self.ran.outcome.failure
        text = json.dumps(envelope).encode()
        return self.sandbox.run(
            lambda: self.sandbox.call_from(
                image, text, limits or Limits(), lambda call: answers[str(call["capability"])](call)
            )
        )


def finish(instance: Instance, sink: Recorder, state: Outcome | Waiting) -> Outcome:
    """Drive timers and answer host calls until the work has ended."""
    while isinstance(state, Waiting):
        result = sink.result()
        if result is not None:
            state = instance.deliver(result, time.monotonic(), 1)
            continue
        assert state.wake_in_s is not None, "the guest waits for a host that is not there"
        time.sleep(state.wake_in_s)
        state = instance.resume(NO_RESULTS)
    return state


TOOL_MODULE = "export const agents = {main: {tools: {t: {execute: async (input, ctx) => {%s}}}}};"
TOOL_SCRIPT = "exports.agents = {main: {tools: {t: {execute: async (input, ctx) => {%s}}}}};"


def run_body(
    sandbox: Sandbox, body: str, value: object = None, *, head: str = "", module: bool = True
) -> Ran:
    """Run the body of one tool, called with ``input`` and ``ctx``; ``head`` comes before it."""
    form = TOOL_MODULE if module else TOOL_SCRIPT
    return sandbox.load(head + form % body, module=module).call("t", value)
