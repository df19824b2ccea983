"""The metrics of an executor: what measures its parts, if anybody can read it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from services.executor.admission import Admission
from services.executor.agent.ports import LanguageModel
from services.executor.bundle.ports import NO_READ_WATCH, ReadWatch
from services.executor.metrics.kept import CommitMeters, ReadMeters
from services.executor.metrics.metered_model import MeteredModel
from services.executor.metrics.metered_quotas import MeteredQuotas
from services.executor.quota.ports import NO_QUOTAS, Quotas
from services.executor.runs.runtime import RunsRuntime
from services.executor.runs.writer import NO_COMMIT_WATCH, CommitWatch
from services.executor.settings import Settings
from services.telemetry.admin.readiness import Readiness
from services.telemetry.metrics.meters import Described
from services.telemetry.metrics.server_metrics import ServerMetrics, show_server
from services.telemetry.traces.tracing import NO_TRACES, Traces


class ExecutorMetrics(ServerMetrics):
    """The metrics of one executor; ``start`` once, then ``stop``.

    Without an admin port nothing is measured: its parts stay as they are.

    Args:
        settings: the executor's.
        quotas: what counts quotas.
        services: full names of the services that are served.
        wanted: whether anybody can read them.
    """

    def __init__(
        self, settings: Settings, quotas: Quotas, services: Sequence[str], *, wanted: bool
    ) -> None:
        super().__init__("executor", services, wanted=wanted)
        self._settings = settings
        self.quotas = quotas
        self.commits: CommitWatch = NO_COMMIT_WATCH
        self.reads: ReadWatch = NO_READ_WATCH
        meters = self.meters
        if meters is not None:
            names, organisations = settings.metrics_names, settings.metrics_organisations
            self.quotas = self._runs = MeteredQuotas(quotas, meters, names, organisations)
            self.commits, self.reads = CommitMeters(meters), ReadMeters(meters)

    def model(self, model: LanguageModel) -> LanguageModel:
        """Return a model, timed if anything is measured."""
        if self.meters is None:
            return model
        return MeteredModel(model, self.meters, self._runs.series.models)

    def watch(
        self,
        runs: RunsRuntime,
        admission: Admission,
        readiness: Readiness,
        traces: Traces = NO_TRACES,
    ) -> None:
        """Show what there is now, each time that somebody asks.

        Args:
            runs: the runs of this process.
            admission: admits requests.
            readiness: its health.
            traces: what it sends to a collector.
        """
        meters = self.meters
        if meters is None:
            return
        show_server(meters, readiness, traces)
        held: Final = {
            "runs": admission.runs,
            "quick": admission.quick,
            "watchers": admission.watchers,
        }
        meters.read_each(
            "slots_held",
            "Requests that hold a slot, by kind.",
            "kind",
            lambda: {kind: float(lane.slots.held) for kind, lane in held.items()},
        )
        meters.read_each(
            "slots",
            "The slots for requests, by kind.",
            "kind",
            lambda: {kind: float(lane.slots.total) for kind, lane in held.items()},
        )
        meters.read(
            "run_lease_held",
            "Whether it may own runs in the database.",
            lambda: float(runs.owner.held),
        )
        if self._settings.state_dir and not self._settings.database_url:
            folder = Path(self._settings.state_dir)
            meters.read(
                "state_disk_free_bytes",
                "Free bytes where runs are recorded.",
                lambda: float(shutil.disk_usage(folder).free),
            )
            meters.read(
                "state_disk_bytes",
                "Size of the disk where runs are recorded.",
                lambda: float(shutil.disk_usage(folder).total),
            )


def described() -> Sequence[Described]:
    """Return what all metrics of an executor are, for the documentation."""
    settings, nothing = Settings(state_dir="state"), cast("Any", None)  # read at a scrape only
    metrics = ExecutorMetrics(settings, NO_QUOTAS, (), wanted=True)
    metrics.model(nothing)
    metrics.watch(nothing, Admission(1, 1, 1.0), Readiness(lambda ready: None, ()))
    assert metrics.meters is not None
    return metrics.meters.described
