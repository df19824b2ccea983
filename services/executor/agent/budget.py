"""Limits of a run: the deployment's, lowered by the bundle's and the request's.

Budgets are checked before they are spent: a query is not made if its prompt would go over one, and
may write no more than what is left; tool calls over the budget are not started.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import CUT_HERE, Price, TokenUsage
from services.executor.domain import AgentSpec, Json
from services.executor.limits import DeploymentLimits, RunLimits, ToolCallLimits

N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Budget:
    """What one run may do; see ``RunLimits``.

    ``tree_steps`` are the queries that it and all runs nested in it may make: the agent's own limit
    counts only its own.
    """

    max_steps: int
    timeout_s: float
    tool_text_bytes: int
    tool_limits: ToolCallLimits
    first_token_s: float
    token_gap_s: float
    max_tool_calls: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    max_cost_usd: float | None = None
    tool_time_s: float | None = None
    tree_steps: int | None = None


def budget_of(deployment: DeploymentLimits, agent: AgentSpec, asked: RunLimits) -> Budget:
    """Return the lowest limits of deployment, bundle and request; at least one step."""
    steps = lowest((deployment.max_steps, agent.max_steps, asked.max_steps))
    asked = _with_timeouts(asked, agent.settings.get("timeout"))
    return Budget(
        max_steps=max(1, steps or 1),
        timeout_s=_lower(deployment.timeout_s, asked.timeout_s),
        tool_text_bytes=_lower(deployment.tool_text_bytes, asked.tool_text_bytes),
        tool_limits=lowered(deployment.tool, asked.tool),
        first_token_s=_lower(deployment.first_token_s, asked.first_token_s),
        token_gap_s=_lower(deployment.token_gap_s, asked.token_gap_s),
        max_tool_calls=lowest((deployment.max_tool_calls, asked.max_tool_calls)),
        max_input_tokens=lowest((deployment.max_input_tokens, asked.max_input_tokens)),
        max_output_tokens=lowest((deployment.max_output_tokens, asked.max_output_tokens)),
        max_cost_usd=lowest((deployment.max_cost_usd, asked.max_cost_usd)),
        tool_time_s=lowest((deployment.tool_time_s, asked.tool_time_s)),
        tree_steps=max(1, lowest((deployment.max_steps, asked.max_steps)) or 1),
    )


def _with_timeouts(asked: RunLimits, own: Json) -> RunLimits:
    """Return a request's limits, lowered to the agent's own ``timeout`` in milliseconds."""
    if own is None:
        return asked
    given = own if isinstance(own, dict) else {"totalMs": own}
    seconds = {
        name: value / 1000
        for name, value in given.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return replace(
        asked,
        timeout_s=lowest((asked.timeout_s, seconds.get("totalMs"))),
        first_token_s=lowest((asked.first_token_s, seconds.get("firstChunkMs"))),
        token_gap_s=lowest((asked.token_gap_s, seconds.get("chunkMs"))),
        tool=lowered(asked.tool, ToolCallLimits(timeout_s=seconds.get("toolMs"))),
    )


def lowered_by(deployment: DeploymentLimits, asked: RunLimits) -> DeploymentLimits:
    """Return a deployment's limits, each lowered to that of ``asked``, if lower."""
    return DeploymentLimits(
        max_steps=_lower(deployment.max_steps, asked.max_steps),
        timeout_s=_lower(deployment.timeout_s, asked.timeout_s),
        tool_text_bytes=_lower(deployment.tool_text_bytes, asked.tool_text_bytes),
        tool=lowered(deployment.tool, asked.tool),
        max_tool_calls=lowest((deployment.max_tool_calls, asked.max_tool_calls)),
        max_input_tokens=lowest((deployment.max_input_tokens, asked.max_input_tokens)),
        max_output_tokens=lowest((deployment.max_output_tokens, asked.max_output_tokens)),
        max_cost_usd=lowest((deployment.max_cost_usd, asked.max_cost_usd)),
        first_token_s=_lower(deployment.first_token_s, asked.first_token_s),
        token_gap_s=_lower(deployment.token_gap_s, asked.token_gap_s),
        tool_time_s=lowest((deployment.tool_time_s, asked.tool_time_s)),
    )


def lowered(most: ToolCallLimits, asked: ToolCallLimits) -> ToolCallLimits:
    """Return ``most`` with each limit lowered to that of ``asked``, if lower."""
    lower = {name: lowest((own, getattr(asked, name))) for name, own in asdict(most).items()}
    return ToolCallLimits(**lower)


def lowest(limits: Iterable[N | None]) -> N | None:
    """Return the lowest limit that is set, None if none is."""
    return min((limit for limit in limits if limit is not None), default=None)


def calls_allowed(budget: Budget, begun: int, more: int) -> BudgetReached | None:
    """Return the budget that rules out ``more`` tool calls after ``begun``, None if none does."""
    most = budget.max_tool_calls
    if most is None or begun + more <= most:
        return None
    return BudgetReached(BudgetKind.TOOL_CALLS, most, begun)


def steps_left(budget: Budget, step: int) -> BudgetReached | None:
    """Return the budget that rules out another query after ``step`` queries."""
    if step < budget.max_steps:
        return None
    return BudgetReached(BudgetKind.STEPS, budget.max_steps, step)


def tool_time_left(budget: Budget, seconds: float) -> BudgetReached | None:
    """Return the budget that rules out more tool time after ``seconds``."""
    if budget.tool_time_s is None or seconds < budget.tool_time_s:
        return None
    return BudgetReached(BudgetKind.TOOL_TIME, budget.tool_time_s, seconds)


def output_allowed(
    budget: Budget, used: TokenUsage, prompt_tokens: int, price: Price | None
) -> BudgetReached | int | None:
    """Return the next answer's token limit, None for no limit, or the budget that rules it out.

    Args:
        budget: what the run may do.
        used: what it has used.
        prompt_tokens: an estimate of the next prompt.
        price: the highest of the models that may be queried; None if unknown.
    """
    if (most := budget.max_input_tokens) is not None and used.input_tokens + prompt_tokens > most:
        return BudgetReached(BudgetKind.INPUT_TOKENS, most, used.input_tokens)
    allowed: list[int | None] = []
    if (most := budget.max_output_tokens) is not None:
        if used.output_tokens >= most:
            return BudgetReached(BudgetKind.OUTPUT_TOKENS, most, used.output_tokens)
        allowed.append(most - used.output_tokens)
    if budget.max_cost_usd is not None and price is not None:
        spent = used.cost_usd or 0.0
        left = budget.max_cost_usd - spent - prompt_tokens * price.dearest_input
        affordable = int(left / price.output) if price.output > 0 else None
        if left <= 0 or affordable == 0:
            return BudgetReached(BudgetKind.COST, budget.max_cost_usd, spent)
        allowed.append(affordable)
    return lowest(allowed)


def cut_text(text: str, limit_bytes: int) -> tuple[str, int]:
    """Return ``text`` and 0 when it fits into ``limit_bytes`` of UTF-8.

    Else its beginning and a note, and how many bytes it has. Lone surrogates, which UTF-8 cannot
    encode, become question marks.
    """
    if text.isascii() and len(text) <= limit_bytes:
        return text, 0
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit_bytes:
        return encoded.decode(), 0
    kept = encoded[:limit_bytes].decode(errors="ignore")
    note = f"{CUT_HERE}{len(encoded)} bytes, {limit_bytes} are shown]"
    return kept + note, len(encoded)


def _lower(own: N, asked: N | None) -> N:
    return own if asked is None else min(own, asked)
