"""Handoffs in schedules: two agents that hand the conversation to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.executor.agent_parts import AgentLink
from services.executor.conversation import ToolCall
from services.executor.domain import AgentSpec
from services.executor.events import AgentChanged
from tests.simulation.chance import dice
from tests.simulation.records import Ran
from tests.simulation.scripts import WantedCall

HANDS_OVER = "transfer_to_"
MADE = '{"assistant":'
AIDE = "aide"


def is_handoff(tool: str) -> bool:
    """Tell whether a call of a tool hands the conversation over."""
    return tool.startswith(HANDS_OVER)


def with_aide(main: AgentSpec) -> tuple[AgentSpec, AgentSpec]:
    """Return an agent that may hand over to another one, and that one, which may hand back."""
    to_aide, to_main = (
        (AgentLink(key, key, f"{HANDS_OVER}{key}", "Goes on."),) for key in (AIDE, main.key)
    )
    aide = replace(main, key=AIDE, name=AIDE, system="Aid.", handoffs=to_main, inner=True)
    return replace(main, handoffs=to_aide), aide


def with_handoffs(
    calls: Sequence[WantedCall], seed: int, run: int, number: int, offered: Sequence[str]
) -> list[WantedCall]:
    """Return the calls of an answer with some that hand over, before the others."""
    rng = dice(seed, "handoff", run, number)
    if not offered or rng.random() > 0.4:
        return list(calls)
    most = rng.choice((1, 1, 1, 2, 3))
    made = [
        WantedCall(f"h{rng.getrandbits(40)}", rng.choice(offered), "{}", is_valid=True)
        for _ in range(most)
    ]
    return [*made, *calls]


def handed(ran: Ran) -> list[AgentChanged]:
    """Return the handoffs that calls have made."""
    events = (event.event for _, event in ran.events)
    return [each for each in events if isinstance(each, AgentChanged) and each.call_id]


def seen_calls(said: Sequence[ToolCall], wanted: Sequence[WantedCall]) -> Sequence[WantedCall]:
    """Return the calls of an answer that models see later: of several handoffs, the first."""
    first = next((call for call in wanted if is_handoff(call.tool)), None)
    if len(said) == len(wanted):
        return wanted
    return [call for call in wanted if call is first or not is_handoff(call.tool)]
