"""The outcome of one tool call, as ``caisson tool`` shows it."""

from __future__ import annotations

from dataclasses import dataclass

from services.cli.domain import ToolAskedModel, ToolCost, ToolFailed, ToolFetched, ToolLogged
from services.executor.incomplete_load import IncompleteLoad


@dataclass(frozen=True)
class LoadCost:
    """The cost of a load for one run alone: fuel, wall seconds, and the values that it needs.

    ``fetches`` is whether the bundle makes requests while it loads.
    """

    fuel: int
    wall_s: float
    env: tuple[str, ...]
    fetches: bool


@dataclass(frozen=True)
class LeftOut:
    """How many of a bundle's statements were left out to load it."""

    statements: int
    omitted: int


@dataclass(frozen=True)
class ToolOutcome:
    """The end of one tool call: ``output_json`` when ``failure`` is None.

    ``not_granted`` are options that grant secrets which the tool reads and did not have;
    ``incomplete`` what is left of a bundle whose top level failed while it was loaded. ``load`` is
    what the bundle's load cost, if it was loaded for this call alone; ``left_out`` is set if only a
    part of the bundle was loaded.
    ``model_output_json`` is what a model would be shown instead of the output, empty for that.
    """

    output_json: str
    failure: ToolFailed | None
    cost: ToolCost
    console: tuple[ToolLogged, ...]
    model_output_json: str = ""
    requests: tuple[ToolFetched, ...] = ()
    queries: tuple[ToolAskedModel, ...] = ()
    not_granted: tuple[str, ...] = ()
    incomplete: IncompleteLoad | None = None
    load: LoadCost | None = None
    left_out: LeftOut | None = None
