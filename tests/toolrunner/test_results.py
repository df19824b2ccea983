"""What a tool returns reaches the caller, and its console lines before it."""

from __future__ import annotations

import hashlib
import json

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.toolrunner.clients import Runner, opened_stream, tool_stream
from tests.toolrunner.programs import TOOLS, padded, tool_program


async def test_tool_returns_json(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        done = await stream.run("add", '{"a": 1, "b": 41}')
        assert json.loads(done.output) == {"sum": 42}
        assert done.result.usage.fuel > 0
        assert done.result.usage.wall_time.ToNanoseconds() > 0
        assert done.result.usage.peak_memory_bytes > 0


async def test_input_and_context_arrive_unchanged(runner: Runner) -> None:
    given = {"text": 'grüße 🚢 \u2028 "quoted"', "list": [1, 2.5, None, True], "deep": {"a": {}}}
    async with opened_stream(runner.address, TOOLS) as stream:
        done = await stream.run("echo", json.dumps(given))
        assert json.loads(done.output) == given
        context = {"sessionId": "s", "resourceId": "r", "extra": [1]}
        done = await stream.run("context", context_json=json.dumps(context))
        assert json.loads(done.output).items() >= context.items()


async def test_console_lines_come_before_the_result(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        call_id = await stream.start("talk")
        first, second, result = [await stream.receive() for _ in range(3)]
        assert first.console.text == "one"
        assert first.console.level == pb.CONSOLE_LEVEL_LOG
        assert first.console.time.seconds > 0
        assert second.console.text == "two"
        assert second.console.level == pb.CONSOLE_LEVEL_WARN
        assert result.result.call_id == call_id
        assert result.result.output_json == "2"


async def test_console_lines_are_sent_while_the_tool_runs(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        call_id = await stream.start("report")
        assert (await stream.receive()).console.text == "running"
        await stream.send(cancel=pb.Cancel(call_id=call_id))
        assert (await stream.end(call_id)).kind == "CANCELLED"


async def test_console_is_cut_at_its_limit(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        done = await stream.run("shout", limits=pb.Limits(console_bytes=250))
        assert [len(line) for line in done.lines[:3]] == [100, 100, 50]
        assert "limit" in done.lines[3]
        assert len(done.lines) == 4


async def test_timers_and_promises_settle(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        assert (await stream.run("later", '{"ms": 20}')).output == '"done"'
        assert json.loads((await stream.run("parallel")).output) == ["a", "b", 3]


async def test_calls_of_one_stream_run_concurrently(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        slow = await stream.start("later", '{"ms": 60000}')
        quick = [await stream.start("echo", str(number)) for number in range(20)]
        results = {}
        for _ in quick:
            result = (await stream.receive()).result
            results[result.call_id] = result.output_json
        assert results == {call_id: str(number) for number, call_id in enumerate(quick)}
        await stream.send(cancel=pb.Cancel(call_id=slow))
        assert (await stream.end(slow)).kind == "CANCELLED"


async def test_half_close_lets_calls_finish(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        call_id = await stream.start("later", '{"ms": 100}')
        await stream.call.done_writing()
        assert (await stream.end(call_id)).output == '"done"'
        assert (await stream.status()).name == "OK"


async def test_program_is_requested_once(runner: Runner) -> None:
    source = tool_program("return 'unique to test_program_is_requested_once'")
    async with tool_stream(runner.address) as stream:
        opened = (await stream.open(source)).opened
        assert not opened.warm
        assert opened.usage.fuel > 0
    async with tool_stream(runner.address) as stream:
        await stream.send(
            open=pb.Open(
                program_digest="sha256:" + hashlib.sha256(source).hexdigest(),
                format=pb.PROGRAM_FORMAT_MODULE,
            )
        )
        assert (await stream.receive()).opened.warm


async def test_program_in_several_chunks_is_loaded(runner: Runner) -> None:
    source = padded(tool_program("return 'large'"), 3 * 1024 * 1024 + 5)
    async with opened_stream(runner.address, source) as stream:
        assert (await stream.run("run")).output == '"large"'


async def test_commonjs_script_is_loaded(runner: Runner) -> None:
    source = b"""
    const { createAgent } = require("lightfast/agent");
    const { createTool } = require("lightfast/tool");
    const { z } = require("zod");
    const run = createTool({ description: "", inputSchema: z.any(), execute: async () => 7 });
    const demo = createAgent({ name: "demo", system: "", model: "m", tools: { run } });
    module.exports = { agents: { demo } };
    """
    async with opened_stream(runner.address, source, form="SCRIPT") as stream:
        assert (await stream.run("run")).output == "7"


async def test_opened_carries_top_level_console(runner: Runner) -> None:
    source = tool_program("return 1", before='console.info("loading", {a: 1});')
    async with tool_stream(runner.address) as stream:
        opened = (await stream.open(source)).opened
        (line,) = opened.console
        assert line.call_id == ""
        assert line.text.startswith("loading")
        assert line.level == pb.CONSOLE_LEVEL_INFO


async def test_streams_run_concurrently(runner: Runner) -> None:
    other = tool_program("return 'other'")
    async with (
        opened_stream(runner.address, TOOLS) as first,
        opened_stream(runner.address, other) as second,
    ):
        waiting = await first.start("later", '{"ms": 60000}')
        busy = await first.start("loops")
        assert (await second.run("run")).output == '"other"'
        for call_id in (waiting, busy):
            await first.send(cancel=pb.Cancel(call_id=call_id))
        ends = {(await first.receive()).result.call_id for _ in range(2)}
        assert ends == {waiting, busy}
