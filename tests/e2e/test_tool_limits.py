"""A request can lower a limit of tool calls, never raise it."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from caisson.executor.v1 import run_pb2 as pb
from tests.e2e.pair import BUNDLE, asks, events_of, pair
from tests.executor.fake_provider import answer

WAIT = ("wait", '{"seconds": 25}')
DIVIDE = ("divide", '{"a": 4, "b": 2}')
# What a request names, what the executor allows, and how the tool ends then.
ENDS = [
    ({"timers": 0}, {}, WAIT, "LIMIT_EXCEEDED"),
    ({"timers": 5}, {"tool_timers": 0}, WAIT, "LIMIT_EXCEEDED"),
    ({"timeout": Duration(nanos=50_000_000)}, {}, WAIT, "DEADLINE_EXCEEDED"),
    ({"timeout": Duration(seconds=9)}, {"tool_timeout_s": 0.05}, WAIT, "DEADLINE_EXCEEDED"),
    ({"fuel": 1000}, {}, DIVIDE, "FUEL_EXHAUSTED"),
    ({"fuel": 2**40}, {"tool_fuel": 1000}, DIVIDE, "FUEL_EXHAUSTED"),
    ({}, {"tool_fuel": 1000}, DIVIDE, "FUEL_EXHAUSTED"),
]


@pytest.mark.parametrize(("asked", "allowed", "call", "kind"), ENDS, ids=str)
async def test_lower_limit_ends_the_call(
    asked: dict[str, object], allowed: dict[str, object], call: tuple[str, str], kind: str
) -> None:
    tool: Any = asked  # each value is of its field's type
    limits = pb.RunLimits(tool=pb.ToolLimits(**tool))
    async with pair(asks(call), answer("Done."), **allowed) as (client, _):
        outcome = await client.run(bundle=BUNDLE, agent="calculator", limits=limits)
        (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == kind
