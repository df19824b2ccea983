"""A status without any event promises that nothing had effect; all else is told by events."""

from __future__ import annotations

from collections.abc import Callable

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo

from caisson.executor.v1.errors_pb2 import ErrorReason
from caisson.executor.v1.run_event_pb2 import RUN_STATE_FAILED, TOOL_OUTCOME_RETURNED
from services.executor.agent.scripted import ScriptedRunner
from services.executor.errors import ExecutorError
from services.executor.wire.status import code_of
from tests.executor.builders import ADD_SCHEMA, add, calls, stage, tool
from tests.executor.scripted_server import scripted

PREFIX = "ERROR_REASON_"
REASONS = [name.removeprefix(PREFIX) for name in ErrorReason.keys()[1:]]
ADDING = calls(("c", "add", '{"a":1,"b":2}'))
ADD = tool("add", ADD_SCHEMA)


def kinds() -> dict[str, type[ExecutorError]]:
    """An error of each reason."""
    found = [ExecutorError]
    for kind in found:
        found += kind.__subclasses__()
    return {kind.reason: kind for kind in reversed(found)}


@pytest.fixture(params=REASONS)
def error(request: pytest.FixtureRequest) -> Callable[[], ExecutorError]:
    kind = kinds()[request.param]
    return lambda: kind("It is so.")


async def test_a_request_that_cannot_start_has_no_event_and_no_effect(
    error: Callable[[], ExecutorError],
) -> None:
    scene = stage(ADDING, tools=[ADD], runner=ScriptedRunner({"add": add}))
    scene.bundles.error = error()
    async with scripted(scene) as client:
        outcome = await client.run(request_id="r1")
        again = await client.run(request_id="r1")
    assert (outcome.events, again.events) == ([], [])
    assert outcome.reason == again.reason == error().reason
    assert outcome.code.value[0] == code_of(error())
    assert (scene.model.queries, scene.runner.opened, scene.runner.calls) == ([], 0, [])


async def test_a_run_that_had_effects_tells_them_before_its_status(
    error: Callable[[], ExecutorError],
) -> None:
    failing = [error()]
    scene = stage(ADDING, *[failing] * 20, tools=[ADD], runner=ScriptedRunner({"add": add}))
    async with scripted(scene) as client:
        outcome = await client.run()
    assert outcome.kinds[0] == "run_started"
    assert outcome.kinds[-1] == "error"
    assert outcome.ended.state == RUN_STATE_FAILED
    assert outcome.ended.error == outcome.status
    assert [call.outcome for call in outcome.ended.effects.tool_calls] == [TOOL_OUTCOME_RETURNED]
    assert outcome.reason == error().reason
    assert outcome.code is not grpc.StatusCode.OK


async def test_a_status_in_any_script_reaches_the_client_whole() -> None:
    """Trailers that are too large cost the client the code, the message and the reason."""
    scene = stage()
    text = "\u4e2d\u6587" * 50_000
    scene.bundles.error = kinds()["INVALID_REQUEST"](text, {"key": text, "more": text})
    async with scripted(scene) as client:
        outcome = await client.run()
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.message.startswith("\u4e2d\u6587")
    assert outcome.reason == "INVALID_REQUEST"
    assert outcome.detail(ErrorInfo()).metadata["key"].startswith("\u4e2d\u6587")
