"""The budgets of a run that end it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class BudgetKind(Enum):
    """A resource with a budget; the value is its name for people."""

    STEPS = "model queries"
    TOOL_CALLS = "tool calls"
    INPUT_TOKENS = "input tokens"
    OUTPUT_TOKENS = "output tokens"
    COST = "US dollars"
    TOOL_TIME = "seconds of tools"


SINGULAR: Final = {
    BudgetKind.STEPS: "model query",
    BudgetKind.TOOL_CALLS: "tool call",
    BudgetKind.INPUT_TOKENS: "input token",
    BudgetKind.OUTPUT_TOKENS: "output token",
    BudgetKind.COST: "US dollar",
    BudgetKind.TOOL_TIME: "second of tools",
}
# The field of a request's ``limits``, and the setting that caps it.
RAISED_BY: Final = {
    BudgetKind.STEPS: ("max_steps", "MAX_STEPS"),
    BudgetKind.TOOL_CALLS: ("max_tool_calls", "MAX_TOOL_CALLS"),
    BudgetKind.INPUT_TOKENS: ("max_input_tokens", "MAX_INPUT_TOKENS"),
    BudgetKind.OUTPUT_TOKENS: ("max_output_tokens", "MAX_OUTPUT_TOKENS"),
    BudgetKind.COST: ("max_cost_nano_usd", "MAX_COST_USD"),
    BudgetKind.TOOL_TIME: ("tool_time", "TOOL_TIME_S"),
}


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """The budget that ended a run; ``limit`` and ``used`` are in the unit of its kind."""

    kind: BudgetKind
    limit: float
    used: float

    @property
    def text(self) -> str:
        """The same as text, with advice."""
        field, setting = RAISED_BY[self.kind]
        unit = SINGULAR[self.kind] if self.limit == 1 else self.kind.value
        return (
            f"The run has used {self.used:g} of its {self.limit:g} {unit}, and the next "
            "step would need more. To go on, raise "
            f"`spec.limits.{field}` of the request, at most CAISSON_EXECUTOR_{setting}."
        )
