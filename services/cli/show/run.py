"""A run as text: streamed answers, compact tool lines, usage at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.cli.domain import (
    MIB,
    AgentChanged,
    Effects,
    InputWanted,
    ModelRetried,
    ModelWarned,
    PartEnded,
    ReasoningPiece,
    RunAborted,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    RunWentOn,
    ScopeBegan,
    Scoped,
    ScopeDone,
    SessionAwaited,
    StepAgain,
    TextPiece,
    ToolAskedModel,
    ToolCalled,
    ToolCost,
    ToolDenied,
    ToolFailed,
    ToolFetched,
    ToolInputRefused,
    ToolLogged,
    ToolReturned,
)
from services.cli.show.inputs import show_wanted
from services.cli.show.limits import run_limit
from services.cli.show.outside_text import one_line
from services.cli.show.terminal import Indented, Screen, shortened

JSON_WIDTH = 2000
STACK_LINES = 8
CENT = 0.01
LEAST_MILLIONS = 10_000  # smaller would be 0.00 million
LEVEL_STYLES = {"warn": "dim yellow", "error": "dim red"}


class RunView:
    """Shows the events of one run, in order; ``server`` is as for ``show_wanted``."""

    def __init__(
        self,
        terminal: Screen,
        scopes: dict[str, RunView] | None = None,
        server: str | None = "",
    ) -> None:
        self._terminal = terminal
        self._server = server
        self._scopes: dict[str, RunView] = {} if scopes is None else scopes
        self._names: dict[str, str] = {}
        self._run_id = ""
        self._tools: dict[str, str] = {}
        self._not_granted: dict[str, str] = {}
        self._running: dict[str, None] = {}
        self._waiting: dict[str, None] = {}
        self._refused: set[str] = set()
        self._tool_wall_s = 0.0
        self._tool_calls = 0
        self._show: dict[type[Any], Callable[[Any], None]] = {
            RunStarted: self._started,
            TextPiece: self._text,
            ReasoningPiece: self._reasoning,
            PartEnded: self._part_ended,
            ToolCalled: self._tool_called,
            ToolInputRefused: self._tool_input_refused,
            ToolReturned: self._tool_returned,
            ToolFailed: self._tool_failed,
            ToolDenied: self._tool_denied,
            InputWanted: self._input_wanted,
            ToolLogged: self._tool_logged,
            ToolFetched: self._tool_fetched,
            ToolAskedModel: self._tool_asked_model,
            ToolCost: self._tool_cost,
            ModelRetried: self._model_retried,
            ModelWarned: self._model_warned,
            SessionAwaited: self._session_awaited,
            StepAgain: self._step_again,
            RunWentOn: self._went_on,
            AgentChanged: self._agent_changed,
            RunFinished: self._finished,
            RunAborted: self._aborted,
            RunFailed: self._failed,
            ScopeBegan: self._scope_began,
            ScopeDone: self._scope_done,
            Scoped: self._scoped,
        }

    def __repr__(self) -> str:
        """Show how many tools were called."""
        return f"RunView(tool_calls={self._tool_calls})"

    def show(self, event: RunEvent) -> None:
        """Write one event."""
        self._show[type(event)](event)

    def interrupted(self) -> None:
        """Write which tools were running when the person stopped the run."""
        self._terminal.line("The run was interrupted.", "yellow")
        running = tuple(self._tools[call_id] for call_id in self._running)
        show_effects(self._terminal, Effects(unfinished=running))

    def _started(self, event: RunStarted) -> None:
        self._run_id = event.run_id
        session = f" · session {event.session_id}" if event.session_id else ""
        deployed = f" · {one_line(event.deployed)}" if event.deployed else ""
        self._terminal.parts(
            (one_line(event.agent), "bold"),
            (f"{deployed} · {event.model}{session} · run {event.run_id}", "dim"),
        )
        prefix, suffix = f"agents.{event.agent}.tools.", ".execute"
        for notice in event.notices:
            if notice.path.startswith(prefix) and notice.path.endswith(suffix):
                tool = notice.path.removeprefix(prefix).removesuffix(suffix)
                self._not_granted[one_line(tool)] = notice.reason
            if notice.severity != "info":
                text = f"{notice.severity}: {notice.path}: {notice.reason}"
                self._terminal.line(text, "dim yellow")
        self._terminal.wait(f"{event.model} is thinking")

    def _text(self, event: TextPiece) -> None:
        self._terminal.piece(event.text)

    def _reasoning(self, event: ReasoningPiece) -> None:
        self._terminal.piece(event.text, "dim italic")

    def _part_ended(self, _: PartEnded) -> None:
        self._terminal.end_line()

    def _tool_called(self, event: ToolCalled) -> None:
        self._tools[event.call_id] = one_line(event.tool)
        self._running[event.call_id] = None
        self._tool_calls += 1
        self._terminal.parts(
            ("→ ", "cyan"),
            (one_line(event.tool), "bold cyan"),
            (" " + shortened(event.input_json, JSON_WIDTH), "cyan"),
        )
        self._terminal.wait(f"{event.tool} is running")

    def _tool_input_refused(self, event: ToolInputRefused) -> None:
        self._tools[event.call_id] = one_line(event.tool)
        self._refused.add(event.call_id)
        self._terminal.parts(
            ("✗ ", "red"),
            (one_line(event.tool), "bold red"),
            (" INVALID_INPUT: ", "bold red"),
            (event.error, "red"),
        )
        if event.input_text:
            self._terminal.line("    input: " + shortened(event.input_text, JSON_WIDTH), "dim")

    def _tool_returned(self, event: ToolReturned) -> None:
        self._running.pop(event.call_id, None)
        self._terminal.parts(
            ("← ", "green"),
            (self._name(event.call_id), "bold green"),
            (" " + shortened(event.output_json, JSON_WIDTH), "green"),
        )
        self._terminal.wait("the model reads the result")

    def _tool_failed(self, event: ToolFailed) -> None:
        self._running.pop(event.call_id, None)
        tool = self._name(event.call_id)
        show_failure(self._terminal, tool, event)
        if tool in self._not_granted:
            self._terminal.line(f"    {self._not_granted[tool]}", "yellow")
        self._terminal.wait("the model reads the error")

    def _tool_denied(self, event: ToolDenied) -> None:
        self._running.pop(event.call_id, None)
        self._waiting.pop(event.call_id, None)
        why = f": {one_line(event.reason)}" if event.reason else ""
        self._terminal.line(f"✗ {self._name(event.call_id)} was not approved{why}", "red")

    def _input_wanted(self, event: InputWanted) -> None:
        if event.is_approval:  # it has not begun; a client may run its own tool meanwhile
            self._running.pop(event.call_id, None)
            self._waiting[event.call_id] = None
        show_wanted(self._terminal, event, self._run_id, self._server)
        self._terminal.wait("waiting for the answer")

    def _tool_logged(self, event: ToolLogged) -> None:
        show_console(self._terminal, event)

    def _tool_asked_model(self, event: ToolAskedModel) -> None:
        show_query(self._terminal, event)

    def _tool_fetched(self, event: ToolFetched) -> None:
        show_request(self._terminal, event)

    def _tool_cost(self, event: ToolCost) -> None:
        self._tool_wall_s += event.wall_s
        if event.call_id not in self._refused:
            self._terminal.line(f"    {cost_text(event)}", "dim")

    def _model_retried(self, event: ModelRetried) -> None:
        again = event.model == event.next_model
        after = f"in {event.wait_s:.1f} s" if event.wait_s else "at once"
        then = f"asking again {after}" if again else f"asking {event.next_model} instead"
        self._terminal.line(f"↻ {event.message} · {then}", "yellow")
        self._terminal.wait(f"{event.next_model} is asked")

    def _model_warned(self, event: ModelWarned) -> None:
        self._terminal.line(f"! {event.message}", "yellow")

    def _session_awaited(self, event: SessionAwaited) -> None:
        runs = count(event.ahead, "run")
        self._terminal.line(f"⏸ {runs} of this session must end first", "yellow")
        self._terminal.wait("waiting for the session")

    def _step_again(self, event: StepAgain) -> None:
        for call_id in event.call_ids:
            self._running.pop(call_id, None)
        self._terminal.line("↻ This answer was cut off: it is asked for again", "yellow")
        self._terminal.wait("the model is asked again")

    def _went_on(self, event: RunWentOn) -> None:
        if not event.was_lost:
            self._running.update(self._waiting)
            self._waiting.clear()
        why = "after its executor was lost" if event.was_lost else "with the answer"
        self._terminal.line(f"▶ The run goes on {why}", "yellow")
        self._terminal.wait("the run goes on")

    def _agent_changed(self, event: AgentChanged) -> None:
        why = " · the session goes on with it" if event.by_session else ""
        self._terminal.parts(
            ("⇢ ", "magenta"),
            (one_line(event.agent), "bold magenta"),
            (f" · {event.model}{why}", "dim"),
        )
        self._terminal.wait(f"{event.model} is thinking")

    def _scope_began(self, event: ScopeBegan) -> None:
        inside = Indented(self._terminal)
        inside.parts((one_line(event.agent), "bold"), (f" · {event.model}", "dim"))
        self._names[event.scope_id] = one_line(event.agent)
        self._scopes[event.scope_id] = RunView(inside, self._scopes, self._server)
        self._terminal.wait(f"{event.agent} is thinking")

    def _scope_done(self, event: ScopeDone) -> None:
        view = self._scopes.pop(event.scope_id, None)
        if view is not None:
            view.close()
        used, inside = event.used, Indented(self._terminal)
        if event.failure:
            inside.line(f"✗ {event.failure}", "red")
        agent = self._names.pop(event.scope_id, "agent")
        inside.line(f"{agent}: {count(used.steps, 'step')} · {tokens_text(used)}", "dim")

    def _scoped(self, event: Scoped) -> None:
        view = self._scopes.get(event.scope_id)
        if view is not None:
            view.show(event.event)

    def close(self) -> None:
        """Write what is left of a text that ended early."""
        self._terminal.end_line()

    def _finished(self, event: RunFinished) -> None:
        tools = (
            f" · {count(self._tool_calls, 'tool call')} in {self._tool_wall_s * 1000:.1f} ms"
            if self._tool_calls
            else ""
        )
        if event.output_json is not None:
            self._terminal.line(f"= {event.output_json}", "bold green")
        reason = "" if event.reason == "stop" else f" · stopped: {event.reason}"
        self._terminal.line(
            f"{count(event.steps, 'step')} · {tokens_text(event)}{tools}{reason}", "dim"
        )
        if event.budget:
            self._terminal.line(f"{event.budget} {run_limit(event.budget_kind)}".strip(), "yellow")

    def _aborted(self, event: RunAborted) -> None:
        self._terminal.line(f"The run was stopped: {event.reason}", "yellow")
        show_effects(self._terminal, event.effects)

    def _failed(self, event: RunFailed) -> None:
        self._terminal.end_line()
        show_effects(self._terminal, event.effects)

    def _name(self, call_id: str) -> str:
        return self._tools.get(call_id, "tool")


def show_failure(terminal: Screen, tool: str, failure: ToolFailed) -> None:
    """Write why a tool failed: its kind, message and the top of its stack."""
    # The text for the model starts with the kind, which is already shown.
    message = failure.message.removeprefix(f"Error ({failure.kind}): ")
    name = f"{failure.name}: " if failure.name and failure.name not in message else ""
    terminal.parts(
        ("✗ ", "red"),
        (tool, "bold red"),
        (f" {failure.kind}: ", "bold red"),
        (name + message, "red"),
    )
    for line in failure.stack.splitlines()[:STACK_LINES]:
        terminal.line("    " + line.strip(), "dim red")


def show_request(terminal: Screen, event: ToolFetched) -> None:
    """Write one request of a tool, with how it ended."""
    what = f"    ⇄ {event.method} {event.host}{event.path}"
    if event.error:
        terminal.parts((what, "dim"), (f" · {event.error}", "dim red"))
    else:
        took = f"{event.response_bytes:,} bytes in {event.wall_s * 1000:.0f} ms"
        terminal.line(f"{what} · {event.status} · {took}", "dim")


def show_query(terminal: Screen, event: ToolAskedModel) -> None:
    """Write a line about a tool's query to a model."""
    what = f"    ✦ {event.model or 'a model'}"
    if event.error:
        terminal.parts((what, "dim"), (f" · {event.error}", "dim red"))
    else:
        tokens = f"{event.input_tokens} tokens in, {event.output_tokens} out"
        terminal.line(f"{what} · {tokens} in {event.wall_s * 1000:.0f} ms", "dim")


def show_console(terminal: Screen, event: ToolLogged) -> None:
    """Write a tool's console line."""
    for line in event.text.split("\n"):
        terminal.line(f"  │ {line}", LEVEL_STYLES.get(event.level, "dim"))


def show_effects(terminal: Screen, effects: Effects) -> None:
    """Write what an interrupted run had done, if anything."""
    for tools, what in (
        (effects.returned, "returned"),
        (effects.failed, "failed"),
        (effects.unfinished, "stopped while running, may have taken effect"),
        (effects.not_started, "not started"),
    ):
        if tools:
            terminal.line(f"    {what}: {', '.join(tools)}", "dim yellow")
    if effects.session_saved:
        terminal.line("    The session keeps the output so far.", "dim yellow")


def tokens_text(event: RunFinished) -> str:
    """Return the tokens and cost of a run."""
    cached = f" ({event.cached_tokens} cached)" if event.cached_tokens else ""
    reasoning = f" ({event.reasoning_tokens} reasoning)" if event.reasoning_tokens else ""
    estimated = " (estimated)" if event.estimated else ""
    cost = event.cost_usd or 0.0
    dollars = f" · ${cost:.{4 if cost >= CENT else 6}f}" if cost else ""
    return (
        f"{event.input_tokens} tokens in{cached}, {event.output_tokens} out{reasoning}"
        f"{estimated}{dollars}"
    )


def cost_text(cost: ToolCost) -> str:
    """Return the cost of a call in readable units."""
    calls = f", {count(cost.host_calls, 'host call')}" if cost.host_calls else ""
    fuel = f"{cost.fuel / 1e6:.2f} M" if cost.fuel >= LEAST_MILLIONS else f"{cost.fuel:,}"
    return (
        f"{cost.wall_s * 1000:.1f} ms, {fuel} fuel, {cost.peak_memory_bytes / MIB:.1f} MiB{calls}"
    )


def count(number: int, noun: str) -> str:
    """Return ``1 step`` or ``2 steps``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
