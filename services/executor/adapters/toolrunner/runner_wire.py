"""What a toolrunner says of itself: its capabilities, and its load."""

from __future__ import annotations

from dataclasses import dataclass

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.balancing import RunnerLoad


@dataclass(frozen=True)
class RunnerCapabilities:
    """A toolrunner's version, features and limits."""

    version: str
    features: tuple[str, ...]
    capabilities: tuple[str, ...]


def capabilities_request() -> pb.GetCapabilitiesRequest:
    """Return the request for a toolrunner's capabilities."""
    return pb.GetCapabilitiesRequest()


def from_capabilities(told: pb.GetCapabilitiesResponse) -> RunnerCapabilities:
    """Return the capabilities that a toolrunner reports."""
    return RunnerCapabilities(told.version, tuple(told.features), tuple(told.capabilities))


def load_request() -> pb.WatchLoadRequest:
    """Return the request for a toolrunner's load."""
    return pb.WatchLoadRequest()


def load_told(told: pb.WatchLoadResponse) -> RunnerLoad:
    """Return what a toolrunner says of its load."""
    return RunnerLoad(
        told.streams, told.calls_running, told.calls_waiting, told.workers, told.draining
    )
