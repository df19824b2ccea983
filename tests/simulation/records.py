"""What was seen of a schedule: by the models, the tools, the store, the clients and the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.executor.agent.deltas import Finished, ModelDelta, UsageReport
from services.executor.agent.ports import ModelQuery, ToolInvocation
from services.executor.budgets import BudgetReached
from services.executor.conversation import Message, SessionKey, TokenUsage, UserMessage
from services.executor.domain import Json
from services.executor.errors import ModelSettingError
from services.executor.events import (
    Abort,
    AbortCause,
    Effects,
    Error,
    Finish,
    RunEvent,
    Terminal,
    ToolOutcome,
)
from tests.simulation.scripts import AnswerScript, RunScript, ToolScript, WorldScript


@dataclass(eq=False)
class Asked:
    """One request to a model.

    Attributes:
        said: what it answered, and ``waits_s`` what each piece made its reader wait.
        silent_s: the silence after the last piece, before the stream was closed.
        error: what it raised.
        is_whole: it answered to its end, with a reason.
    """

    script: AnswerScript
    query: ModelQuery
    began_s: float
    said: list[ModelDelta] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    silent_s: float = 0.0
    ended_s: float = 0.0
    error: Exception | None = None
    is_whole: bool = False
    closed: bool = False

    @property
    def is_visible(self) -> bool:
        """Something of the answer itself was said."""
        return any(not isinstance(each, Finished | UsageReport) for each in self.said)

    @property
    def refuses(self) -> str:
        """The setting that it refused for the first time, without which it is to be asked."""
        error = self.error
        if not isinstance(error, ModelSettingError) or self.is_visible:
            return ""
        before = self.query.left_out.get(self.query.model, ())
        return "" if error.setting in before else error.setting

    @property
    def usage(self) -> TokenUsage:
        """What it told last of its tokens."""
        reports = [each.usage for each in self.said if isinstance(each, UsageReport)]
        return reports[-1] if reports else TokenUsage()


@dataclass(eq=False)
class Called:
    """One call of a tool; ``outcome`` is None while it runs, ``output`` what it returned."""

    invocation: ToolInvocation
    script: ToolScript
    began_s: float
    ended_s: float | None = None
    outcome: ToolOutcome | None = None
    output: Json = None
    lines: int = 0


@dataclass(eq=False)
class Stored:
    """One operation on the store: what was loaded, or was to be kept; ``done`` or ``failed``."""

    kind: str
    key: SessionKey
    messages: Sequence[Message]
    began_s: float
    ended_s: float = 0.0
    done: bool = False
    failed: bool = False


@dataclass(eq=False)
class Ran:
    """One run.

    Attributes:
        events: what its client saw, with the time at which it did.
        ended: the client read to the end; otherwise it was cancelled, or left.
        refused: why the run did not start.
        aborts: when it was aborted, and why.
        cut_s: when its client was cancelled.
        endings: what the log says of its end, with the time.
        left: tasks that lived when its stream was closed.
        numbers: the number of each call that was begun, by which its script is found.
        opened_s: when the tool session was begun.
        active: the loop's steps in which model, tools or store were at work: first and last;
            ``active_s`` is the time of the first.
    """

    number: int
    script: RunScript
    message: UserMessage
    max_steps: int
    events: list[tuple[float, RunEvent]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    called: dict[str, Called] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    opened_s: float | None = None
    running: int = 0
    open_sessions: int = 0
    began_s: float = 0.0
    closed_s: float = 0.0
    ended: bool = False
    refused: Exception | None = None
    aborts: list[tuple[float, AbortCause]] = field(default_factory=list)
    cut_s: float | None = None
    endings: list[tuple[float, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    active: tuple[int, int] | None = None
    active_s: float = 0.0

    @property
    def ended_s(self) -> float:
        """When the run itself ended, whatever its client did then."""
        return self.endings[0][0] if self.endings else self.closed_s

    @property
    def terminal(self) -> Terminal | None:
        """The terminal event, when the client saw one."""
        last = self.events[-1][1].event if self.events else None
        return last if isinstance(last, Finish | Abort | Error) else None

    @property
    def effects(self) -> Effects | None:
        """What the terminal event tells, when the client saw one."""
        terminal = self.terminal
        return terminal.effects if terminal is not None else None

    @property
    def budget(self) -> BudgetReached | None:
        """The budget that ended the run, if one did."""
        terminal = self.terminal
        return terminal.budget if isinstance(terminal, Finish) else None

    @property
    def loaded(self) -> tuple[Message, ...]:
        """The conversation as the run found it."""
        found = [each.messages for each in self.stored if each.kind == "load" and each.done]
        return tuple(found[0]) if found else ()

    @property
    def kept(self) -> tuple[Message, ...] | None:
        """What the store holds of the run, None for nothing."""
        found = [each.messages for each in self.stored if each.kind == "append" and each.done]
        return tuple(found[0]) if found else None

    def steps(self) -> list[list[Asked]]:
        """The attempts of each step: one that was answered to its end is a step's last."""
        steps: list[list[Asked]] = []
        for at, asked in enumerate(self.asked):
            if at and not self.asked[at - 1].is_whole:
                steps[-1].append(asked)
            else:
                steps.append([asked])
        return steps

    def is_active(self, step: int, now_s: float) -> None:
        """Note that something of the run is at work in this step of the loop."""
        if self.active is None:
            self.active, self.active_s = (step, step), now_s
        self.active = (self.active[0], step)


@dataclass(eq=False)
class Played:
    """A schedule that was played.

    ``steps`` counts the callbacks of the loop, ``faults`` is what nobody should have to be told,
    ``busy`` the runs that are recorded as going on.
    """

    script: WorldScript
    runs: list[Ran]
    steps: int = 0
    faults: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    slack_s: float = 0.0
