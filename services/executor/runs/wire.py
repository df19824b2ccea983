"""Converts recorded runs, and requests for them; see ``executor_service.proto``."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from services.executor.runs.rows import InputRow, RunFilter, RunRow, RunStatus
from services.executor.wire.events import HEARTBEAT as HEARTBEAT_RESPONSE
from services.executor.wire.limits import NANO
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.request_checker import PageRequest, RequestChecker
from services.executor.wire.said_messages import to_time
from services.executor.wire.value_bytes import clean

HEARTBEAT: Final = HEARTBEAT_RESPONSE.SerializeToString()
"""A heartbeat as bytes, for ``ExecuteAgentResponse`` and ``SubscribeRunResponse`` alike."""

MAX_ID_BYTES = 128
MAX_STATES = 16
DEFAULT_PAGE, MOST_PAGE = 50, 500
MAX_PAGE_BYTES = 3 * 1024 * 1024
MOST_SEQUENCE = 2**53
MOST_TIME_NS = 2**63
ID: Final = re.compile(r"[!-~]{1,128}")

STATES: Final = {
    RunStatus.QUEUED: run_event_pb2.RUN_STATE_QUEUED,
    RunStatus.RUNNING: run_event_pb2.RUN_STATE_RUNNING,
    RunStatus.WAITING: run_event_pb2.RUN_STATE_WAITING,
    RunStatus.COMPLETED: run_event_pb2.RUN_STATE_COMPLETED,
    RunStatus.FAILED: run_event_pb2.RUN_STATE_FAILED,
    RunStatus.ABORTED: run_event_pb2.RUN_STATE_ABORTED,
}
STATUSES: Final = {state: status for status, state in STATES.items()}


@dataclass(frozen=True)
class Subscription:
    """Which run's events are asked for, and after which sequence."""

    run_id: str
    after: int


@dataclass(frozen=True)
class RunsPage:
    """A requested page of runs.

    ``states`` are those asked for, as they are shown; none for all. ``about`` binds page tokens.
    """

    wanted: RunFilter
    states: frozenset[int]
    size: int
    about: tuple[str, ...]


@dataclass(frozen=True)
class InputsPage:
    """A requested page of inputs, after the one of id ``after``; ``about`` binds page tokens."""

    run_id: str
    resource_id: str | None
    after: str
    size: int
    about: tuple[str, ...]


def from_run_request(request: Any) -> str:
    """Return the id of a request about one run; raises RequestError."""
    check = RequestChecker()
    check_id("run_id", request.run_id, check)
    check.finish()
    return str(request.run_id)


def from_subscribe_request(request: pb.SubscribeRunRequest) -> Subscription:
    """Return what is subscribed to; raises RequestError."""
    check = RequestChecker()
    check_id("run_id", request.run_id, check)
    if not 0 <= request.after_sequence <= MOST_SEQUENCE:
        check.wrong("after_sequence", "It must be the `sequence` of an event, or 0 for all.")
    check.finish()
    return Subscription(request.run_id, request.after_sequence)


def from_list_runs_request(
    request: pb.ListRunsRequest, tenant: str, tokens: PageTokens
) -> RunsPage:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    session_id, resource_id = request.session_id, request.resource_id
    check.size("session_id", len(session_id.encode()), MAX_ID_BYTES)
    check.size("resource_id", len(resource_id.encode()), MAX_ID_BYTES)
    states = _states(request, check)
    from_ns = _time(request, "create_time_from", check)
    before_ns = _time(request, "create_time_before", check)
    times = (str(from_ns), str(before_ns))
    about = ("runs", tenant, session_id, resource_id, *map(str, sorted(states)), *times)
    place = check.page(request, tokens, about)
    check.finish()
    wanted = RunFilter(
        tenant,
        session_id,
        resource_id if session_id or resource_id else None,
        _statuses(states),
        from_ns,
        before_ns,
        (place[0], _id_of(place[1])) if place else None,
    )
    return RunsPage(wanted, states, _size(request), about)


def from_list_inputs_request(
    request: pb.ListInputsRequest, tenant: str, tokens: PageTokens
) -> InputsPage:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    if request.run_id:
        check_id("run_id", request.run_id, check)
    check.size("resource_id", len(request.resource_id.encode()), MAX_ID_BYTES)
    about = ("inputs", tenant, request.run_id, request.resource_id)
    place = check.page(request, tokens, about)
    check.finish()
    after = _id_of(place[0]) if place else ""
    return InputsPage(request.run_id, request.resource_id or None, after, _size(request), about)


def to_run(row: RunRow) -> run_pb2.Run:
    """Return a run without its events."""
    session_id = row.new.session.session_id if row.new.session is not None else ""
    return run_pb2.Run(
        run_id=row.new.run_id,
        state=_state(row),
        bundle_digest=row.new.program,
        agent=clean(row.new.agent),
        session_id=session_id,
        resource_id=row.new.owner_id,
        request_id=row.new.request_id,
        create_time=to_time(row.created_ns),
        end_time=to_time(row.ended_ns),
        last_sequence=row.next_sequence - 1,
        deployed=row.new.deployed,
        ended=None if row.ended is None else run_event_pb2.RunEnded.FromString(row.ended),
    )


def to_input(row: InputRow) -> run_pb2.Input:
    """Return something that a run waits for."""
    return run_pb2.Input(
        run_id=row.run_id,
        required=run_event_pb2.InputRequired.FromString(row.new.required),
        resource_id=row.resource_id,
        create_time=to_time(row.created_ns),
    )


def to_runs_response(
    rows: Sequence[RunRow], page: RunsPage, tokens: PageTokens
) -> Generator[None, None, pb.ListRunsResponse]:
    """Return a page of ``rows``, which are one more than it may have if there are more.

    It has as many as fit into one response; each run is a step.
    """
    response, room, last = pb.ListRunsResponse(), MAX_PAGE_BYTES, None
    for row in rows[: page.size]:
        run = to_run(row)
        if not page.states or run.state in page.states:
            room -= run.ByteSize()
            if room < 0 and last is not None:
                break
            response.runs.append(run)
        last = row
        yield
    if last is not None and last is not rows[-1]:
        place = (last.created_ns, _number_of(last.new.run_id))
        response.next_page_token = tokens.token(page.about, place)
    return response


def to_inputs_response(
    rows: Sequence[InputRow], page: InputsPage, tokens: PageTokens
) -> Generator[None, None, pb.ListInputsResponse]:
    """Return a page of inputs; see ``to_runs_response``."""
    response, room, last = pb.ListInputsResponse(), MAX_PAGE_BYTES, None
    for row in rows[: page.size]:
        waiting = to_input(row)
        room -= waiting.ByteSize()
        if room < 0 and last is not None:
            break
        response.inputs.append(waiting)
        last = row
        yield
    if last is not None and last is not rows[-1]:
        place = (_number_of(last.new.input_id),)
        response.next_page_token = tokens.token(page.about, place)
    return response


def check_id(field: str, given: str, check: RequestChecker) -> None:
    """Add a problem if a required id is missing, or cannot be one."""
    if not given:
        check.wrong(field, "It is missing.")
    elif not ID.fullmatch(given):
        check.wrong(field, "It must be at most 128 printable ASCII characters, no blanks.")


def _state(row: RunRow) -> run_event_pb2.RunState:
    """Return how a run is shown: one that nobody has is about to begin, or to go on."""
    if row.status is RunStatus.READY:
        status = RunStatus.QUEUED if row.next_sequence == 1 else RunStatus.RUNNING
        return STATES[status]
    return STATES[row.status]


def _states(request: pb.ListRunsRequest, check: RequestChecker) -> frozenset[int]:
    if len(request.states) > MAX_STATES:
        check.wrong("states", f"It has {len(request.states)}; at most {MAX_STATES} are allowed.")
        return frozenset()
    for at, state in enumerate(request.states):
        if state not in STATUSES:
            check.wrong(f"states[{at}]", "This version knows no such state.")
    return frozenset(request.states)


def _statuses(states: frozenset[int]) -> tuple[RunStatus, ...]:
    """Return where runs of these states may be."""
    found = [status for status, state in STATES.items() if state in states]
    ready = {STATES[RunStatus.QUEUED], STATES[RunStatus.RUNNING]} & states
    return (*found, RunStatus.READY) if ready else tuple(found)


def _time(request: pb.ListRunsRequest, field: str, check: RequestChecker) -> int | None:
    """Return a time in nanoseconds since 1970, None if it is not set."""
    if not request.HasField(field):
        return None
    stamp: Timestamp = getattr(request, field)
    time_ns = stamp.seconds * NANO + stamp.nanos
    if not 0 <= time_ns < MOST_TIME_NS:
        check.wrong(field, "It must be a time between the years 1970 and 2262.")
    return time_ns


def _size(request: PageRequest) -> int:
    return min(request.page_size or DEFAULT_PAGE, MOST_PAGE)


def _number_of(an_id: str) -> int:
    """Return an id as a number, which a page token can hold."""
    return int.from_bytes(an_id.encode())


def _id_of(number: int) -> str:
    size = (number.bit_length() + 7) // 8
    return number.to_bytes(size).decode(errors="replace")
