"""What a terminal event tells is what models, tools and the store have seen."""

from __future__ import annotations

import math

from services.executor.conversation import TokenUsage
from services.executor.events import Abort, Effects, Error, Finish, ToolOutcome
from tests.simulation.handoffs import handed, is_handoff
from tests.simulation.records import Ran
from tests.simulation.rules.spending import cost_of
from tests.simulation.scripts import WorldScript


def check_effects(ran: Ran, world: WorldScript) -> None:
    """Compare the effects that the client was told with what happened."""
    _check_kept(ran)
    effects = ran.effects
    if effects is None:
        return
    whole = [attempts[-1] for attempts in ran.steps() if attempts[-1].is_whole]
    assert effects.steps in {len(whole), len(whole) - 1}
    if isinstance(ran.terminal, Finish):
        assert effects.steps == ran.terminal.steps == len(whole)
        assert ran.terminal.usage == effects.usage
    assert effects.session_saved == (ran.kept is not None)
    wanted = [call.tool for answer in whole[: effects.steps] for call in answer.script.calls]
    told = [each.tool for each in effects.tool_calls]
    assert sorted(told) == sorted(wanted)
    tools = [name for name in wanted if not is_handoff(name)]
    assert [name for name in told if not is_handoff(name)] == tools
    _check_outcomes(ran, effects)
    _check_usage(ran, effects.usage, world)


def _check_outcomes(ran: Ran, effects: Effects) -> None:
    told = {each.call_id: each.outcome for each in effects.tool_calls}
    made = {each.call_id for each in handed(ran)} & set(told)
    assert set(ran.called) <= set(told), "a tool ran that is not told of"
    for call_id, outcome in told.items():
        called = ran.called.get(call_id)
        if call_id in made:
            assert outcome is ToolOutcome.RETURNED
        elif called is None:
            assert outcome is ToolOutcome.NOT_STARTED, "a tool is told of that did not run"
        else:
            seen = called.outcome or ToolOutcome.UNFINISHED
            assert outcome is seen, f"{call_id} is told as {outcome}, and was {seen}"


def _check_usage(ran: Ran, told: TokenUsage, world: WorldScript) -> None:
    usages = [asked.usage for asked in ran.asked]
    for name in (
        *("input_tokens", "output_tokens", "cached_input_tokens"),
        *("reasoning_tokens", "cache_write_input_tokens"),
    ):
        spent = sum(getattr(usage, name) for usage in usages)
        assert getattr(told, name) == spent, f"{name}: {getattr(told, name)} told, {spent} spent"
    cost = cost_of(ran.asked, world.prices)
    if cost is not None and told.cost_usd is not None:
        assert math.isclose(told.cost_usd, cost, abs_tol=1e-12), "the cost is not what it was"
    if all(world.prices.values()) and any(asked.said for asked in ran.asked):
        assert told.cost_usd is not None


def _check_kept(ran: Ran) -> None:
    """What was said is kept once, whenever something of it is to be kept."""
    appends = [each for each in ran.stored if each.kind == "append"]
    if not ran.script.session:
        assert not ran.stored
        return
    assert len(appends) <= 1
    assert all(each.done or each.failed for each in appends), "what was kept was cut off"
    assert sum(each.kind == "load" for each in ran.stored) <= 1
    terminal = ran.terminal
    if isinstance(terminal, Finish):
        assert ran.kept is not None
    elif isinstance(terminal, Error):
        # Also a run that is complete without a step fails when it cannot be kept.
        assert bool(appends) or not terminal.effects.steps
        assert bool(terminal.effects.steps) or not ran.kept, "the same request cannot be sent again"
    elif isinstance(terminal, Abort) and ran.active is not None:
        assert appends, "nothing was kept of a run that was stopped"
