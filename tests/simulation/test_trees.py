"""Trees of agents that call each other: whatever happens, budgets hold and nothing is left."""

from __future__ import annotations

import pytest

from services.executor.budgets import BudgetKind
from services.executor.events import Finish, ScopeEnded, ScopeStarted
from tests.repeats import soaking
from tests.simulation.trees import check, new_tree, play

TREES, TREES_OF_SOAK = 300, 3000
STOPPED, STOPPED_OF_SOAK = 6, 60
MOST_TRIED = 150


def test_budgets_hold_in_random_trees() -> None:
    for seed in range(TREES_OF_SOAK if soaking() else TREES):
        check(play(seed))


@pytest.mark.parametrize("number", range(STOPPED_OF_SOAK if soaking() else STOPPED))
def test_tree_can_be_stopped_at_every_await_point(number: int) -> None:
    steps = play(number).steps
    for step in range(1, steps + 1, -(-steps // MOST_TRIED)):
        check(play(number, step))
        check(play(number, step, aborts=True))


def test_trees_reach_every_depth_and_budget() -> None:
    """Rules that hold of nothing would be worth nothing."""
    kinds, deepest, failed = set(), 0, 0
    for seed in range(TREES):
        depth = {"": 0}
        for each in play(seed).events:
            event = each.event
            if isinstance(event, ScopeStarted):
                depth[event.scope_id] = depth[event.parent_scope_id] + 1
            elif isinstance(event, ScopeEnded):
                failed += bool(event.failure)
            elif isinstance(event, Finish) and event.budget is not None:
                kinds.add(event.budget.kind)
        deepest = max(deepest, *depth.values())
    assert deepest == 4
    assert failed
    assert kinds == set(BudgetKind)
    assert any(new_tree(seed).is_limited for seed in range(TREES))
