"""Converts failures of tools and host calls."""

from __future__ import annotations

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.domain import FailureKind, ToolFailure

KINDS = {pb.FailureKind.Value(f"FAILURE_KIND_{kind.name}"): kind for kind in FailureKind}


def failure_message(failure: ToolFailure) -> pb.ToolFailure:
    """Return a failure as protobuf."""
    return pb.ToolFailure(
        kind=f"FAILURE_KIND_{failure.kind.name}",
        message=failure.message,
        name=failure.name,
        stack=failure.stack,
    )


def failure_of(failure: pb.ToolFailure) -> ToolFailure:
    """Return a failure from protobuf."""
    kind = KINDS.get(failure.kind, FailureKind.RUNNER_FAULT)  # a newer one blames no tool
    may_approve = failure.kind == pb.FAILURE_KIND_NEEDS_APPROVAL
    if may_approve:
        kind = FailureKind.NOT_APPROVED
    return ToolFailure(kind, failure.message, failure.name, failure.stack, may_approve)
