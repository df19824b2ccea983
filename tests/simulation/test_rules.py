"""The loop of virtual time and the rules find what they are there to find."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import pytest

from services.executor.conversation import (
    AssistantMessage,
    Message,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.events import (
    Effects,
    Event,
    Finish,
    FinishStep,
    RunEvent,
    RunStarted,
    StartStep,
    TextDelta,
    ToolEffect,
    ToolOutcome,
)
from tests.simulation.chance import world_script
from tests.simulation.play import Interference, play
from tests.simulation.records import Ran
from tests.simulation.rules import check
from tests.simulation.rules.conversations import check_valid
from tests.simulation.rules.events import check_events
from tests.simulation.running import ScheduleFailedError, how_again, run_seed
from tests.simulation.trace import traced
from tests.simulation.virtual_loop import DeadlockError, EndlessError, VirtualLoop

USER = UserMessage("?")
TWO = AssistantMessage("", (ToolCall("a", "t", "{}"), ToolCall("b", "t", "{}")))
A, B = ToolMessage("a", "t", "1"), ToolMessage("b", "t", "2")


def test_waiting_takes_no_real_time() -> None:
    async def wait() -> float:
        async with asyncio.TaskGroup() as group:
            for seconds in (5.0, 3600.0, 7.0):
                group.create_task(asyncio.sleep(seconds))
        return asyncio.get_running_loop().time()

    loop = VirtualLoop()
    assert loop.play(wait()) == 3600.0
    assert not loop.faults


def test_rules_find_endless_wait() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError):
        VirtualLoop().play(wait())


def test_rules_find_endless_loop() -> None:
    async def spin() -> None:
        asyncio.get_running_loop().call_soon(spin_on)
        await asyncio.Event().wait()

    def spin_on() -> None:
        asyncio.get_running_loop().call_soon(spin_on)

    with pytest.raises(EndlessError):
        VirtualLoop(most_steps=100).play(spin())


def test_rules_find_unclosed_generator() -> None:
    async def words() -> AsyncGenerator[str, None]:
        yield "one"
        yield "two"

    async def read() -> None:
        async for _ in words():
            break

    loop = VirtualLoop()
    loop.play(read())
    assert "words" in loop.faults[0]


def test_rules_find_unhandled_error() -> None:
    async def fail() -> None:
        raise KeyError("lost")

    async def forget() -> None:
        asyncio.get_running_loop().create_task(fail())
        await asyncio.sleep(1)

    loop = VirtualLoop()
    loop.play(forget())
    assert "never retrieved" in loop.faults[0]


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [TWO, A, B],
        [USER, TWO],
        [USER, TWO, A],
        [USER, TWO, B, A],
        [USER, TWO, A, B, A],
        [USER, TWO, A, USER, B],
        [USER, A],
        [USER, TWO, A, B, TWO, A, B],
    ],
)
def test_rules_find_conversation_providers_refuse(messages: Sequence[Message]) -> None:
    check_valid([USER, TWO, A, B])
    with pytest.raises(AssertionError):
        check_valid(messages)


def finished() -> Ran:
    """A run of which all rules hold, with calls in it."""
    for seed in range(1000):
        ran = play(world_script(seed)).runs[0]
        if isinstance(ran.terminal, Finish) and len(ran.called) > 1 and ran.kept:
            return ran
    raise AssertionError("no such schedule")


@pytest.mark.parametrize("kind", [RunStarted, StartStep, FinishStep, Finish])
def test_rules_find_missing_or_duplicate_event(kind: type[Event]) -> None:
    ran = finished()
    check_events(ran)
    whole = list(ran.events)
    at = next(at for at, (_, event) in enumerate(whole) if isinstance(event.event, kind))
    del ran.events[at]
    with pytest.raises(AssertionError):
        check_events(ran)
    ran.events = [*whole, whole[at]]
    with pytest.raises(AssertionError):
        check_events(ran)


def changed_delta(event: RunEvent) -> RunEvent:
    text = event.event
    assert isinstance(text, TextDelta)
    return replace(event, event=TextDelta(text.id, text.delta + "!"))


def test_rules_find_text_the_model_never_sent() -> None:
    seeds = (seed for seed in range(1000))
    for seed in seeds:
        played = play(world_script(seed))
        events = played.runs[0].events
        texts = [at for at, (_, item) in enumerate(events) if isinstance(item.event, TextDelta)]
        if texts:
            break
    check(played)
    events[texts[0]] = (events[texts[0]][0], changed_delta(events[texts[0]][1]))
    with pytest.raises(AssertionError):
        check(played)


@pytest.mark.parametrize("outcome", list(ToolOutcome))
def test_rules_find_false_side_effects(outcome: ToolOutcome) -> None:
    played, ran = next(
        (played, ran)
        for seed in range(1000)
        for played in [play(world_script(seed))]
        for ran in played.runs
        if isinstance(ran.terminal, Finish) and ran.called
    )
    check(played)
    time_s, last = ran.events[-1]
    finish = last.event
    assert isinstance(finish, Finish)
    first, *rest = finish.effects.tool_calls
    told = (ToolEffect(first.call_id, first.tool, outcome), *rest)
    effects: Effects = replace(finish.effects, tool_calls=told)
    ran.events[-1] = (time_s, replace(last, event=replace(finish, effects=effects)))
    if outcome is first.outcome:
        check(played)
    else:
        with pytest.raises(AssertionError):
            check(played)


def test_failing_schedule_says_how_to_rerun_it() -> None:
    with pytest.raises(ScheduleFailedError, match="pytest tests/simulation --seed 7;") as caught:
        run_seed(7, Interference(2, aborts=True, again=5), most_steps=3)
    assert "--seed 7 --step 2 --again 5 --abort" in str(caught.value)


def test_schedule_is_readable() -> None:
    text = traced(run_seed(7))
    assert "run 0: " in text
    assert "StartStep(step=1)" in text
    assert how_again(7, None).endswith("--seed 7")
