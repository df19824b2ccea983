"""The text output of runs that wait, retry, exceed a budget, or are stopped."""

from __future__ import annotations

import io

import pytest

from services.cli.client.wire import run_event
from services.cli.domain import (
    InputWanted,
    ToolCalled,
    ToolCost,
    ToolInputRefused,
    ToolReturned,
)
from services.cli.show.inputs import show_wanted
from services.cli.show.run import RunView
from services.cli.show.terminal import Terminal
from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import FinishReason, TokenUsage, UsageSource
from services.executor.errors import ModelRateLimitError, ModelUnavailableError
from services.executor.events import (
    Abort,
    AbortCause,
    AgentChanged,
    Effects,
    Error,
    Event,
    Finish,
    ModelRetry,
    ModelWarning,
    RunEvent,
    ScopeEnded,
    ScopeStarted,
    SessionWait,
    TextDelta,
    TextEnd,
    ToolEffect,
    ToolOutcome,
)
from services.executor.wire.events import to_response

MODEL = "openai/gpt-x"
USAGE = TokenUsage(1200, 80, 1000, 20, UsageSource.PROVIDER, cost_usd=0.01234)
EFFECTS = Effects(
    2,
    USAGE,
    (
        ToolEffect("c1", "search", ToolOutcome.RETURNED),
        ToolEffect("c2", "sendMail", ToolOutcome.UNFINISHED),
        ToolEffect("c3", "log", ToolOutcome.NOT_STARTED),
    ),
    session_saved=True,
)


def shown(*events: Event | tuple[str, Event]) -> str:
    """Return the terminal output for events as they come over the wire, those of scopes too."""
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        view = RunView(terminal)
        for sequence, each in enumerate(events, 1):
            scope, event = each if isinstance(each, tuple) else ("", each)
            seen = run_event(to_response(RunEvent("run_1", sequence, 0, event, scope)).event)
            assert seen is not None
            view.show(seen)
    return out.getvalue()


def test_retry_shows_reason_and_wait() -> None:
    error = ModelRateLimitError("The provider limits the rate.")
    assert shown(ModelRetry(1, "a/x", "a/x", 1, 2.5, error)) == (
        "↻ The provider limits the rate. · asking again in 2.5 s\n"
    )
    assert "asking b/y instead" in shown(ModelRetry(1, "a/x", "b/y", 3, 0.0, error))


def test_warning_of_a_model_is_shown() -> None:
    told = '"a/x" does not take `seed`.'
    assert shown(ModelWarning(1, "a/x", told, "seed")) == f"! {told}\n"


def test_queued_run_says_it_is_waiting() -> None:
    assert shown(SessionWait(2)) == "⏸ 2 runs of this session must end first\n"


def test_agent_that_goes_on_is_named() -> None:
    called = AgentChanged("billing", "a/x", "triage", "c1")
    assert shown(called) == "⇢ billing · a/x\n"
    kept = AgentChanged("billing", "a/x", "triage")
    assert shown(kept) == "⇢ billing · a/x · the session goes on with it\n"


def test_finish_shows_tokens_cost_and_exceeded_budget() -> None:
    budget = BudgetReached(BudgetKind.TOOL_CALLS, 3, 3)
    text = shown(Finish(FinishReason.BUDGET, USAGE, 2, None, budget, EFFECTS))
    assert "1200 tokens in (1000 cached), 80 out (20 reasoning) · $0.0123" in text
    assert "The run has used 3 of its 3 tool calls" in text
    assert "raise `spec.limits.max_tool_calls`" in text


def test_budget_says_whether_the_session_keeps_what_was_done() -> None:
    budget = BudgetReached(BudgetKind.STEPS, 1, 1)
    kept = shown(Finish(FinishReason.BUDGET, USAGE, 1, None, budget, EFFECTS))
    assert "of its 1 model query, and" in kept
    assert "The session keeps what was done so far." in kept
    lost = shown(Finish(FinishReason.BUDGET, USAGE, 1, None, budget, Effects(1, USAGE)))
    assert "Without a saved session, nothing keeps what was done so far." in lost


def test_interrupted_run_names_tools_that_were_running() -> None:
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        view = RunView(terminal)
        view.show(ToolCalled("c1", "search", "{}"))
        view.show(ToolReturned("c1", "{}"))
        view.show(ToolCalled("c2", "sendMail", "{}"))
        view.interrupted()
    text = out.getvalue()
    assert "stopped while running, may have taken effect: sendMail\n" in text


def test_refused_input_has_no_cost_and_small_fuel_is_exact() -> None:
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        view = RunView(terminal)
        view.show(ToolInputRefused("c1", "add", "{}", "a is missing"))
        view.show(ToolCost("c1", 0, 0.0, 0, 0))
        assert "fuel" not in out.getvalue()
        view.show(ToolCost("c2", 1234, 0.001, 0, 0))
    assert "1,234 fuel" in out.getvalue()


def test_structured_answer_is_shown_as_json() -> None:
    text = shown(Finish(FinishReason.STOP, USAGE, 1, ({"city": "Oslo", "degrees": 3},)))
    assert '= {"city": "Oslo", "degrees": 3}' in text


def test_aborted_run_shows_its_effects() -> None:
    text = shown(Abort(AbortCause.INTERRUPTED, "Another run took its place.", EFFECTS))
    assert "The run was stopped: Another run took its place." in text
    assert "returned: search" in text
    assert "stopped while running, may have taken effect: sendMail" in text
    assert "not started: log" in text
    assert "The session keeps the output so far" in text


def test_failed_run_shows_its_effects() -> None:
    text = shown(Error(ModelUnavailableError("away"), EFFECTS))
    assert "returned: search" in text


def test_nested_runs_are_indented_with_what_they_used() -> None:
    """Texts that are written at the same time do not mix."""
    one, two = (
        ScopeStarted("a", "", "c1", "writer", "a/x"),
        ScopeStarted("b", "", "c2", "ed", "a/x"),
    )
    deep = ScopeStarted("d", "a", "c3", "proof", "a/y")
    text = shown(
        one,
        two,
        ("a", TextDelta("t", "Hel")),
        ("b", TextDelta("t", "Ed")),
        ("a", TextDelta("t", "lo")),
        ("a", TextEnd("t")),
        ("a", deep),
        ("d", TextDelta("t", "Right\nso")),
        ("a", ScopeEnded("d", EFFECTS)),
        ScopeEnded("b", EFFECTS, "it was stopped."),
        ScopeEnded("a", EFFECTS),
    )
    used = "2 steps · 1200 tokens in (1000 cached), 80 out (20 reasoning) · $0.0123"
    assert text.splitlines() == [
        "  writer · a/x",
        "  ed · a/x",
        "  Hello",
        "    proof · a/y",
        "    Right",
        "    so",
        f"    proof: {used}",
        "  Ed",
        "  ✗ it was stopped.",
        f"  ed: {used}",
        f"  writer: {used}",
    ]


def test_events_of_unknown_scopes_are_not_shown() -> None:
    assert shown(("gone", TextDelta("t", "x")), ScopeEnded("gone", EFFECTS)).count("x") == 0


def test_names_of_the_bundle_make_no_lines_of_their_own() -> None:
    name = "a\nrun ended"
    lines = shown(
        ScopeStarted("s1", "", "c1", name, MODEL),
        ("s1", AgentChanged(name, MODEL, "a", "c2")),
        ScopeEnded("s1", EFFECTS),
    ).splitlines()
    assert len(lines) == 3
    assert all("a run ended" in line for line in lines)


def test_call_that_waits_for_approval_is_not_told_of_as_running() -> None:
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        view = RunView(terminal, server=None)
        view.show(ToolCalled("c1", "pay", "{}"))
        view.show(InputWanted("i1", True, "c1", "pay", "{}", "10:00", ""))
        view.interrupted()
    assert "pay" in out.getvalue()
    assert "may have taken effect" not in out.getvalue()


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ("", "caisson runs answer run_1 i1 --approve"),
        ("127.0.0.1:1", "caisson runs answer run_1 i1 --server 127.0.0.1:1 --approve"),
        (None, "the run ends with this command"),
    ],
)
def test_who_can_answer_is_told(server: str | None, told: str) -> None:
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        wanted = InputWanted("i1", True, "c1", "pay", "{}", "10:00", "")
        show_wanted(terminal, wanted, "run_1", server)
    assert told in " ".join(out.getvalue().split())
