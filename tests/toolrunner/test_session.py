"""The session's table of transitions; only its own errors leave it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toolrunner.checks import Bounds
from services.toolrunner.domain import (
    ConsoleLevel,
    FailureKind,
    Limits,
    Outcome,
    Program,
    ToolFailure,
    Usage,
)
from services.toolrunner.effects import (
    Admit,
    CancelCall,
    Close,
    Deliver,
    Effects,
    Keep,
    Load,
    LookUp,
    Reserve,
    Send,
    StartCall,
)
from services.toolrunner.errors import (
    OutOfOrderError,
    OverLimitError,
    OverloadedError,
    ProtocolError,
    UnsupportedError,
)
from services.toolrunner.messages import (
    Call,
    CallConsole,
    CallEnded,
    CallStarted,
    Cancel,
    ClientMessage,
    ConsoleText,
    Draining,
    Evaluate,
    HalfClose,
    HostCall,
    HostResult,
    LimitRequest,
    Open,
    Opened,
    Ping,
    ProgramChunk,
    ProgramFailed,
    ProgramHeld,
    ProgramLoaded,
    ProgramMissing,
    ProgramWanted,
    Unreceived,
    WorkEvent,
)
from services.toolrunner.session import Session, State

SOURCE = "export default 'grüß';".encode()
DIGEST = "sha256:" + hashlib.sha256(SOURCE).hexdigest()
PROGRAM = Program(DIGEST, True, SOURCE)
OPEN = Open("run", DIGEST, True, None, ())
LOADED = ProgramLoaded(True, Usage())
OPENED = Opened(LOADED, Bounds().call_limits, Bounds().calls_in_flight, Bounds().request_bytes)
DRAINING = Draining(1.0)
DONE = Outcome("1", None, Usage())
LINE = ConsoleText(ConsoleLevel.LOG, "text", 0)


def call(call_id: str = "a", limits: LimitRequest | None = None) -> Call:
    return Call(call_id, "agent", "tool", "{}", "{}", "", limits)


def ready(*, capabilities: tuple[str, ...] = (), bounds: Bounds | None = None) -> Session:
    session = Session(bounds or Bounds())
    session.feed(Open("run", DIGEST, True, None, capabilities))
    session.feed(ProgramHeld(PROGRAM))
    session.feed(LOADED)
    return session


def test_stored_program_is_loaded_and_opened() -> None:
    session = Session(Bounds())
    assert session.feed(OPEN) == (Admit(""), LookUp(DIGEST, True))
    assert session.feed(ProgramHeld(PROGRAM)) == (Load(PROGRAM),)
    assert session.feed(LOADED) == (Send(OPENED),)
    assert session.state is State.READY


def test_missing_program_is_requested_and_stored() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    assert session.feed(ProgramMissing()) == (Send(ProgramWanted(DIGEST)),)
    assert session.feed(ProgramChunk(SOURCE[:5], last=False)) == (Reserve(5),)
    rest = len(SOURCE) - 5
    effects = session.feed(ProgramChunk(SOURCE[5:], last=True))
    assert effects == (Reserve(rest), Keep(PROGRAM), Load(PROGRAM))


def test_program_that_fails_to_load_ends_the_stream() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    session.feed(ProgramHeld(PROGRAM))
    failed = ProgramFailed(ToolFailure(FailureKind.LOAD_FAILED, "threw"))
    assert session.feed(failed) == (Send(failed), Close())
    assert session.state is State.CLOSED


def test_program_with_wrong_digest_is_refused() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    session.feed(ProgramMissing())
    with pytest.raises(ProtocolError, match="SHA-256"):
        session.feed(ProgramChunk(b"other", last=True))


def test_program_that_is_not_utf8_is_refused() -> None:
    source = b"\xff\xfe"
    session = Session(Bounds())
    session.feed(Open("run", "sha256:" + hashlib.sha256(source).hexdigest(), True, None, ()))
    session.feed(ProgramMissing())
    with pytest.raises(ProtocolError, match="not UTF-8 at byte 0"):
        session.feed(ProgramChunk(source, last=True))


def test_program_over_its_limit_is_refused_before_it_is_complete() -> None:
    session = Session(Bounds(program_bytes=10))
    session.feed(OPEN)
    session.feed(ProgramMissing())
    session.feed(ProgramChunk(b"x" * 10, last=False))
    with pytest.raises(OverLimitError, match="10 bytes"):
        session.feed(ProgramChunk(b"x", last=False))


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (Open("run", DIGEST.upper(), True, None, ()), "program_digest"),
        (Open("run", DIGEST.removeprefix("sha256:"), True, None, ()), "program_digest"),
        (Open("run", DIGEST, None, None, ()), "format"),
        (Open("r" * 129, DIGEST, True, None, ()), "run_id"),
        (Open("run", DIGEST, True, None, ("filesystem",)), "'filesystem'.*fetch"),
        (Open("run", DIGEST, True, LimitRequest(fuel=0), ()), "open.limits.fuel"),
        (Open("run", DIGEST, True, LimitRequest(timeout_s=-1.0), ()), "open.limits.timeout"),
    ],
)
def test_invalid_open_is_refused(message: Open, problem: str) -> None:
    with pytest.raises(ProtocolError, match=problem):
        Session(Bounds()).feed(message)


def test_known_capability_is_granted_once() -> None:
    (start,) = ready(capabilities=("fetch", "fetch")).feed(call())
    assert isinstance(start, StartCall)
    assert start.call.capabilities == ("fetch",)


def test_limits_are_lowered_and_never_raised() -> None:
    most = Limits(timeout_s=10, fuel=100, memory_bytes=1000, output_bytes=50, console_bytes=5)
    session = Session(Bounds(call_limits=most))
    session.feed(Open("run", DIGEST, True, LimitRequest(timeout_s=5.0, fuel=10**9), ()))
    session.feed(ProgramHeld(PROGRAM))
    session.feed(LOADED)
    (start,) = session.feed(call(limits=LimitRequest(timeout_s=99.0, console_bytes=0)))
    assert isinstance(start, StartCall)
    assert start.call.limits == Limits(5.0, 100, 1000, 50, 0)


def test_call_id_cannot_be_reused_after_call_ends() -> None:
    session = ready()
    session.feed(call())
    session.feed(CallEnded("a", DONE))
    with pytest.raises(ProtocolError, match="used before"):
        session.feed(call())


def test_calls_in_flight_are_limited() -> None:
    session = ready(bounds=Bounds(calls_in_flight=2))
    session.feed(call("a"))
    session.feed(call("b"))
    session.feed(CallEnded("a", DONE))
    session.feed(call("c"))
    assert refused(session.feed(call("d"))) == ("d", FailureKind.OVERLOADED)
    session.feed(CallEnded("b", DONE))
    assert isinstance(session.feed(call("e"))[0], StartCall)


def refused(effects: Effects) -> tuple[str, FailureKind]:
    """Return which call ended without being started, and why."""
    (effect,) = effects
    assert isinstance(effect, Send)
    assert isinstance(effect.reply, CallEnded)
    assert not effect.reply.started
    assert effect.reply.outcome.failure is not None
    return effect.reply.call_id, effect.reply.outcome.failure.kind


def test_call_that_was_not_received_ends_and_the_stream_goes_on() -> None:
    session = ready()
    failure = ToolFailure(FailureKind.INVALID_INPUT, "too large")
    assert refused(session.feed(Unreceived("a", None, failure))) == ("a", failure.kind)
    assert isinstance(session.feed(call("b"))[0], StartCall)


def test_answer_that_was_not_received_fails_its_host_call() -> None:
    session = ready(capabilities=("fetch",))
    session.feed(call())
    session.feed(HostCall("a", 1, "fetch", "{}"))
    failure = ToolFailure(FailureKind.OUTPUT_TOO_LARGE, "too large")
    effects = session.feed(Unreceived("a", 1, failure))
    assert effects == (Deliver(HostResult("a", 1, "", failure)),)


def test_draining_stream_begins_no_call_and_ends_after_the_last() -> None:
    session = ready()
    session.feed(call("a"))
    assert session.feed(DRAINING) == (Send(DRAINING),)
    assert refused(session.feed(call("b"))) == ("b", FailureKind.OVERLOADED)
    ended = CallEnded("a", DONE)
    assert session.feed(ended) == (Send(ended), Close())
    assert session.feed(call("c")) == ()
    assert session.feed(Cancel("c")) == ()


def test_idle_stream_ends_when_the_runner_drains() -> None:
    assert ready().feed(DRAINING) == (Send(DRAINING), Close())


def test_program_that_loads_while_the_runner_drains_is_still_told() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    session.feed(ProgramHeld(PROGRAM))
    assert session.feed(DRAINING) == (Send(DRAINING),)
    assert session.feed(LOADED) == (Send(OPENED), Close())


def test_stream_without_its_program_is_refused_when_the_runner_drains() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    session.feed(ProgramMissing())
    with pytest.raises(OverloadedError, match="being stopped"):
        session.feed(DRAINING)
    assert session.state is State.CLOSED


def test_ping_is_answered_whatever_the_stream_waits_for() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    session.feed(ProgramMissing())
    assert session.feed(Ping(7)) == (Send(Ping(7)),)
    assert ready().feed(Ping(8)) == (Send(Ping(8)),)


@pytest.mark.parametrize(
    "asked",
    [
        Evaluate("a", "agent", "tool", "outputSchema"),
        Evaluate("a", "agent", "", "inputSchema"),
        Evaluate("a", "agent", "tool", "inputSchema", "[1]"),
        Evaluate("a", "agent", "tool", "agent", '[["tools"]]'),
        Evaluate("a", "agent", "", "agent"),
        Evaluate("a", "agent", "", "agent", '[["tools", "secrets"]]'),
        Evaluate("a", "agent", "", "agent", "[" * 500),
        Evaluate("a", "agent", "", "agent", "[[]]"),
        Evaluate("a", "agent", "", "hook", "[]"),
        Evaluate("a", "agent", "", "hook", '["stopWhen"]'),
        Evaluate("a", "agent", "", "hook", '["generate", {}]'),
        Evaluate("a", "agent", "tool", "hook", '["stopWhen", {}]'),
        Evaluate("a", "agent", "", "hook", f'["stopWhen", "{"x" * 1024 * 1024}"]'),
    ],
)
def test_member_that_this_version_cannot_evaluate_fails_by_name(asked: Evaluate) -> None:
    session = ready()
    assert refused(session.feed(asked)) == ("a", FailureKind.INVALID_INPUT)
    (started,) = session.feed(Evaluate("b", "agent", "tool", "inputSchema"))
    assert isinstance(started, StartCall)
    assert (started.call.member, started.call.input_json) == ("inputSchema", "{}")


def test_agent_is_asked_for_the_parts_that_are_named() -> None:
    (started,) = ready().feed(Evaluate("a", "agent", "", "agent", '[["instructions", "tools"]]'))
    assert isinstance(started, StartCall)
    assert started.call.member == "agent"
    assert started.call.input_json == '["instructions", "tools"]'
    assert started.call.capabilities == ()


def test_hook_is_given_what_the_caller_says() -> None:
    (started,) = ready().feed(Evaluate("a", "agent", "", "hook", '["stopWhen", {"steps": []}]'))
    assert isinstance(started, StartCall)
    assert (started.call.member, started.call.capabilities) == ("hook", ())
    assert started.call.input_json == '["stopWhen", {"steps": []}]'


def test_load_may_be_as_young_as_the_caller_asks() -> None:
    program = Program(DIGEST, True, b"")
    assert program.loaded_within(None, 59.0).image_key == program.key
    within = [program.loaded_within(60, now_s).image_key for now_s in (0.0, 59.9, 60.0)]
    assert within[0] == within[1] != within[2]
    with pytest.raises(ProtocolError, match="less than 1 second"):
        Session(Bounds()).feed(Open("run", DIGEST, True, None, (), max_load_age_s=0.5))


def test_feature_that_is_unknown_is_refused_with_the_version() -> None:
    needs = Open("run", DIGEST, True, None, (), required_features=("evaluate.prompt",))
    with pytest.raises(UnsupportedError, match=r"evaluate\.prompt.*toolrunner \d"):
        Session(Bounds()).feed(needs)
    known = Open("run", DIGEST, True, None, (), required_features=("evaluate.inputSchema",))
    assert Session(Bounds()).feed(known)


def test_host_call_without_a_grant_is_denied_at_once() -> None:
    session = ready()
    session.feed(call())
    (deliver,) = session.feed(HostCall("a", 1, "fetch", "{}"))
    assert isinstance(deliver, Deliver)
    assert deliver.result.failure is not None
    assert deliver.result.failure.kind is FailureKind.CAPABILITY_DENIED


def test_granted_host_call_is_forwarded_and_answered_once() -> None:
    session = ready(capabilities=("fetch",))
    session.feed(call())
    asks = HostCall("a", 1, "fetch", "{}")
    assert session.feed(asks) == (Send(asks),)
    result = HostResult("a", 1, '"page"')
    assert session.feed(result) == (Deliver(result),)
    with pytest.raises(ProtocolError, match="answered already"):
        session.feed(result)


def test_forged_host_result_is_refused() -> None:
    with pytest.raises(ProtocolError, match="is no call"):
        ready().feed(HostResult("forged", 1, "1"))


def test_host_result_with_invalid_json_is_refused() -> None:
    session = ready(capabilities=("fetch",))
    session.feed(call())
    session.feed(HostCall("a", 1, "fetch", "{}"))
    with pytest.raises(ProtocolError, match="not JSON"):
        session.feed(HostResult("a", 1, "1],"))


def test_late_host_result_and_cancel_are_ignored() -> None:
    session = ready(capabilities=("fetch",))
    session.feed(call())
    session.feed(HostCall("a", 1, "fetch", "{}"))
    session.feed(CallEnded("a", DONE))
    assert session.feed(HostResult("a", 1, "1")) == ()
    assert session.feed(Cancel("a")) == ()
    assert session.feed(Cancel("never")) == ()


def test_cancel_ends_call_in_flight() -> None:
    session = ready()
    session.feed(call())
    assert session.feed(Cancel("a")) == (CancelCall("a"),)


def test_half_close_waits_for_calls_in_flight() -> None:
    session = ready()
    session.feed(call())
    assert session.feed(HalfClose()) == ()
    line = CallConsole("a", LINE)
    assert session.feed(line) == (Send(line),)
    ended = CallEnded("a", DONE)
    assert session.feed(ended) == (Send(ended), Close())


def test_half_close_denies_unanswered_host_calls() -> None:
    session = ready(capabilities=("fetch",))
    session.feed(call())
    session.feed(HostCall("a", 1, "fetch", "{}"))
    (deliver,) = session.feed(HalfClose())
    assert isinstance(deliver, Deliver)
    assert (deliver.result.call_id, deliver.result.host_call_id) == ("a", 1)
    (denied,) = session.feed(HostCall("a", 2, "fetch", "{}"))
    assert isinstance(denied, Deliver)


def test_half_close_while_loading_still_opens() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    session.feed(ProgramHeld(PROGRAM))
    assert session.feed(HalfClose()) == ()
    assert session.feed(LOADED) == (Send(OPENED), Close())


@pytest.mark.parametrize("message", [call(), ProgramChunk(b"x", last=False), Cancel("a")])
def test_first_message_must_be_open(message: ClientMessage) -> None:
    with pytest.raises(OutOfOrderError, match="first message must be `open`"):
        Session(Bounds()).feed(message)


def test_call_before_opened_is_refused() -> None:
    session = Session(Bounds())
    session.feed(OPEN)
    with pytest.raises(OutOfOrderError, match="`call` out of turn: wait for `opened`"):
        session.feed(call())


def test_second_open_is_refused() -> None:
    with pytest.raises(OutOfOrderError, match="`open` out of turn"):
        ready().feed(OPEN)


def test_stream_that_ends_before_open_is_refused() -> None:
    with pytest.raises(OutOfOrderError, match="too early"):
        Session(Bounds()).feed(HalfClose())


def test_protocol_error_closes_session() -> None:
    session = ready()
    session.feed(call())
    with pytest.raises(ProtocolError):
        session.feed(call())
    assert session.state is State.CLOSED
    assert session.feed(CallEnded("a", DONE)) == ()
    with pytest.raises(OutOfOrderError, match="has ended"):
        session.feed(call("b"))


IDS = st.sampled_from(["a", "b", "", "x" * 200])
NUMBERS = st.integers(-1, 3)
LIMITS = st.none() | st.builds(
    LimitRequest,
    timeout_s=st.none() | st.floats(allow_nan=True),
    fuel=st.none() | st.integers(0, 2**64 - 1),
)
OUTPUTS = st.sampled_from(["1", "{", "", "[" * 100_000])
OUTCOMES = st.just(DONE)
MESSAGES = st.one_of(
    st.just(OPEN),
    st.builds(
        Open,
        IDS,
        st.sampled_from([DIGEST, "", "z"]),
        st.none() | st.booleans(),
        LIMITS,
        st.just(()),
    ),
    st.builds(ProgramChunk, st.sampled_from([SOURCE, SOURCE[:5], b""]), st.booleans()),
    st.builds(Call, IDS, IDS, IDS, st.text(max_size=3), st.text(max_size=3), IDS, LIMITS),
    st.builds(HostResult, IDS, NUMBERS, OUTPUTS),
    st.builds(Cancel, IDS),
    st.builds(Evaluate, IDS, IDS, IDS, st.sampled_from(["inputSchema", "", "other"])),
    st.builds(Ping, NUMBERS),
    st.just(DRAINING),
    st.builds(CallStarted, IDS),
    st.just(HalfClose()),
    st.just(ProgramHeld(PROGRAM)),
    st.just(ProgramMissing()),
    st.just(LOADED),
    st.builds(ProgramFailed, st.just(ToolFailure(FailureKind.LOAD_FAILED, "threw"))),
    st.builds(CallConsole, IDS, st.just(LINE)),
    st.builds(HostCall, IDS, NUMBERS, st.sampled_from(["fetch", "files"]), st.just("{}")),
    st.builds(CallEnded, IDS, OUTCOMES),
)


@given(st.lists(MESSAGES, max_size=40))
def test_random_messages_are_answered_or_refused_by_type(
    messages: list[ClientMessage | WorkEvent],
) -> None:
    session = Session(Bounds(calls_in_flight=2))
    started: set[str] = set()
    ended: set[str] = set()
    closes = 0
    for message in messages:
        try:
            effects = session.feed(message)
        except (ProtocolError, OverloadedError):
            assert session.state is State.CLOSED
            continue
        for effect in effects:
            if isinstance(effect, StartCall):
                assert effect.call_id not in started
                started.add(effect.call_id)
            if isinstance(effect, Send) and isinstance(effect.reply, CallEnded):
                if not effect.reply.started:
                    assert effect.reply.call_id not in started
                    continue
                assert effect.reply.call_id in started - ended
                ended.add(effect.reply.call_id)
            closes += isinstance(effect, Close)
        assert session.calls_in_flight <= started - ended
    assert closes <= 1


def test_answer_to_a_load_that_has_ended_is_ignored() -> None:
    session = Session(Bounds())
    session.feed(Open("run", DIGEST, True, None, ("fetch",), host_calls_at_load=True))
    session.feed(ProgramHeld(PROGRAM))
    asked = HostCall("", 1, "fetch", "{}")
    assert session.feed(asked) == (Send(asked),)
    session.feed(LOADED)
    assert session.feed(HostResult("", 1, "{}", None)) == ()
    assert session.state is State.READY
