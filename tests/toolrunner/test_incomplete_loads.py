"""A program whose top level fails halfway is loaded once more, and what it made can be called."""

from __future__ import annotations

import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.toolrunner.clients import Runner, runner_process, tool_stream

SOURCE = b"""
console.log("before");
const tool = (execute) => ({ execute });
export const agents = { main: { tools: { early: tool(() => 1) } } };
const made = missing();
console.log("between");
agents.main.tools.late = tool(() => 2);
agents.main.tools.needs = tool(() => made.x);
await new Promise(() => {});
console.log("after");
"""


async def test_opened_names_the_statements_and_what_there_is(runner: Runner) -> None:
    for warm in (False, True):
        async with tool_stream(runner.address) as stream:
            opened = (await stream.open(SOURCE)).opened
            assert opened.warm is warm
            incomplete = opened.incomplete
            assert [each.place for each in incomplete.faults] == ["bundle.js:5:7", "bundle.js:9:1"]
            assert incomplete.faults[0].failure.kind == pb.FAILURE_KIND_LOAD_FAILED
            assert [(each.key, list(each.tools)) for each in incomplete.agents] == [
                ("main", ["early", "late", "needs"])
            ]
            assert [(each.tool, each.reason, each.fault) for each in incomplete.unusable] == [
                ("needs", pb.UNUSABLE_REASON_USES_UNMADE, 1)
            ]
            if not warm:
                assert [line.text for line in opened.console] == ["before", "between", "after"]
            assert (await stream.run("early", agent="main")).output == "1"
            assert (await stream.run("late", agent="main")).output == "2"
            failed = await stream.run("needs", agent="main")
            assert failed.kind == "LOAD_FAILED"
            assert "bundle.js:5:7" in failed.message


UNUSABLE = b"""
const made = missing();
const query = (text) => made.query(text);
const guarded = { execute: () => 1 };
const agent = (tools) => ({ tools });
guardAll(guarded);
export const agents = {
  main: agent({
    good: { execute: () => 1 }, unmade: made.tool, inner: { execute: made.run }, guarded,
    direct: { execute: () => made.x }, deeper: { invoke: () => query(1) }, factory: () => made,
  }),
  list: agent([{ name: "one", execute: () => made }, { name: "two", execute: () => 2 }]),
  byId: agent([{ id: "one", execute: () => made }, { id: "two", execute: () => 2 }]),
};
secure(agents.list);
"""


async def test_opened_names_what_cannot_be_used_and_why(runner: Runner) -> None:
    async with tool_stream(runner.address) as stream:
        incomplete = (await stream.open(UNUSABLE)).opened.incomplete
    reasons = pb.UnusableReason
    told = {
        f"{each.agent}.{each.tool}": (reasons.Name(each.reason)[16:], each.fault)
        for each in incomplete.unusable
    }
    assert told == {
        "main.unmade": ("NOT_MADE", 1),
        "main.inner": ("NOT_MADE", 1),
        "main.guarded": ("NOT_CHANGED", 2),
        "main.direct": ("USES_UNMADE", 1),
        "main.deeper": ("USES_UNMADE", 1),
        "main.factory": ("USES_UNMADE", 1),
        "list.": ("NOT_CHANGED", 3),
        "byId.one": ("USES_UNMADE", 1),
    }
    assert [(each.key, list(each.tools)) for each in incomplete.agents] == [
        ("main", ["good", "direct", "deeper", "factory"]),
        ("list", []),
        ("byId", ["one", "two"]),
    ]


async def test_whole_load_says_nothing(runner: Runner) -> None:
    async with tool_stream(runner.address) as stream:
        opened = (await stream.open(b"export const agents = {};")).opened
        assert not opened.HasField("incomplete")


async def test_strict_runner_refuses_a_program_whose_top_level_fails() -> None:
    with runner_process(workers="1", strict_loads="true") as strict:
        for source in (SOURCE, b"export const agents = {}; missing();"):
            async with tool_stream(strict.address) as stream:
                failure = (await stream.open(source)).load_failed.failure
                assert failure.kind == pb.FAILURE_KIND_LOAD_FAILED
                assert "CAISSON_TOOLRUNNER_STRICT_LOADS" in failure.message
        async with tool_stream(strict.address) as stream:
            assert (await stream.open(b"export const agents = {};")).HasField("opened")


@pytest.mark.parametrize("source", [b"throw new Error('no');", b"export const x = 1; missing();"])
async def test_program_that_made_no_agent_fails_to_load(runner: Runner, source: bytes) -> None:
    async with tool_stream(runner.address) as stream:
        assert (await stream.open(source)).load_failed.failure.kind == pb.FAILURE_KIND_LOAD_FAILED


@pytest.mark.parametrize(
    "statement",
    [
        "const made = JSON.parse(process.env.CONFIG);",
        "const made = JSON.parse('');",
        "const read = (text) => JSON.parse(text), made = read('{');",
        "const made = new RegExp('(');",
        "const made = BigInt('x');",
        "const made = new Function('return (');",
        "throw new SyntaxError('no');",
    ],
)
async def test_syntax_error_of_what_a_program_reads_is_no_end(
    runner: Runner, statement: str
) -> None:
    source = "export const agents = { main: { tools: { early: { execute: () => 1 } } } };\n"
    async with tool_stream(runner.address) as stream:
        assert (await stream.open((source + statement).encode())).opened.HasField("incomplete")
        assert (await stream.run("early", agent="main")).output == "1"
