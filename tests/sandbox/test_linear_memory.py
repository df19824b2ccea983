"""A reused mapping equals its image at the start of the next call."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toolrunner.domain import FailureKind, Limits, Outcome
from services.toolrunner.errors import GuestError
from services.toolrunner.guest.artifacts import read_artifacts
from services.toolrunner.sandbox.engine import SandboxEngine
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.instance import Instance, Waiting
from services.toolrunner.sandbox.linear_memory import MAX_KEPT
from services.toolrunner.sandbox.module_cache import ModuleCache
from services.toolrunner.sandbox.private_pages import PrivatePages
from tests.npm import BUILD
from tests.repeats import tries
from tests.sandbox.test_release import Silence

# Each leaves its traces in another part of memory: old objects, new ones, grown memory, tables of
# atoms and shapes, timers, the failure paths.
TOOLS = {
    "nothing": "return 1",
    "remember": "shared.push(input.text); globalThis.left = input.text; return shared.length",
    "prototypes": "Object.prototype[input.text || 'x'] = 1; Array.prototype.map = null; return 1",
    "grow": "const kept = []; for (let i = 0; i < 40; i++) kept.push('x'.repeat(5e4)+i); return 1",
    "grow_much": "globalThis.kept = new Uint8Array(8e6).fill(7); return kept.length",
    "scatter": "for (const each of old) each.mark = input.text; return old.length",
    "throw": "throw new TypeError(input.text)",
    "console": "for (let i = 0; i < 50; i++) console.log(input.text, i); return 1",
    "wait": "globalThis.left = 1; return new Promise(() => setTimeout(() => {}, 1e6))",
    "loop": "globalThis.left = 1; for (;;) {}",
    "deep": "const f = () => f() + 1; return f()",
    "out_of_memory": "const a = []; for (;;) a.push('y'.repeat(1e6) + a.length)",
}
PROGRAM = (
    "const shared = [], old = Array.from({length: 20000}, (_, i) => ({i}));\n"
    "const given = process.env.VALUE;\n"
    "export const agents = {main: {tools: {"
    + ",".join(f"{name}: {{execute: async (input) => {{{body}}}}}" for name, body in TOOLS.items())
    + "}}};"
)
# These calls run on the thread of the test, whose stack is smaller than that of a worker.
LIMITS = Limits(fuel=30_000_000, memory_bytes=48 * 2**20, stack_bytes=2**19)


def loaded(engine: SandboxEngine, program: str = PROGRAM, value: str = "") -> Image:
    """Load a program; with a value of a run, into an image of its own."""
    instance = Instance(engine, engine.base, Limits(), Silence())
    given = json.dumps({"env": {"VALUE": value}, "capabilities": []}).encode() if value else b""
    ended = instance.load(program.encode(), is_module=True, given=given)
    assert isinstance(ended, Outcome)
    assert ended.failure is None
    image = instance.snapshot()
    instance.close()
    return image


def called(engine: SandboxEngine, image: Image, tool: str, text: str = "") -> Outcome | Waiting:
    instance = Instance(engine, image, LIMITS, Silence())
    envelope = {"agent": "main", "tool": tool, "input": {"text": text}, "context": {}}
    more = {"toolCallId": "1", "capabilities": []}
    ended = instance.call(json.dumps(envelope | more).encode())
    instance.close()
    return ended


def start_of(engine: SandboxEngine, image: Image) -> bytes:
    """Return the memory that the next guest starts with."""
    instance = Instance(engine, image, LIMITS, Silence())
    started = instance.snapshot()
    instance.close()
    return ctypes.string_at(started.address, started.memory_bytes)


def contents(image: Image) -> bytes:
    return ctypes.string_at(image.address, image.memory_bytes)


def mapped() -> int:
    """Return how many guests' memories this process has mapped."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return sum("memfd:image" in line and " rw-p " in line for line in lines)


@pytest.fixture(scope="module", params=["scan", "read"])
def way(request: pytest.FixtureRequest) -> str:
    """How private pages are found."""
    return str(request.param)


@pytest.fixture(scope="module")
def engine(way: str) -> Iterator[SandboxEngine]:
    pages = PrivatePages(scans=way == "scan")
    yield SandboxEngine(read_artifacts(), ModuleCache(BUILD / "compiled"), pages)
    pages.close()


@pytest.fixture(scope="module")
def image(engine: SandboxEngine, way: str) -> Image:
    """Return an image of one run alone, or one that runs share."""
    return loaded(engine, value="value-of-one-run" if way == "scan" else "")


def test_kernel_reports_private_pages_here(engine: SandboxEngine, image: Image) -> None:
    """Otherwise the tests below would prove nothing."""
    if not PrivatePages().known:
        pytest.skip("this kernel does not tell which pages are private: no mapping is kept here")
    called(engine, image, "nothing")
    called(engine, image, "nothing")
    assert mapped() >= 1


@tries(25, soak=500)
@given(calls=st.lists(st.tuples(st.sampled_from(sorted(TOOLS)), st.text(max_size=300)), max_size=6))
def test_no_random_call_leaves_anything(
    engine: SandboxEngine, image: Image, calls: list[tuple[str, str]]
) -> None:
    for tool, text in calls:
        called(engine, image, tool, text)
    assert start_of(engine, image) == contents(image)


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_call_leaves_nothing(engine: SandboxEngine, image: Image, tool: str) -> None:
    for _ in range(3):
        called(engine, image, tool, "secret-of-one-call")
        start = start_of(engine, image)
        assert start == contents(image)
        assert b"secret-of-one-call" not in start


def test_value_of_a_run_is_in_its_own_image_alone(engine: SandboxEngine) -> None:
    values = [f"value-of-run-{secrets.token_hex(8)}" for _ in range(2)]
    images = {value: loaded(engine, value=value) for value in ("", *values)}
    for own, image in [*images.items(), ("", engine.base)]:
        if image is not engine.base:
            called(engine, image, "scatter", "text")
        for memory in (contents(image), start_of(engine, image)):
            assert [value for value in values if value.encode() in memory] == [own] * (own != "")
    for image in images.values():
        engine.drop(image)


def test_concurrent_guests_do_not_share_memory(engine: SandboxEngine, image: Image) -> None:
    first = Instance(engine, image, LIMITS, Silence())
    assert isinstance(first.call(envelope_of("wait")), Waiting)
    second = called(engine, image, "remember", "mine")
    assert isinstance(second, Outcome)
    assert second.output_json == "1"
    first.close()
    assert start_of(engine, image) == contents(image)


def test_concurrent_guests_leave_few_mappings(engine: SandboxEngine, image: Image) -> None:
    gc.collect()
    engine.drop(image)
    others = mapped()
    waiting = [Instance(engine, image, LIMITS, Silence()) for _ in range(3 * MAX_KEPT)]
    for each in waiting:
        assert isinstance(each.call(envelope_of("wait")), Waiting)
    assert mapped() == others + 3 * MAX_KEPT
    for each in waiting:
        each.close()
    assert mapped() <= others + MAX_KEPT
    for _ in range(2 * MAX_KEPT):
        assert isinstance(called(engine, image, "nothing"), Outcome)
    assert mapped() <= others + MAX_KEPT


def test_dropped_image_leaves_no_mapping(engine: SandboxEngine) -> None:
    other = loaded(engine, "export const agents = {main: {tools: {t: {execute: () => 1}}}}")
    called(engine, other, "t")
    before = mapped()
    engine.drop(other)
    assert mapped() == before - 1


def test_dropped_engine_leaves_no_mapping() -> None:
    gc.collect()
    before = mapped()
    engine = SandboxEngine(read_artifacts(), ModuleCache(BUILD / "compiled"))
    image = loaded(engine)
    called(engine, image, "nothing")
    assert mapped() > before
    del engine
    gc.collect()
    assert mapped() == before


def test_each_call_gets_its_own_mapping_without_kernel_support() -> None:
    pages = PrivatePages()
    pages.close()
    blind = SandboxEngine(read_artifacts(), ModuleCache(BUILD / "compiled"), pages)
    before = mapped()
    image = loaded(blind)
    for tool in ("remember", "remember", "grow_much"):
        ended = called(blind, image, tool, "text")
        assert isinstance(ended, Outcome)
        assert ended.failure is None
        assert mapped() == before
    assert start_of(blind, image) == contents(image)


def test_memory_refuses_out_of_range_access(engine: SandboxEngine, image: Image) -> None:
    store = engine.new_store(2**25, 1000)
    said: list[int] = []
    emit = engine.emit_function(store, Says(said).add)
    memory = engine.instantiate(store, image, emit).memory
    for pointer, length in ((memory.size, 1), (0, memory.size + 1), (-1, 1), (0, -1)):
        with pytest.raises(GuestError, match="outside its memory"):
            memory.read(pointer, length)
    with pytest.raises(GuestError, match="outside its memory"):
        memory.write(memory.size - 1, b"12")
    store.close()


class Says:
    """What a guest's import is."""

    def __init__(self, said: list[int]) -> None:
        self._said = said

    def add(self, kind: int, _pointer: int, _length: int) -> None:
        """Keep the kind of a message."""
        self._said.append(kind)


def test_machine_without_memory_refuses_one_guest(engine: SandboxEngine, image: Image) -> None:
    with pytest.raises(GuestError, match="no memory left"):
        Instance(engine, Unmappable(image), LIMITS, Silence())
    assert isinstance(called(engine, image, "nothing"), Outcome)


class Unmappable(Image):
    """An image whose file cannot be mapped any more."""

    def __init__(self, like: Image) -> None:
        super().__init__(like.memory_bytes, [])
        reader, writer = os.pipe()
        os.dup2(reader, self.file)  # a pipe has no pages
        os.close(reader)
        os.close(writer)


def envelope_of(tool: str) -> bytes:
    envelope = {"agent": "main", "tool": tool, "input": {}, "context": {}}
    return json.dumps(envelope | {"toolCallId": "1", "capabilities": []}).encode()


def test_stopped_call_leaves_no_mapping(engine: SandboxEngine, image: Image) -> None:
    before = mapped()
    ended = called(engine, image, "loop")
    assert isinstance(ended, Outcome)
    assert ended.failure is not None
    assert ended.failure.kind is FailureKind.FUEL_EXHAUSTED
    assert mapped() <= before
