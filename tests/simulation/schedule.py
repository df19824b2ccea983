"""One schedule: a few runs in a random world, read, stopped and left at random times."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.budget import DeploymentLimits
from services.executor.agent.compaction import HistoryBudget
from services.executor.agent.model_names import ModelNames
from services.executor.agent.planner import Planner
from services.executor.agent.run import AgentRun, RunParts
from services.executor.agent.scripted import CountingIds, FixedBundles, FixedPrices
from services.executor.agent.turns import SessionTurns
from services.executor.conversation import Price, SessionPolicy
from services.executor.domain import InlineBundle, JsonObject, RunRequest
from services.executor.egress.policy import Egress
from services.executor.egress.scripted import ScriptedExchange
from services.executor.errors import ExecutorError, SessionBusyError
from services.executor.events import AbortCause, RunEvent
from services.executor.limits import RunLimits
from tests.executor.builders import ADD_SCHEMA, agent, bundle, tool
from tests.simulation.virtual_loop import VirtualClock, VirtualLoop, run_virtually
from tests.simulation.world import RandomModel, RandomRunner, RandomSessions

PRICE = Price(1e-5, 1e-4, 1e-6, 2e-5)
SCHEMA: JsonObject = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
READERS = ("patient", "patient", "patient", "slow", "leaves", "cancelled", "aborted")


@dataclass(eq=False)
class Ran:
    """One run, and all that was seen of it. ``refused`` is why it did not start."""

    limits: RunLimits
    session: str
    policy: SessionPolicy
    reader: str
    events: list[RunEvent] = field(default_factory=list)
    ended: bool = False
    refused: ExecutorError | None = None
    seconds: float = 0.0
    wants_schema: bool = False


@dataclass(eq=False)
class World:
    """What a schedule has done, for the invariants to be looked at."""

    seed: int
    runs: list[Ran]
    model: RandomModel
    runner: RandomRunner
    sessions: RandomSessions
    turns: SessionTurns
    has_price: bool
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


def simulate(seed: int, interfere_at: int = 0) -> tuple[World, int]:
    """Run the schedule of ``seed``; return its world, and how many turns its loop made.

    At the turn ``interfere_at`` the reader of one of its runs is cancelled. Nothing happens by
    chance but what the seed says, so the same seed is the same schedule up to that turn.
    """
    rng = random.Random(seed)
    world = _world(seed, rng)

    def setup(loop: VirtualLoop) -> None:
        loop.jumping.interfere_at = interfere_at
        loop.jumping.interfere = lambda: _cancel_one(world)

    random.seed(seed)  # the retries' own chance
    _, turns = run_virtually(lambda _: _play(world, rng), setup)
    return world, turns


def _cancel_one(world: World) -> None:
    going = [task for task in world.tasks if not task.done()]
    if going:
        going[world.seed % len(going)].cancel()


def _world(seed: int, rng: random.Random) -> World:
    calm = rng.choice((0.5, 0.8, 0.95, 1.0))
    schema = rng.random() < 0.2
    has_price = rng.random() < 0.5
    model = RandomModel(rng, calm, schema)
    runs = [_run(rng, schema, has_price) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    runner, sessions = RandomRunner(rng, calm), RandomSessions(rng, calm)
    return World(seed, runs, model, runner, sessions, SessionTurns(), has_price)


def _run(rng: random.Random, schema: bool, has_price: bool) -> Ran:
    def maybe(value: Any) -> Any:
        return value if rng.random() < 0.25 else None

    limits = RunLimits(
        max_steps=maybe(rng.randint(1, 4)),
        timeout_s=maybe(rng.choice((0.5, 5.0, 60.0))),
        max_tool_calls=maybe(rng.randint(0, 6)),
        max_input_tokens=maybe(rng.randint(50, 2000)),
        max_output_tokens=maybe(rng.randint(1, 400)),
        max_cost_usd=maybe(rng.choice((0.001, 0.01, 0.05))) if has_price else None,
        first_token_s=maybe(rng.choice((0.5, 3.0))),
        token_gap_s=maybe(rng.choice((0.5, 3.0))),
        tool_time_s=maybe(rng.choice((0.1, 1.0, 30.0))),
        tool_text_bytes=maybe(rng.randint(100, 3000)),
    )
    session = rng.choice(("", "s", "s"))
    policy, reader = rng.choice(list(SessionPolicy)), rng.choice(READERS)
    return Ran(limits, session, policy, reader, wants_schema=schema)


async def _play(world: World, rng: random.Random) -> None:
    exchange = ScriptedExchange()
    clock, ids = VirtualClock(), CountingIds()
    spec = agent(tool("add", ADD_SCHEMA), tool("slow", ADD_SCHEMA), fallback_models=("x/second",))
    prices = FixedPrices(PRICE if world.has_price else None)
    planner = Planner(
        FixedBundles(bundle(spec)),
        prices,
        ModelNames(),
        DeploymentLimits(max_steps=8, timeout_s=300.0, first_token_s=60.0, token_gap_s=60.0),
        ids,
    )
    parts = RunParts(
        model=AttemptingModel(world.model, clock, RetryPolicy()),
        runner=world.runner,
        sessions=world.sessions,
        prices=prices,
        turns=world.turns,
        clock=clock,
        ids=ids,
        egress=Egress(lambda _: exchange),
        history=HistoryBudget(messages=rng.choice((12, 400)), text_bytes=rng.choice((3000, 2**21))),
    )
    for ran in world.runs:
        world.tasks.append(asyncio.create_task(_one(ran, planner, parts, rng)))
    await asyncio.wait(world.tasks)
    for task in world.tasks:
        if not task.cancelled():
            task.result()


async def _one(ran: Ran, planner: Planner, parts: RunParts, rng: random.Random) -> None:
    """Start one run and read it in its reader's way."""
    await asyncio.sleep(rng.random() * 2)
    request = RunRequest(
        InlineBundle(b""),
        "what is the weather?",
        session_id=ran.session,
        session_policy=ran.policy,
        limits=ran.limits,
        output_schema=SCHEMA if ran.wants_schema else None,
    )
    run = AgentRun(await planner.plan(request), parts)
    reading = asyncio.create_task(_read(ran, run, rng))
    began = asyncio.get_running_loop().time()
    try:
        if ran.reader in {"cancelled", "aborted"}:
            await asyncio.wait([reading], timeout=rng.random() * 8)
            if ran.reader == "aborted":
                run.abort(rng.choice(list(AbortCause)))
            else:
                reading.cancel()
        await asyncio.wait([reading])
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        ran.seconds = asyncio.get_running_loop().time() - began
    if not reading.cancelled():
        reading.result()


async def _read(ran: Ran, run: AgentRun, rng: random.Random) -> None:
    most = rng.randrange(1, 30) if ran.reader == "leaves" else 10_000
    try:
        async with aclosing(run.events()) as events:
            async for event in events:
                ran.events.append(event)
                if len(ran.events) >= most:
                    return
                if ran.reader == "slow":
                    await asyncio.sleep(rng.random())
        ran.ended = True
    except SessionBusyError as error:
        ran.refused = error
