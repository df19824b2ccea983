"""The limits that the guest enforces itself, down to the smallest stack and heap."""

from __future__ import annotations

from itertools import product

import pytest

from services.toolrunner.domain import MIB, Limits
from services.toolrunner.sandbox import abi
from tests.guest.sandboxed import TOOL_MODULE, Ran, Sandbox
from tests.repeats import some

HOARDS = {
    "objects": "const all = []; for (;;) all.push({ all })",
    "strings": "const all = []; for (let i = 0; ; i++) all.push('x'.repeat(1000) + i)",
    "long string": "let text = 'x'; for (;;) text = JSON.stringify(text + text)",
    "array": "const all = []; for (let i = 0; ; i++) all[i] = i",
    "buffers": "const all = []; for (;;) all.push(new ArrayBuffer(1 << 16))",
    "one buffer": "return new ArrayBuffer(1 << 30).byteLength",
    "map": "const all = new Map(); for (let i = 0; ; i++) all.set(i, i)",
    "closures": "const all = []; for (;;) all.push(() => all)",
    "promises": "for (const all = []; ; ) all.push(new Promise(() => {}))",
    "microtasks": "const flood = () => { Promise.resolve().then(flood); flood(); }; "
    "for (;;) Promise.resolve().then(() => {})",
}

OVERFLOWS = {
    "calls": "const down = () => down() + 1; return down()",
    "getters": "const o = { get a() { return o.a; } }; return o.a",
    "proxies": "const o = new Proxy({}, { get: () => o.a }); return o.a",
    "constructors": "class A { constructor() { this.a = new A(); } } return new A()",
    "sorting": "const down = () => [2, 1].sort(down); return down()",
    "in an async function": "const down = async () => down(); return down()",
    "JSON": "let text = '['.repeat(600000); return JSON.parse(text)",
    "toString": "const o = { toString: () => String(o) }; return String(o)",
    "caught and thrown": (
        "const down = () => { try { return down(); } catch (e) { throw e; } }; return down()"
    ),
}
SIZES = (abi.LEAST_STACK_BYTES, 300_000, abi.STACK_BYTES)


def run(sandbox: Sandbox, body: str, limits: Limits) -> Ran:
    return sandbox.load(TOOL_MODULE % body).call("t", limits=limits)


@pytest.mark.parametrize(("name", "mib"), some([*product(HOARDS, (6, 11, 24))], every=2))
def test_heap_never_exceeds_its_limit(sandbox: Sandbox, name: str, mib: int) -> None:
    # The guest's malloc rounds up: much more linear memory than heap may be needed.
    limits = Limits(heap_bytes=mib * MIB, memory_bytes=192 * MIB, fuel=20_000_000_000)
    ran = run(sandbox, HOARDS[name], limits)
    assert ran.kind == "MEMORY_EXCEEDED", ran.failure
    assert f"{mib} MiB of JavaScript heap" in ran.failure.message


def test_heap_full_in_last_microtask_is_reported(sandbox: Sandbox) -> None:
    # The engine silently drops a microtask that it has no room for: whether that comes first
    # depends on the exact heap size.
    loaded = sandbox.load(TOOL_MODULE % "for (;;) Promise.resolve().then(() => {})")
    for kib in range(12 * 1024, 26 * 1024, 1024 + 16):
        limits = Limits(heap_bytes=kib * 1024, memory_bytes=192 * MIB, fuel=20_000_000_000)
        assert loaded.call("t", limits=limits).kind == "MEMORY_EXCEEDED", kib


@pytest.mark.parametrize("mib", [21, 40])
@pytest.mark.parametrize("body", HOARDS.values(), ids=HOARDS)
def test_linear_memory_never_exceeds_its_limit(sandbox: Sandbox, body: str, mib: int) -> None:
    ran = run(sandbox, body, Limits(memory_bytes=mib * MIB, fuel=20_000_000_000))
    assert ran.kind == "MEMORY_EXCEEDED", ran.failure
    assert f"{mib} MiB of memory" in ran.failure.message
    assert ran.outcome.usage.peak_memory_bytes <= mib * MIB


def test_loop_that_survives_lack_of_memory_is_stopped(sandbox: Sandbox) -> None:
    # An async function turns the error into a rejection, so the loop does not notice it. Where the
    # engine stops it then depends on the exact size of the memory.
    body = (
        "const never = new Promise(() => {}); const wait = async (data) => { await never; }; "
        "for (;;) wait(new Array(10).fill(1))"
    )
    loaded = sandbox.load(TOOL_MODULE % body)
    for kib in range(80 * 1024, 86 * 1024, 307):
        limits = Limits(memory_bytes=kib * 1024, fuel=4_000_000_000)
        assert loaded.call("t", limits=limits).kind == "MEMORY_EXCEEDED", kib


def test_tool_with_a_schema_and_a_locale_runs_in_32_mib(sandbox: Sandbox) -> None:
    head = "import {z} from 'zod'; const schema = z.object({price: z.number()});"
    body = "return schema.parse(input).price.toLocaleString('de-DE')"
    loaded = sandbox.load(head + TOOL_MODULE % body)
    ran = loaded.call("t", {"price": 1234.5}, limits=Limits(memory_bytes=32 * MIB))
    assert ran.value == "1.234,5"


@pytest.mark.parametrize(("name", "size"), some([*product(OVERFLOWS, SIZES)], every=2))
def test_stack_never_exceeds_its_limit(sandbox: Sandbox, name: str, size: int) -> None:
    ran = run(sandbox, OVERFLOWS[name], Limits(stack_bytes=size))
    assert (ran.kind, ran.failure.name) == ("STACK_OVERFLOW", "RangeError")


def test_smallest_stack_runs_ordinary_tool(sandbox: Sandbox) -> None:
    body = "console.log({ a: [1, { b: 2 }] }); return [...new Set(input.words)].map(String).sort()"
    loaded = sandbox.load(TOOL_MODULE % body)
    limits = Limits(stack_bytes=abi.LEAST_STACK_BYTES)
    assert loaded.call("t", {"words": ["b", "a"]}, limits=limits).value == ["a", "b"]


def test_smallest_stack_reports_error_with_causes(sandbox: Sandbox) -> None:
    body = "const down = (n) => new Error('e' + n, n ? { cause: down(n - 1) } : {}); throw down(20)"
    ran = run(sandbox, body, Limits(stack_bytes=abi.LEAST_STACK_BYTES))
    assert (ran.kind, ran.failure.message) == ("THROWN", "e20")


def test_fuel_of_a_large_module_grows_with_its_size(sandbox: Sandbox) -> None:
    def fuel(variables: int) -> int:
        lines = (f"const v{at} = () => v{at + 1};" for at in range(variables))
        source = "\n".join(lines) + f"\nconst v{variables} = 1; export const agents = {{}};"
        return sandbox.load(source).ran.outcome.usage.fuel

    small = fuel(1_000)
    assert (fuel(16_000) - small) / (fuel(8_000) - small) < 2.6
