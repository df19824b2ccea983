"""Recorded runs as messages: states, pages that fit into a response, and bounds of requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2
from services.executor.errors import RequestError
from services.executor.runs.rows import RunRow, RunStatus
from services.executor.runs.wire import from_list_runs_request, to_run, to_runs_response
from services.executor.wire.page_tokens import PageTokens
from tests.runs.recorded import OWNER, new_run

ROW = RunRow(new_run("run_1"), RunStatus.RUNNING, 1, 0, OWNER, 1, "", 5)
TOKENS = PageTokens("key")


def page_of(rows: list[RunRow], request: pb.ListRunsRequest) -> pb.ListRunsResponse:
    """Return a page of what a journal has found."""
    steps = to_runs_response(rows, from_list_runs_request(request, "", TOKENS), TOKENS)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            page: pb.ListRunsResponse = end.value
            return page


@pytest.mark.parametrize(
    ("status", "next_sequence", "shown"),
    [
        (RunStatus.READY, 1, run_event_pb2.RUN_STATE_QUEUED),
        (RunStatus.READY, 2, run_event_pb2.RUN_STATE_RUNNING),
        (RunStatus.QUEUED, 2, run_event_pb2.RUN_STATE_QUEUED),
        (RunStatus.WAITING, 9, run_event_pb2.RUN_STATE_WAITING),
    ],
)
def test_run_that_nobody_has_is_about_to_begin_or_to_go_on(
    status: RunStatus, next_sequence: int, shown: run_event_pb2.RunState
) -> None:
    row = replace(ROW, status=status, next_sequence=next_sequence)
    assert to_run(row).state == shown


def test_ready_runs_are_listed_by_the_state_that_they_show() -> None:
    ready = [
        replace(ROW, new=new_run(f"run_{n}"), status=RunStatus.READY, next_sequence=n)
        for n in (3, 1)
    ]
    queued = pb.ListRunsRequest(states=[run_event_pb2.RUN_STATE_QUEUED])
    assert from_list_runs_request(queued, "", TOKENS).wanted.statuses == (
        RunStatus.QUEUED,
        RunStatus.READY,
    )
    assert [run.run_id for run in page_of(ready, queued).runs] == ["run_1"]


def test_page_has_as_many_runs_as_fit_into_a_response() -> None:
    text = run_event_pb2.RunEnded(abort=run_event_pb2.Abort(reason="x" * 1_000_000))
    rows = [replace(ROW, new=new_run(f"run_{n}"), ended=text.SerializeToString()) for n in range(9)]
    seen, request = list[str](), pb.ListRunsRequest()
    while rows:
        page = page_of(rows, request)
        assert page.ByteSize() < 4 * 1024 * 1024
        seen += [run.run_id for run in page.runs]
        rows = rows[len(page.runs) :]
        assert bool(page.next_page_token) == bool(rows)
        request.page_token = page.next_page_token
    assert seen == [f"run_{n}" for n in range(9)]


def test_times_are_bounded() -> None:
    request = pb.ListRunsRequest()
    request.create_time_from.seconds = 2**40
    request.create_time_before.seconds = -1
    with pytest.raises(RequestError) as refused:
        from_list_runs_request(request, "", TOKENS)
    assert [each.field for each in refused.value.violations] == [
        "create_time_from",
        "create_time_before",
    ]
