"""The metrics of one server, in a registry of its own: a process may run several servers."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from services.front.version import caisson_version
from services.telemetry.current import current_trace_id

QUICK_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds of what is to be over at once: a commit, a wait for a worker."""
LONG_S: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Seconds of what may take as long as a run."""
MIB: Final = 1024 * 1024
BYTES: Final = tuple(float(MIB * number) for number in (2, 4, 8, 16, 32, 64, 128, 256, 1024))
FUEL: Final = (1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 6e10)


Family = GaugeMetricFamily | CounterMetricFamily


@dataclass(frozen=True)
class Described:
    """One metric as the documentation lists it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


class Meters:
    """The metrics of a server; ``service`` begins their names: ``caisson_executor_...``.

    The created-time series of the library are switched off: they would double the series.
    """

    def __init__(self, service: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.prefix: Final = f"caisson_{service}_"
        self.registry: Final = CollectorRegistry()
        self.described: Final[list[Described]] = []
        self._add_process()

    def __repr__(self) -> str:
        return f"Meters({self.prefix}*, {len(self.described)})"

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """Return a new counter, whose exposed name ends in ``_total``."""
        self._describe(f"{name}_total", "counter", labels, meaning)
        return Counter(self.prefix + name, meaning, labels, registry=self.registry)

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        """Return a new gauge."""
        self._describe(name, "gauge", labels, meaning)
        return Gauge(self.prefix + name, meaning, labels, registry=self.registry)

    def histogram(
        self, name: str, meaning: str, buckets: Sequence[float], *labels: str
    ) -> Histogram:
        """Return a new histogram with these upper bounds."""
        self._describe(name, "histogram", labels, meaning)
        return Histogram(
            self.prefix + name, meaning, labels, buckets=buckets, registry=self.registry
        )

    def read(self, name: str, meaning: str, reader: Callable[[], float]) -> None:
        """Add a gauge that is read when it is asked for; no value is shown if it raises OSError."""
        self._describe(name, "gauge", (), meaning)
        self.registry.register(_Read(self.prefix + name, meaning, "", lambda: {"": reader()}))

    def read_each(
        self, name: str, meaning: str, label: str, reader: Callable[[], dict[str, float]]
    ) -> None:
        """Add a gauge for each value of a label, all read when they are asked for."""
        self._describe(name, "gauge", (label,), meaning)
        self.registry.register(_Read(self.prefix + name, meaning, label, reader))

    def count_each(
        self, name: str, meaning: str, label: str, reader: Callable[[], dict[str, float]]
    ) -> None:
        """Add a counter for each value of a label, counted elsewhere; see ``read_each``."""
        self._describe(f"{name}_total", "counter", (label,), meaning)
        made = CounterMetricFamily
        self.registry.register(_Read(self.prefix + name, meaning, label, reader, made))

    def _describe(self, name: str, kind: str, labels: Iterable[str], meaning: str) -> None:
        self.described.append(Described(self.prefix + name, kind, tuple(labels), meaning))

    def _add_process(self) -> None:
        ProcessCollector(namespace=self.prefix.removesuffix("_"), registry=self.registry)
        for name, kind, meaning in PROCESS:
            self._describe(f"process_{name}", kind, (), meaning)
        build = self.gauge("build_info", "Always 1; says what runs.", "version", "python")
        build.labels(caisson_version(), platform.python_version()).set(1)


class _Read(Collector):
    """Gauges, or counters, whose values are read when they are collected."""

    def __init__(
        self,
        name: str,
        meaning: str,
        label: str,
        reader: Callable[[], dict[str, float]],
        made: type[Family] = GaugeMetricFamily,
    ) -> None:
        self._made = made
        self._name, self._meaning, self._label, self._reader = name, meaning, label, reader

    def describe(self) -> Iterable[Family]:
        """Return the family without values: to be registered, it is not read."""
        return [self._family()]

    def collect(self) -> Iterable[Family]:
        """Return the family with its values of now."""
        family = self._family()
        try:
            values = self._reader()
        except OSError:
            values = {}
        for label, value in values.items():
            family.add_metric([label] if self._label else [], value)
        return [family]

    def _family(self) -> Family:
        labels = [self._label] if self._label else []
        return self._made(self._name, self._meaning, labels=labels)


PROCESS: Final = (
    ("cpu_seconds_total", "counter", "Processor time of the process, in seconds."),
    ("max_fds", "gauge", "The most file descriptors that it may have open."),
    ("open_fds", "gauge", "File descriptors that it has open."),
    ("resident_memory_bytes", "gauge", "Memory in use, its workers and parsers not counted."),
    ("start_time_seconds", "gauge", "When it started, in seconds since 1970."),
    ("virtual_memory_bytes", "gauge", "Its address space."),
)


def exemplar() -> dict[str, str] | None:
    """Return the exemplar of an observation: the current trace, None when nothing is traced."""
    trace_id = current_trace_id()
    return {"trace_id": trace_id} if trace_id else None
