"""What the toolrunner says of a bundle whose top level failed halfway."""

from __future__ import annotations

from typing import Final

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.incomplete_load import IncompleteLoad, LoadFault, UnusableTool

TEXT_CHARACTERS: Final = 400
WHY: Final = {
    pb.UNUSABLE_REASON_NOT_MADE: "it was not made",
    pb.UNUSABLE_REASON_NOT_CHANGED: "what was to change it failed",
    pb.UNUSABLE_REASON_USES_UNMADE: "it uses a value that was not made",
}


def incomplete_of(opened: pb.Opened) -> IncompleteLoad | None:
    """Return what is known of a load that failed halfway; None for one that did not."""
    if not opened.HasField("incomplete"):
        return None
    given = opened.incomplete
    faults = tuple(_fault(each) for each in given.faults)
    return IncompleteLoad(
        faults,
        {each.key: None if each.tools_unknown else tuple(each.tools) for each in given.agents},
        tuple(_unusable(each, faults) for each in given.unusable),
    )


def _unusable(tool: pb.UnusableTool, faults: tuple[LoadFault, ...]) -> UnusableTool:
    why = WHY.get(tool.reason, "it cannot be used")
    if 0 < tool.fault <= len(faults):
        why += faults[tool.fault - 1].told
    may_run = tool.reason == pb.UNUSABLE_REASON_USES_UNMADE
    return UnusableTool(tool.agent, tool.tool, why, may_run)


def _fault(fault: pb.LoadFault) -> LoadFault:
    failure = fault.failure
    kind = pb.FailureKind.Name(failure.kind).removeprefix("FAILURE_KIND_")
    return LoadFault(fault.place, kind, failure.name, failure.message[:TEXT_CHARACTERS])
