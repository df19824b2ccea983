"""What hooks have made of a run, as data, so that it can go on from its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.agent.changes import NONE, Changes
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.domain import Json


@dataclass(frozen=True)
class StepRecord:
    """A completed query: the place of its answer among the run's messages, and how it ended."""

    at: int
    finish_reason: FinishReason
    usage: TokenUsage
    model: str


@dataclass(frozen=True)
class HookState:
    """The part of a run's state that only agents with hooks have.

    Attributes:
        call: what holds for the whole run.
        kept: the same, with what later steps keep of earlier ones.
        records: the completed queries.
        offered: keys of the tools that the last query offered; None for those of the plan.
        passed: the step after which the bundle said to go on.
        tried: ids of calls of the last answer that were to be mended.
        memory: what processors remember, by their ids.
        retries: how often in a row an answer was asked for again.
        cleared: how many of the first records have answers that all checks have let pass.
        outputs: JSON of what tools returned, by call, where models were shown something else.
    """

    call: Changes = NONE
    kept: Changes = NONE
    records: tuple[StepRecord, ...] = ()
    offered: tuple[str, ...] | None = None
    passed: int = 0
    tried: tuple[str, ...] = ()
    memory: Mapping[str, Json] = field(default_factory=dict)
    retries: int = 0
    outputs: Mapping[str, str] = field(default_factory=dict)
    cleared: int = 0
