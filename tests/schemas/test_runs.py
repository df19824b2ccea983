"""Schemas and inputs of strangers neither hang a run nor keep others waiting."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.agent.tool_inputs import AgentTools, InvalidCall, ToolCatalogue
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import ToolCall, ToolMessage
from services.executor.domain import JsonObject
from services.executor.errors import LimitError, RequestError, RunTimeoutError
from services.executor.events import (
    Abort,
    AbortCause,
    Error,
    Finish,
    RunStarted,
    ToolInputError,
    ToolOutputAvailable,
)
from services.executor.limits import DeploymentLimits, RunLimits
from services.executor.schemas.scripted import LocalSchemas
from tests.executor.builders import (
    ADD_SCHEMA,
    add,
    agent,
    bundle,
    calls,
    of_kind,
    says,
    stage,
    tool,
)
from tests.schemas.costly import (
    ENDLESS,
    ENDLESS_INPUT,
    FOLDED,
    TREE,
    check_processes,
    doubling,
    pool,
    resident_bytes,
    tree,
    watched_loop,
)

MIB = 1024 * 1024
ADD_INPUT = '{"a":1,"b":2}'
# What the event loop may be kept busy in one go, the imports of first runs and a loaded machine
# allowed for; before, each of these took seconds, or never ended.
LAG_S = 0.1
ENDLESS_TOOL = tool("endless", ENDLESS)


async def ran(given: JsonObject, context: JsonObject, console: Any) -> str:
    return "ran"


def patterned(count: int) -> JsonObject:
    return {
        "type": "object",
        "properties": {f"a{i}": {"type": "string", "pattern": FOLDED} for i in range(count)},
    }


REFUSED = {
    "doubling": doubling(40),
    "doubling-all": doubling(40, "allOf"),
    "patterns": patterned(500),
}


async def warmed() -> None:
    """Make what only the first run pays for."""
    await stage(says("hi"), tools=[tool("add", ADD_SCHEMA)]).run()


@pytest.mark.parametrize("name", REFUSED)
async def test_only_the_costly_tool_is_disabled(name: str) -> None:
    await warmed()
    before = resident_bytes()
    async with pool() as schemas, watched_loop() as lag:
        bad = tool("bad", REFUSED[name])
        scene = stage(
            calls(("c1", "add", ADD_INPUT)),
            says("3"),
            tools=[bad, tool("add", ADD_SCHEMA)],
            runner=ScriptedRunner({"add": add}),
            schemas=schemas,
        )
        events = await scene.run()
    assert of_kind(events, ToolOutputAvailable)[0].output == {"sum": 3}
    assert [item.key for item in scene.model.queries[0].tools] == ["add"]
    (told,) = of_kind(events, RunStarted)[0].diagnostics
    assert told.path == "agents.main.tools.bad.inputSchema"
    assert "The tool is left out: its input schema cannot be used" in told.reason
    assert lag.worst_s < LAG_S
    assert resident_bytes() - before < 64 * MIB


@pytest.mark.parametrize("name", REFUSED)
async def test_costly_answer_schema_is_refused(name: str) -> None:
    await warmed()
    before = resident_bytes()
    async with pool() as schemas, watched_loop() as lag:
        with pytest.raises(RequestError, match="answer's schema cannot be used") as caught:
            await stage(says("never"), schemas=schemas).run(output_schema=REFUSED[name])
    assert caught.value.violations[0].field == "spec.output_schema"
    assert lag.worst_s < LAG_S
    assert resident_bytes() - before < 64 * MIB


async def test_costly_pattern_is_compiled_in_a_process() -> None:
    await warmed()
    before = resident_bytes()
    async with pool() as schemas, watched_loop() as lag:
        scene = stage(says('{"a0": "z"}'), schemas=schemas)
        finish = of_kind(await scene.run(output_schema=patterned(1)), Finish)[0]
    assert finish.output == ({"a0": "z"},)
    assert lag.worst_s < LAG_S
    assert resident_bytes() - before < 16 * MIB


@pytest.mark.parametrize("depth", [14, 60, 300])
async def test_recursive_schema_accepts_deep_inputs(depth: int) -> None:
    await warmed()
    right = json.dumps(tree(depth, 1))
    async with pool() as schemas, watched_loop() as lag:
        scene = stage(
            calls(("c1", "grow", right)),
            says("done"),
            tools=[tool("grow", TREE)],
            runner=ScriptedRunner({"grow": ran}),
            schemas=schemas,
        )
        events = await scene.run()
    assert of_kind(events, ToolOutputAvailable)[0].output == "ran"
    assert lag.worst_s < LAG_S


async def test_invalid_deep_input_is_reported_and_not_run() -> None:
    await warmed()
    wrong = json.dumps(tree(14, "x"))
    async with pool(timeout_s=1.0) as schemas, watched_loop() as lag:
        scene = stage(
            calls(("c1", "grow", wrong)),
            says("done"),
            tools=[tool("grow", TREE)],
            runner=ScriptedRunner({"grow": ran}),
            schemas=schemas,
        )
        events = await scene.run()
    assert not scene.runner.calls
    assert "does not fit the tool's schema" in of_kind(events, ToolInputError)[0].error_text
    assert lag.worst_s < LAG_S


async def test_slow_input_check_is_reported_to_model_and_tool_not_run() -> None:
    await warmed()
    async with pool(timeout_s=0.4) as schemas, watched_loop() as lag:
        scene = stage(
            calls(("c1", "endless", ENDLESS_INPUT), ("c2", "add", ADD_INPUT)),
            says("done"),
            tools=[ENDLESS_TOOL, tool("add", ADD_SCHEMA)],
            runner=ScriptedRunner({"add": add, "endless": ran}),
            schemas=schemas,
        )
        events = await scene.run()
    assert [call.tool for call in scene.runner.calls] == ["add"]
    told = scene.model.queries[1].messages[-2]
    assert isinstance(told, ToolMessage)
    assert "takes too long to check against the tool's schema" in told.text
    assert "Send a smaller or flatter one" in told.text
    assert of_kind(events, Finish)
    assert lag.worst_s < LAG_S


async def test_slow_answer_check_is_reported_to_client() -> None:
    async with pool(timeout_s=0.4) as schemas:
        events = await stage(says(ENDLESS_INPUT), schemas=schemas).run(output_schema=ENDLESS)
    error = of_kind(events, Error)[0].error
    assert isinstance(error, LimitError)
    assert "could not be checked" in error.message
    assert "takes more than 0.4 s" in error.message


@pytest.mark.parametrize("how", ["cancel", "close", "time", "stop"])
async def test_ended_run_cancels_its_check(how: str) -> None:
    async with pool(timeout_s=600.0) as schemas:
        await schemas.compile(b"{}", OWN_PROCESS)
        (before,) = check_processes()  # it will make the check
        scene = stage(
            calls(("c1", "endless", ENDLESS_INPUT)),
            says("never"),
            tools=[ENDLESS_TOOL],
            schemas=schemas,
            limits=DeploymentLimits(timeout_s=1.0 if how == "time" else 600.0),
        )
        run = await scene.start(limits=RunLimits())
        loop = asyncio.get_running_loop()
        began = loop.time()
        reading = asyncio.create_task(_all_of(run))
        await asyncio.sleep(0.5)
        if how == "cancel":
            run.abort(AbortCause.CLIENT_CANCELLED)
        elif how == "stop":
            run.abort(AbortCause.SHUTDOWN)
        elif how == "close":
            reading.cancel()
        await asyncio.wait([reading], timeout=60)
        events = [] if reading.cancelled() else reading.result()
        assert loop.time() - began < 30.0
        if how == "time":
            assert isinstance(of_kind(events, Error)[0].error, RunTimeoutError)
        elif how != "close":
            assert of_kind(events, Abort)
        assert (await schemas.check(b"{}", "1", "input", OWN_PROCESS)).compact == "1"
        assert before not in check_processes()
        assert len(check_processes()) == 1
    assert not scene.runner.calls


async def _all_of(run: Any) -> list[Any]:
    return [event async for event in run.events()]


async def test_many_calls_in_one_step_do_not_block_others() -> None:
    await warmed()
    items = json.dumps({"items": ["x" * 10] * 500})
    schema: JsonObject = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "string"}}},
    }
    wanted = [(f"c{number}", "take", items) for number in range(120)]
    async with pool() as schemas, watched_loop() as lag:
        tools = await AgentTools.made(agent(tool("take", schema)), schemas, OWN_PROCESS)
        for call_id, name, text in wanted:
            await asyncio.sleep(0)
            await tools.check(ToolCall(call_id, name, text), OWN_PROCESS)
    assert lag.worst_s < LAG_S


@pytest.mark.parametrize(
    "text",
    [
        "[" + ",".join(["[]"] * 300_000) + "]",
        "[" * 1_000_000,
        "[" + ",".join(["9" * 4000] * 200) + "]",
        "9" * 1_000_000,
        json.dumps({"a": "x" * 1_000_000}),
        json.dumps([1] * 500_000),
    ],
    ids=["lists", "deep", "digits", "number", "string", "numbers"],
)
async def test_large_inputs_do_not_block_others(text: str) -> None:
    await warmed()
    async with pool() as schemas:
        tools = await AgentTools.made(agent(tool("take", {"type": "object"})), schemas, OWN_PROCESS)
        await tools.check(ToolCall("c", "take", "[" * 9000), OWN_PROCESS)
        async with watched_loop() as lag:
            await tools.check(ToolCall("c", "take", text), OWN_PROCESS)
    assert lag.worst_s < LAG_S


async def test_unsendable_input_is_reported_to_model() -> None:
    tools = await AgentTools.made(
        agent(tool("take", {"type": "object"})), LocalSchemas(), OWN_PROCESS
    )
    for text, words in ((r'{"a": "\ud800"}', "surrogate"), ('{"a": 1e999}', "double")):
        checked = await tools.check(ToolCall("c", "take", text), OWN_PROCESS)
        assert isinstance(checked, InvalidCall)
        assert words in checked.error_text


async def test_schema_parts_of_an_agent_are_limited() -> None:
    wide: JsonObject = {
        "type": "object",
        "properties": {f"p{i}": {"type": "string"} for i in range(2500)},
    }
    many = agent(*(tool(f"t{i}", wide) for i in range(6)))
    tools = await AgentTools.made(many, LocalSchemas(), OWN_PROCESS)
    assert list(tools.offered) == ["t0", "t1", "t2"]
    assert "parts together" in tools.diagnostics[0].reason
    assert [item.path.split(".")[3] for item in tools.diagnostics] == ["t3", "t4", "t5"]


async def test_catalogue_is_bounded_in_bytes() -> None:
    catalogue = ToolCatalogue(LocalSchemas(), most_bytes=4 * MIB)
    before = resident_bytes()
    for number in range(300):
        schema: JsonObject = {
            "type": "object",
            "properties": {
                f"p{number}_{i}": {"type": "string", "pattern": f"^[a-z]{{1,9}}{i}$"}
                for i in range(12)
            },
        }
        await catalogue.tools_of(f"sha256:{number}", agent(tool("t", schema)), OWN_PROCESS)
        assert catalogue.held_bytes <= 4 * MIB
    assert resident_bytes() - before < 32 * MIB


async def test_catalogue_keeps_recently_used_schemas() -> None:
    catalogue = ToolCatalogue(LocalSchemas())
    one = agent(tool("t", ADD_SCHEMA))
    assert await catalogue.tools_of("d", one, OWN_PROCESS) is await catalogue.tools_of(
        "d", one, OWN_PROCESS
    )


async def test_error_names_answer_schema_of_bundle() -> None:
    bundles = FixedBundles(bundle(agent(output_schema=doubling(40))))
    with pytest.raises(RequestError, match="bundle's own answer schema"):
        await stage(says("never"), bundles=bundles).run()
