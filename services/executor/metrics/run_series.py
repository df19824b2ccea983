"""The metrics of runs, and their labels, which are bounded."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from services.executor.conversation import TokenUsage
from services.telemetry.metrics.meters import LONG_S, Meters
from services.telemetry.metrics.top_names import TopNames

LOOPBACK, PRIVATE, PUBLIC, NAME = "loopback", "private", "public", "name"
LOCALHOST: Final = "localhost"


class RunSeries:
    """The metrics of the runs of one executor.

    Args:
        meters: of the server.
        states: how many runs are in each state, read when asked for.
        names: how many models, agents and tools have a label each.
        organisations: how many organisations have.
    """

    def __init__(
        self, meters: Meters, states: Mapping[str, int], names: int, organisations: int
    ) -> None:
        self.organisations: Final = TopNames(organisations)
        self.models: Final = TopNames(names)
        self.agents: Final = TopNames(names)
        self.tools: Final = TopNames(names)
        meters.read_each(
            "runs",
            "Runs of this process: planning, waiting for their session's turn, or running.",
            "state",
            lambda: {state: float(number) for state, number in states.items()},
        )
        self.started: Final = meters.counter("runs_started", "Runs that began.", "agent")
        self.resumed: Final = meters.counter("runs_resumed", "Runs that went on here.")
        self.ended: Final = meters.counter(
            "runs_ended",
            "Runs that ended: finish, abort or error, with their finish reason, cause or error.",
            *("end", "reason"),
        )
        self.seconds: Final = meters.histogram(
            "run_duration_seconds", "Time of a run in this process, to its end.", LONG_S, "end"
        )
        self.inputs: Final = meters.counter(
            "run_inputs_required", "Approvals and tool results that runs asked people for.", "kind"
        )
        self._add_models(meters)
        self._add_tools(meters)
        self._add_organisations(meters)

    def __repr__(self) -> str:
        return f"RunSeries({self.organisations!r}, {self.models!r})"

    def _add_models(self, meters: Meters) -> None:
        self.tokens = meters.counter(
            "model_tokens", "Tokens of queries, cached ones included.", "model", "kind"
        )
        self.cached = meters.counter(
            "model_cached_input_tokens", "Input tokens read from the provider's cache.", "model"
        )
        self.cost = meters.counter(
            "model_cost_usd", "Cost of queries in US dollars, where prices are known.", "model"
        )
        self.retries = meters.counter(
            "model_retries",
            "Queries asked again: of the same model, or a fallback's.",
            *("kind", "reason"),
        )
        self.models.drop_with(self._drop_model)

    def _add_tools(self, meters: Meters) -> None:
        self.tool_calls = meters.counter(
            "tool_calls",
            "Tool calls by outcome: returned, denied, or why they failed.",
            *("tool", "outcome"),
        )
        self.tool_seconds = meters.histogram(
            "tool_call_duration_seconds",
            "Time of a tool call, from its valid input to its result: queue and waits included.",
            LONG_S,
        )
        self.requests = meters.counter(
            "broker_requests",
            "Requests of tools to the outside, by kind of host and outcome.",
            *("host", "outcome"),
        )
        self.request_seconds = meters.histogram(
            "broker_request_duration_seconds", "Time of a tool's request.", LONG_S, "host"
        )
        self.request_bytes = meters.counter(
            "broker_bytes", "Bytes of bodies of tools' requests.", "direction"
        )

    def _add_organisations(self, meters: Meters) -> None:
        self.organisation_runs = meters.counter(
            "organisation_runs", "Runs that began, of the organisations with most.", "organisation"
        )
        self.organisation_tokens = meters.counter(
            "organisation_tokens", "Tokens of the organisations with most runs.", "organisation"
        )
        self.organisation_cost = meters.counter(
            "organisation_cost_usd",
            "Cost in US dollars of the organisations with most runs.",
            "organisation",
        )
        self.organisations.drop_with(self._drop_organisation)
        self.agents.drop_with(lambda name: self.started.remove_by_labels({"agent": name}))
        self.tools.drop_with(lambda name: self.tool_calls.remove_by_labels({"tool": name}))

    def spent(self, model: str, organisation: str, usage: TokenUsage) -> None:
        """Count an organisation's tokens and cost."""
        if not usage.input_tokens and not usage.output_tokens and not usage.cost_usd:
            return
        name = self.models.used(model)
        self.tokens.labels(name, "input").inc(usage.input_tokens)
        self.tokens.labels(name, "output").inc(usage.output_tokens)
        self.cached.labels(name).inc(usage.cached_input_tokens)
        tokens = usage.input_tokens + usage.output_tokens
        whose = self.organisations.label(organisation)
        self.organisation_tokens.labels(whose).inc(tokens)
        if usage.cost_usd is not None:
            self.cost.labels(name).inc(usage.cost_usd)
            self.organisation_cost.labels(whose).inc(usage.cost_usd)

    def _drop_model(self, name: str) -> None:
        for metric in (self.tokens, self.cached, self.cost):
            metric.remove_by_labels({"model": name})

    def _drop_organisation(self, name: str) -> None:
        for metric in (self.organisation_runs, self.organisation_tokens, self.organisation_cost):
            metric.remove_by_labels({"organisation": name})


def host_class_of(authority: str) -> str:
    """Return what kind of host an authority names: a name, or an address of one of three kinds."""
    host = authority.rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if host == LOCALHOST or host.endswith(f".{LOCALHOST}"):
        return LOOPBACK
    try:
        address = ip_address(host)
    except ValueError:
        return NAME
    if address.is_loopback:
        return LOOPBACK
    return PUBLIC if address.is_global else PRIVATE
