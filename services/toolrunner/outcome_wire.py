"""How work ended, as the messages that both the worker and the front send."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.domain import IncompleteLoad, ToolFailure, Usage

NANOS = 1_000_000_000


def usage_message(usage: Usage) -> pb.Usage:
    """Convert the usage of a load or call to protobuf."""
    wall = Duration()
    wall.FromNanoseconds(int(usage.wall_s * NANOS))
    return pb.Usage(
        fuel=usage.fuel,
        wall_time=wall,
        peak_memory_bytes=usage.peak_memory_bytes,
        host_calls=usage.host_calls,
    )


def failure_message(failure: ToolFailure) -> pb.ToolFailure:
    """Convert a failure to protobuf."""
    return pb.ToolFailure(
        kind=f"FAILURE_KIND_{failure.kind.name}",
        message=failure.message,
        name=failure.name,
        stack=failure.stack,
    )


def incomplete_message(incomplete: IncompleteLoad | None) -> pb.IncompleteLoad | None:
    """Convert what is known of a load that failed halfway to protobuf."""
    if incomplete is None:
        return None
    return pb.IncompleteLoad(
        faults=[
            pb.LoadFault(failure=failure_message(each.failure), place=each.place)
            for each in incomplete.faults
        ],
        agents=[
            pb.MadeAgent(key=each.key, tools=each.tools, tools_unknown=each.tools is None)
            for each in incomplete.agents
        ],
        unusable=[
            pb.UnusableTool(
                agent=each.agent,
                tool=each.tool,
                reason=f"UNUSABLE_REASON_{each.reason.name}",
                fault=each.fault,
            )
            for each in incomplete.unusable
        ],
    )
