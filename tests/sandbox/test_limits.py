"""Limits that the sandbox enforces whatever a guest claims: linear memory and host calls."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import wasmtime

from services.toolrunner.domain import ConsoleLevel, FailureKind, Limits, Outcome
from services.toolrunner.guest.artifacts import GuestArtifacts
from services.toolrunner.sandbox import abi
from services.toolrunner.sandbox.engine import SandboxEngine
from services.toolrunner.sandbox.instance import Instance, Waiting
from services.toolrunner.sandbox.module_cache import ModuleCache

PAGE = abi.WASM_PAGE_BYTES
LIMITS = Limits(memory_bytes=20 * PAGE, fuel=100_000_000, host_calls=3, host_calls_in_flight=2)

# Asks as often as it is entered, or as often as its input says; then it waits for the host.
GUEST = """
(module
  (import "env" "memory" (memory 2))
  (import "caisson" "emit" (func $emit (param i32 i32 i32)))
  (data (i32.const 1024) "{\\"id\\":1,\\"capability\\":\\"fetch\\"}")
  (func (export "_initialize"))
  (func (export "caisson_input") (param i32) (result i32) (i32.const 4096))
  (func (export "caisson_boot") (param i64) (result i32) (i32.const 0))
  (func $ask (call $emit (i32.const 3) (i32.const 1024) (i32.const 29)))
  (func $grow
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))))
  (func (export "caisson_load") (param i32 i64 i64 i64 i64 i64) (result i64)
    (call $grow)
    (call $emit (i32.const 4) (i32.const 0) (i32.const 0))
    (i64.const -1))
  (func (export "caisson_call") (param i64 i64 i64 i64 i64) (result i64)
    (local $left i32)
    (local.set $left (i32.sub (i32.load8_u (i32.const 4116)) (i32.const 48)))
    (loop $more
      (call $ask)
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $more (i32.gt_s (local.get $left) (i32.const 0))))
    (i64.const -2))
  (func (export "caisson_resume") (param i64) (result i64)
    (call $ask)
    (i64.const -2)))
"""


class Kept:
    """A sink that counts."""

    def __init__(self) -> None:
        self.asked = 0

    def console(self, level: ConsoleLevel, text: str) -> None:
        raise AssertionError(text)

    def host_call(self, input_json: str) -> None:
        self.asked += 1


@pytest.fixture(scope="module")
def engine() -> SandboxEngine:
    artifacts = GuestArtifacts(bytes(wasmtime.wat2wasm(GUEST)), b"the prelude's text")
    return SandboxEngine(artifacts, ModuleCache(None))


def lie(instance: Instance, step: Outcome | Waiting) -> str:
    """Return the message of a guest whose sandbox was discarded."""
    assert isinstance(step, Outcome), step
    assert step.failure is not None
    assert step.failure.kind is FailureKind.RUNNER_LOST
    assert step.usage.host_calls <= instance.limits.host_calls
    assert step.usage.fuel > 0
    return step.failure.message


def test_linear_memory_stops_growing_at_its_limit(engine: SandboxEngine) -> None:
    for pages in range(2, 12):
        limits = replace(LIMITS, memory_bytes=pages * PAGE + pages)
        outcome = Instance(engine, engine.base, limits, Kept()).load(b"", True)
        assert isinstance(outcome, Outcome)
        assert outcome.usage.peak_memory_bytes == pages * PAGE


def test_image_over_memory_limit_is_not_started(engine: SandboxEngine) -> None:
    limits = replace(LIMITS, memory_bytes=PAGE)
    outcome = Instance(engine, engine.base, limits, Kept()).call(b"1")
    assert isinstance(outcome, Outcome)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.MEMORY_EXCEEDED
    assert outcome.usage.peak_memory_bytes <= PAGE


def test_guest_with_too_many_host_calls_in_flight_is_discarded(engine: SandboxEngine) -> None:
    sink = Kept()
    instance = Instance(engine, engine.base, LIMITS, sink)
    assert "in flight" in lie(instance, instance.call(b"3"))
    assert sink.asked == 2


def test_guest_with_too_many_host_calls_is_discarded(engine: SandboxEngine) -> None:
    sink = Kept()
    instance = Instance(engine, engine.base, LIMITS, sink)
    step = instance.call(b"1")
    for _ in range(2):
        assert isinstance(step, Waiting)
        step = instance.deliver(b"{}", time.monotonic(), 1)
    assert isinstance(step, Waiting)
    assert "more host calls" in lie(instance, instance.deliver(b"{}", time.monotonic(), 1))
    assert sink.asked == 3


def test_unrequested_answers_make_no_room(engine: SandboxEngine) -> None:
    limits = replace(LIMITS, host_calls=100)
    instance = Instance(engine, engine.base, limits, Kept())
    assert isinstance(instance.call(b"2"), Waiting)
    assert "in flight" in lie(instance, instance.resume(b"{}"))


def test_host_wait_time_adds_up(engine: SandboxEngine) -> None:
    limits = replace(LIMITS, host_calls=100, host_wait_s=10.0)
    instance = Instance(engine, engine.base, limits, Kept())
    step = instance.call(b"1")
    assert isinstance(step, Waiting)
    assert step.host_wait_s == 10.0
    step = instance.deliver(b"{}", time.monotonic() + 4.0, 1)
    assert isinstance(step, Waiting)
    assert step.host_wait_s is not None
    assert 5.0 < step.host_wait_s <= 6.0
    step = instance.deliver(b"{}", time.monotonic() + 4.0, 1)
    assert isinstance(step, Waiting)
    assert step.host_wait_s is not None
    assert step.host_wait_s <= 2.0


def test_stack_below_minimum_runs_nothing(engine: SandboxEngine) -> None:
    limits = replace(LIMITS, stack_bytes=abi.LEAST_STACK_BYTES - 1)
    sink = Kept()
    outcome = Instance(engine, engine.base, limits, sink).call(b"1")
    assert isinstance(outcome, Outcome)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.STACK_OVERFLOW
    assert sink.asked == 0


def test_limits_are_written_as_guest_reads_them() -> None:
    assert abi.LIMITS.size == abi.LIMITS_BYTES
