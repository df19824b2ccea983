"""From one number to a schedule: what happens is decided here, and by nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from services.executor.conversation import Price, SessionPolicy
from services.executor.domain import FailureKind, Json
from services.executor.errors import BundleLoadError, RunnerUnavailableError
from services.executor.events import AbortCause
from services.executor.limits import RunLimits
from tests.simulation.scripts import (
    BrokenError,
    Fails,
    Raises,
    ReaderScript,
    Reading,
    Returns,
    RunnerScript,
    RunScript,
    StoreScript,
    ToolEnd,
    ToolScript,
    WorldScript,
)

FIRST_MODEL = "openai/gpt-x"
FALLBACKS = ("mistral/second", "mistral/third")
PRICES = (Price(1e-5, 1e-4, 1e-6, 2e-5), Price(2e-6, 8e-6, 2e-6, 2e-6), Price(0.0, 0.0, 0.0, 0.0))
WAYS = (*(Reading.PATIENT,) * 4, *Reading)
POLICIES = (*SessionPolicy, SessionPolicy.QUEUE)
SETTLED = (FailureKind.THROWN, FailureKind.FUEL_EXHAUSTED, FailureKind.DEADLINE_EXCEEDED)
FAILURES = (*SETTLED, FailureKind.RUNNER_LOST, FailureKind.OUTPUT_TOO_LARGE)
TEXT = "Grüße 🌦 "


def dice(seed: int, *names: object) -> random.Random:
    """Return the chance of one thing: the same for the same seed and names."""
    return random.Random("/".join(map(str, (seed, *names))))


def world_script(seed: int) -> WorldScript:
    """Return what is settled of a schedule before it begins."""
    rng = dice(seed, "world")
    calm = rng.choice((0.4, 0.7, 0.9, 0.97, 1.0))
    known = rng.random() < 0.7
    prices = {
        model: rng.choice(PRICES) if known or rng.random() < 0.5 else None
        for model in (FIRST_MODEL, *FALLBACKS)
    }
    number = rng.choice((1, 1, 1, 1, 2, 3, 4))
    runs = tuple(
        replace(
            _run(dice(seed, "run", at), calm, number, known=known),
            hands_over=dice(seed, "hands over", at).random() < 0.3,
        )
        for at in range(number)
    )
    return WorldScript(
        seed=seed,
        calm=calm,
        runs=runs,
        callback_s=rng.choice((0.0, 0.0, 1e-5, 1e-3)),
        history_messages=rng.choice((400, 400, 400, 6, 12)),
        history_bytes=rng.choice((2**21, 2**21, 2**21, 400, 3000)),
        prices=prices,
        price_s=rng.choice((0.0, 0.0, 0.01)),
    )


def tool_script(seed: int, run: int, number: int, calm: float) -> ToolScript:
    """Return what the ``number``-th call of a run does."""
    rng = dice(seed, "tool", run, number)
    waits = tuple(rng.choice((0.0, rng.random())) for _ in range(rng.choice((0, 0, 1, 3))))
    seconds: float | None = rng.choice((0.0, 0.0, rng.random(), 3 * rng.random()))
    ends: ToolEnd = Returns(_output(rng))
    if rng.random() > calm:
        seconds = rng.choice((seconds, 25.0, None))
        ends = rng.choice((Fails(rng.choice(FAILURES)), Raises(RunnerUnavailableError), ends))
    end_s = rng.choice((0.0, 0.0, 0.01, 0.05))
    return ToolScript(waits, seconds, ends, end_s, ends_anyway=rng.random() < 0.1)


def store_script(seed: int, run: int, number: int, calm: float) -> StoreScript:
    """Return what the ``number``-th operation of a run on the store does."""
    rng = dice(seed, "store", run, number)
    error = BrokenError if rng.random() > calm and rng.random() < 0.2 else None
    return StoreScript(rng.choice((0.0, 0.05 * rng.random())), error)


def _output(rng: random.Random) -> Json:
    text = TEXT * rng.choice((0, 3, 40, 600))
    outputs: tuple[Json, ...] = ({"sum": 3}, text, {"pad": text}, None, [1, "x"])
    return rng.choice(outputs)


def _run(rng: random.Random, calm: float, number: int, *, known: bool) -> RunScript:
    tight = rng.choice((0.0, 0.15, 0.4))
    stops_after = rng.choice(("add", "*")) if rng.random() < 0.08 else ""
    return RunScript(
        start_s=rng.random() * 2 * (number > 1),
        session=rng.choice(("", "s", "s", "s", "t")),
        policy=rng.choice(POLICIES),
        limits=_limits(rng, tight, known=known),
        reader=_reader(rng),
        runner=_runner(rng, calm),
        has_tools=rng.random() < 0.9,
        fallbacks=FALLBACKS[: rng.choice((0, 0, 1, 2))],
        wants_schema=rng.random() < 0.15,
        bundle_steps=rng.choice((None, None, None, 3)),
        bundle_output_tokens=rng.choice((None, None, None, 120)),
        stops_after=stops_after,
    )


def _limits(rng: random.Random, tight: float, *, known: bool) -> RunLimits:
    def maybe(value: Any) -> Any:
        return value if rng.random() < tight else None

    return RunLimits(
        max_steps=maybe(rng.randint(1, 4)),
        timeout_s=maybe(rng.choice((0.5, 5.0, 60.0))),
        max_tool_calls=maybe(rng.randint(0, 6)),
        max_input_tokens=maybe(rng.choice((rng.randint(100, 300), rng.randint(300, 2500)))),
        max_output_tokens=maybe(rng.randint(1, 500)),
        max_cost_usd=maybe(rng.choice((0.001, 0.01, 0.05))) if known else None,
        first_token_s=maybe(rng.choice((0.5, 3.0))),
        token_gap_s=maybe(rng.choice((0.5, 3.0))),
        tool_time_s=maybe(rng.choice((0.1, 1.0, 10.0))),
        tool_text_bytes=maybe(rng.randint(50, 2000)),
    )


def _reader(rng: random.Random) -> ReaderScript:
    way = rng.choice(WAYS)
    scale_s = {Reading.SLOW: 0.3, Reading.STOPS: 40.0}.get(way) or rng.choice((0.0, 1.0, 10.0))
    return ReaderScript(
        way=way,
        at_s=scale_s * rng.random(),
        events=rng.choice((rng.randrange(1, 8), rng.randrange(1, 60))),
        cause=rng.choice(list(AbortCause)),
        again_s=rng.choice((None, 0.0, 0.02, 1.0)),
    )


def _runner(rng: random.Random, calm: float) -> RunnerScript:
    open_s: float | None = rng.choice((0.0, 0.1 * rng.random(), 2 * rng.random()))
    error = None
    if rng.random() > calm and rng.random() < 0.5:
        open_s = rng.choice((open_s, None))
        error = rng.choice((RunnerUnavailableError, BundleLoadError))
    return RunnerScript(open_s, error, rng.choice((0, 0, 2)), rng.choice((0.0, 0.0, 0.25)))
