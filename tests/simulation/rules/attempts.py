"""Models are asked again as the policy says, and never after something was seen."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from services.executor.agent.attempts import RetryPolicy
from services.executor.errors import ModelError, ModelRateLimitError, ModelUnavailableError
from services.executor.events import Error
from tests.simulation.chance import FIRST_MODEL
from tests.simulation.records import Asked, Ran

POLICY = RetryPolicy()
ROUNDING_S = 1e-6


def check_attempts(ran: Ran) -> None:
    """Look at the attempts of each step of a run."""
    for attempts in ran.steps():
        _check_step(ran, attempts)
    _check_settings(ran)
    error = ran.terminal.error if isinstance(ran.terminal, Error) else None
    if not ran.asked or not isinstance(error, ModelError):
        return
    last = ran.asked[-1]
    if not last.is_whole and not last.is_visible:
        is_last_model = last.query.model == [FIRST_MODEL, *ran.script.fallbacks][-1]
        goes_on = _goes_on(last, _retries(ran.steps()[-1]))
        assert is_last_model, f"no other model was asked after {error!r}"
        assert not goes_on, f"{error!r} was not tried again"


def _retries(attempts: Sequence[Asked]) -> int:
    """Return how often the model that was asked last had been asked before, in a row."""
    last = attempts[-1]
    before = [each for each in attempts[:-1] if not each.refuses]
    return sum(each.query.model == last.query.model for each in before)


def _check_settings(ran: Ran) -> None:
    """A setting that a model has refused is not sent to it again, and all others are."""
    refused: dict[str, tuple[str, ...]] = {}
    for asked in ran.asked:
        model = asked.query.model
        assert asked.query.left_out == refused
        if asked.refuses:
            refused[model] = (*refused.get(model, ()), asked.refuses)


def _check_step(ran: Ran, attempts: Sequence[Asked]) -> None:
    models = [FIRST_MODEL, *ran.script.fallbacks]
    assert attempts[0].query.model == models[0]
    for at, (before, after) in enumerate(itertools.pairwise(attempts), 1):
        assert before.closed
        assert not before.is_visible, "asked again after something was seen"
        failed = before.error
        assert failed is None or isinstance(failed, ModelError), f"asked again after {failed!r}"
        for name in ("messages", "system", "tools", "tool_choice", "output_schema", "cache_key"):
            assert getattr(after.query, name) == getattr(before.query, name)
        retries = _retries(attempts[:at])
        waited_s = after.began_s - before.ended_s + ROUNDING_S
        if _goes_on(before, retries):
            assert after.query.model == before.query.model, "a model was given up too early"
            least_s = 0.0 if before.refuses else _least_wait_s(failed, retries)
            assert waited_s >= least_s, "asked again too early"
        else:
            place = models.index(before.query.model)
            assert after.query.model == models[place + 1], f"{failed!r} was asked again"


def _goes_on(failed: Asked, retries: int) -> bool:
    """Tell whether the same model is to be asked again; a stream that was cut is an outage."""
    error = failed.error
    if failed.refuses:
        return True
    if retries >= POLICY.retries:
        return False
    if error is None:
        return True
    if not isinstance(error, ModelRateLimitError | ModelUnavailableError):
        return False
    return error.retry_after_s is None or error.retry_after_s <= POLICY.longest_wait_s


def _least_wait_s(error: Exception | None, retries: int) -> float:
    if isinstance(error, ModelError) and error.retry_after_s is not None:
        return error.retry_after_s
    return min(POLICY.first_wait_s * 2.0**retries, POLICY.longest_wait_s)
