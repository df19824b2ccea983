"""The parts of an agent that only running its bundle tells, and when the sandbox is asked for them.

A part that is a function of the run's context is asked for in each run. One that is made while the
bundle loads is asked for once a program, unless the code that makes it mentions what differs from
run to run: the clock and randomness, so that an old load gives an old value, or the environment
and the network, of which each run is granted its own. Code that cannot be followed to its end
counts as mentioning all of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from services.executor.agent_parts import AgentPart, AskedPart, ValueSource
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import Thunk
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.manifest.env_choices import are_chosen
from services.executor.bundle.reach.tool_reach import ToolReach
from services.executor.bundle.syntax.diagnostics import Unread
from services.executor.bundle.syntax.syntax import span

# Tools read variables when they are called, and are given them then; which there are may differ.
_MADE_OF_ENV = (AgentPart.INSTRUCTIONS, AgentPart.MODEL, AgentPart.SETTINGS)
_PATHS = {AgentPart.INSTRUCTIONS: "system"}
_CLOCK = re.compile(
    r"\b(?:Date|Temporal|Intl|performance|random\w*|crypto|hrtime|uptime|toLocale\w+)\b"
)
_GRANTED = re.compile(r"\b(?:env|process|require|import|fetch|https?|Deno|Bun|globalThis|eval)\b")


_AS_IF_UNSET = "it is read as if no variable of the environment were set"


def asked_parts(
    evaluator: Evaluator, agent: FoundAgent, reach: ToolReach, unread: Iterable[Unread]
) -> tuple[AskedPart, ...]:
    """Return what the sandbox is asked for, with when.

    If reading the bundle took a variable of the environment as unset, what is made of one, or
    chosen by one, is another in runs that are granted it.
    """
    sources = _Sources(agent, reach)
    asked = [_asked(sources, each) for each in unread]
    if not evaluator.unset:
        return tuple(asked)
    known = {each.part for each in asked}
    is_chosen = any(map(reach.reads_env, evaluator.choices.of(agent.value)))
    for part in (*_MADE_OF_ENV, AgentPart.TOOLS):
        thunks = _thunks(agent, part)
        if part in known:
            continue
        is_made = part in _MADE_OF_ENV and any(map(reach.reads_env, thunks))
        if is_chosen or is_made or any(are_chosen(reach, each) for each in thunks):
            where = span(thunks[0].node if thunks else agent.node)
            path = f"agents.{agent.key}.{_PATHS.get(part, part.value)}"
            asked.append(
                AskedPart(
                    part,
                    path,
                    "it may be made of variables of the environment",
                    where.line,
                    where.column,
                    otherwise=_AS_IF_UNSET,
                    if_granted=True,
                )
            )
    return tuple(asked)


class _Sources:
    """What the code of an agent's parts mentions; each part is looked at once, when asked for."""

    def __init__(self, agent: FoundAgent, reach: ToolReach) -> None:
        self._agent = agent
        self._reach = reach
        self.from_clock = cache(self._from_clock)
        self.granted = cache(self._granted)

    def _from_clock(self, part: AgentPart) -> bool:
        """Return whether the clock or randomness may count while the bundle loads."""
        thunks = _thunks(self._agent, part)
        return not thunks or any(
            self._reach.mentions(each, _CLOCK, at_load=True) for each in thunks
        )

    def _granted(self, part: AgentPart) -> bool:
        """Return whether what a run is granted may count."""
        return any(self._reach.mentions(each, _GRANTED) for each in _thunks(self._agent, part))


def _asked(sources: _Sources, unread: Unread) -> AskedPart:
    from_clock = sources.from_clock(unread.part)
    varies = unread.returned or from_clock or sources.granted(unread.part)
    where = span(unread.node)
    return AskedPart(
        unread.part,
        unread.path,
        unread.reason,
        where.line,
        where.column,
        ValueSource.DYNAMIC if varies else ValueSource.SANDBOX,
        from_clock,
        unread.otherwise,
    )


def _thunks(agent: FoundAgent, part: AgentPart) -> list[Thunk]:
    """Return the expressions that a part is made of."""
    form = agent.framework.agents
    if part is AgentPart.SETTINGS:
        own = {"tools", "model", "mcpServers", *form.instruction_keys, *form.description_keys}
        return [
            thunk
            for whole in agent.settings
            for name, thunk in whole.entries().items()
            if name not in own
        ]
    names: tuple[str, ...] = (part.value,)
    if part is AgentPart.INSTRUCTIONS:
        names = form.instruction_keys
    elif part is AgentPart.DESCRIPTION:
        names = form.description_keys
    found = (whole.entries().get(name) for name in names for whole in agent.config)
    return [thunk for thunk in found if thunk is not None]
