"""What every run of a process uses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.executor.agent.compaction import HistoryBudget
from services.executor.agent.embeddings import EmbeddingModel
from services.executor.agent.mcp_ports import McpClient
from services.executor.agent.ports import (
    Clock,
    IdSource,
    ModelPrices,
    RunModel,
    SessionStore,
    ToolRunner,
)
from services.executor.egress.policy import Egress
from services.executor.egress.version_reach import PinnedVersion
from services.telemetry.traces.recorded import Tracer


@dataclass(frozen=True)
class RunParts:
    """What every run of this process uses.

    ``history`` is how much of a conversation models see; without ``mcp``, agents that name MCP
    servers do not run, and without ``embeddings`` no tool gets vectors. ``records_calls``: tool
    calls are recorded, too, so that they can be made once more. ``tracer`` goes on with the traces
    of resumed runs.
    """

    model: RunModel
    runner: ToolRunner
    sessions: SessionStore
    prices: ModelPrices
    clock: Clock
    ids: IdSource
    egress: Egress
    history: HistoryBudget = field(default_factory=HistoryBudget)
    mcp: McpClient | None = None
    embeddings: EmbeddingModel | None = None
    records_calls: bool = False
    tracer: Tracer | None = None

    def within(self, version: PinnedVersion | None) -> RunParts:
        """Return the parts for a run of a deployed version, whose tools reach what it may."""
        if version is None:
            return self
        policy = version.reach.restricted(self.egress.policy)
        return replace(self, egress=replace(self.egress, policy=policy))
