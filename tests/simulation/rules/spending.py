"""No run spends more than it may: queries, calls, tokens, money, and time of every kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.executor.agent.deltas import Finished, UsageReport
from services.executor.agent.usage_costs import with_cost
from services.executor.conversation import Price
from services.executor.events import StartStep, ToolInputAvailable
from tests.simulation.handoffs import handed
from tests.simulation.play import LIMITS
from tests.simulation.records import Asked, Called, Played, Ran

ROUNDING = 1e-6
ROUNDING_CALLBACKS = 100


def check_spending(ran: Ran, played: Played) -> None:
    """Compare what models, tools and the clock have seen with what the run was allowed."""
    limits, usages = ran.script.limits, [asked.usage for asked in ran.asked]
    shown = [event.event for _, event in ran.events]
    assert len(ran.steps()) <= ran.max_steps
    assert sum(isinstance(event, StartStep) for event in shown) <= ran.max_steps
    if limits.max_tool_calls is not None:
        assert len(ran.called) + len(handed(ran)) <= limits.max_tool_calls
    if limits.max_input_tokens is not None:
        spent = sum(usage.input_tokens for usage in usages)
        assert spent <= limits.max_input_tokens, f"{spent} input tokens"
    if limits.max_output_tokens is not None:
        spent = sum(usage.output_tokens for usage in usages)
        assert spent <= limits.max_output_tokens, f"{spent} output tokens"
    if limits.max_cost_usd is not None:
        cost = cost_of(ran.asked, played.script.prices)
        assert cost is not None
        assert cost <= limits.max_cost_usd * (1 + ROUNDING), f"{cost} US dollars"
    if limits.tool_time_s is not None:
        seconds = _busy_s(ran.called.values(), ran.closed_s)
        assert seconds <= limits.tool_time_s + played.slack_s, f"tools ran {seconds} s"
    slack_s = ROUNDING + ROUNDING_CALLBACKS * played.script.callback_s
    for asked in ran.asked:
        _check_waits(ran, asked, slack_s)
    started = sum(isinstance(event, ToolInputAvailable) for event in shown)
    assert len(ran.called) <= started or ran.terminal is None


def cost_of(asked: Iterable[Asked], prices: Mapping[str, Price | None]) -> float | None:
    """Return what the queries cost in US dollars, None when a price is not known."""
    costs = [
        with_cost(each.usage, prices[each.query.model]).cost_usd
        for each in asked
        if each.usage.source is not None
    ]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def _busy_s(called: Iterable[Called], now_s: float) -> float:
    """Return the time in which at least one of the tools ran."""
    spans = sorted(
        (each.began_s, now_s if each.ended_s is None else each.ended_s) for each in called
    )
    busy_s, until_s = 0.0, 0.0
    for began_s, ended_s in spans:
        busy_s += max(0.0, ended_s - max(began_s, until_s))
        until_s = max(until_s, ended_s)
    return busy_s


def _check_waits(ran: Ran, asked: Asked, slack_s: float) -> None:
    """The answer began in time, and no silence in it was longer than it may be."""
    limits = ran.script.limits
    first_s = min(limits.first_token_s or LIMITS.first_token_s, LIMITS.first_token_s)
    gap_s = min(limits.token_gap_s or LIMITS.token_gap_s, LIMITS.token_gap_s)
    waited_s, begun = 0.0, False
    for said, wait_s in zip(asked.said, asked.waits_s, strict=True):
        waited_s += wait_s
        if begun:
            assert wait_s <= gap_s + slack_s, f"a silence of {wait_s} s"
            continue
        assert waited_s <= first_s + slack_s, f"{waited_s} s before the first piece"
        begun = not isinstance(said, UsageReport | Finished)
    most_s = gap_s if begun else first_s - waited_s
    assert asked.silent_s <= most_s + slack_s, f"{asked.silent_s} s of silence at the end"
