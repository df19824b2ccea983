"""Every call starts in a fresh sandbox; no state crosses between calls."""

from __future__ import annotations

import json

from tests.toolrunner.clients import Runner, opened_stream
from tests.toolrunner.programs import TOOLS, tool_program


async def test_no_state_crosses_from_call_to_call(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        for _ in range(5):
            assert json.loads((await stream.run("count")).output) == [1, 1]


async def test_calls_do_not_share_random_numbers(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        seen = [json.loads((await stream.run("random")).output) for _ in range(10)]
        assert len({number for number, _ in seen}) == 10
        assert len({uuid for _, uuid in seen}) == 10


async def test_failed_call_leaves_no_trace(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        for tool in ("hoards", "recurses", "throws", "never"):
            await stream.run(tool)
            assert (await stream.run("echo", "1")).output == "1"


async def test_changed_prototypes_do_not_outlive_the_call(runner: Runner) -> None:
    source = tool_program(
        """
        const before = [Array.prototype.map.length, JSON.stringify({a: 1})];
        Array.prototype.map = () => "poisoned";
        JSON.stringify = () => "poisoned";
        Promise.prototype.then = () => {};
        return before;
        """
    )
    async with opened_stream(runner.address, source) as stream:
        first, second = await stream.run("run"), await stream.run("run")
        assert first.result.WhichOneof("outcome") == second.result.WhichOneof("outcome")


async def test_programs_do_not_see_each_other(runner: Runner) -> None:
    writes = tool_program(
        "globalThis.secret = 'mine'; return 1;", before="globalThis.top = 'mine';"
    )
    reads = tool_program("return [typeof globalThis.secret, typeof globalThis.top];")
    async with (
        opened_stream(runner.address, writes) as first,
        opened_stream(runner.address, reads) as second,
    ):
        await first.run("run")
        assert json.loads((await second.run("run")).output) == ["undefined", "undefined"]
