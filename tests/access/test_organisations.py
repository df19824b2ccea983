"""Two organisations at one executor: what is the other's does not exist, in every RPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import session_service_pb2 as sessions
from caisson.executor.v1beta1 import admin_service_pb2 as admin
from tests.access.organisations import (
    NOT_THERE,
    RESOURCE,
    SESSION,
    Two,
    begin,
    session_requests,
    two_organisations,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    async with two_organisations(tmp_path_factory.mktemp("state")) as both:
        yield both


@pytest.mark.parametrize(("method", "requests"), NOT_THERE, ids=[each[0] for each in NOT_THERE])
async def test_what_is_anothers_is_not_there(
    two: Two, method: str, requests: Callable[[str], dict[str, Any]]
) -> None:
    theirs = {"RevokeKey": two.key_id}.get(method, SESSION if "ession" in method else two.run_id)
    if method == "ListMessages":
        theirs = SESSION
    made_up = "x" * len(theirs)
    code, message = await two.second.refusal(method, requests(theirs)[method])
    wanted = await two.second.refusal(method, requests(made_up)[method])
    assert (code, message.replace(theirs, made_up)) == wanted
    assert code == "NOT_FOUND"


async def test_lists_show_ones_own(two: Two) -> None:
    for member, count in ((two.first, 1), (two.second, 0)):
        runs = await member.asks("ListRuns", pb.ListRunsRequest(resource_id=RESOURCE))
        kept = await member.asks("ListSessions", sessions.ListSessionsRequest(resource_id=RESOURCE))
        assert (len(runs.runs), len(kept.sessions)) == (count, count)
    keys = await two.second.asks("ListKeys", admin.ListKeysRequest())
    assert [key.organisation for key in keys.keys] == ["globex"]


async def test_same_names_of_two_organisations_do_not_meet(two: Two) -> None:
    """Neither the request, nor the session, nor the resource of another is joined."""
    run = await two.second.asks("ExecuteAgent", begin())
    assert run.event.run_id != two.run_id
    shown = await two.second.asks(
        "ListMessages", sessions.ListMessagesRequest(resource_id=RESOURCE, session_id=SESSION)
    )
    assert len(shown.messages) == 2
    still = await two.first.asks(
        "ListMessages", sessions.ListMessagesRequest(resource_id=RESOURCE, session_id=SESSION)
    )
    assert len(still.messages) == 2
    gone = sessions.DeleteSessionRequest(resource_id=RESOURCE, session_id=SESSION)
    await two.second.asks("DeleteSession", gone)
    assert await two.first.asks("GetSession", session_requests(SESSION)["GetSession"])
    await two.second.asks("DeleteRun", pb.DeleteRunRequest(run_id=run.event.run_id))


async def test_page_of_another_is_refused(two: Two) -> None:
    for number in range(2):
        await two.first.asks("ExecuteAgent", begin("pages", f"page-{number}"))
    page = await two.first.asks("ListRuns", pb.ListRunsRequest(resource_id="pages", page_size=1))
    again = pb.ListRunsRequest(resource_id="pages", page_size=1, page_token=page.next_page_token)
    assert len((await two.first.asks("ListRuns", again)).runs) == 1
    code, _ = await two.second.refusal("ListRuns", again)
    assert code == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("method", "requests"), NOT_THERE[:-1], ids=[each[0] for each in NOT_THERE[:-1]]
)
async def test_user_does_not_see_what_is_another_users(
    two: Two, method: str, requests: Callable[[str], dict[str, Any]]
) -> None:
    theirs = SESSION if "ession" in method or method == "ListMessages" else two.run_id
    made_up = "x" * len(theirs)
    code, message = await two.bob.refusal(method, requests(theirs)[method])
    wanted = await two.bob.refusal(method, requests(made_up)[method])
    assert (code, message.replace(theirs, made_up)) == wanted
    assert code == "NOT_FOUND"


async def test_user_sees_and_makes_what_is_theirs(two: Two) -> None:
    assert (await two.alice.asks("GetRun", pb.GetRunRequest(run_id=two.run_id))).run.run_id
    listed = await two.alice.asks("ListRuns", pb.ListRunsRequest())
    assert {run.resource_id for run in listed.runs} == {"alice"}
    kept = await two.alice.asks("ListSessions", sessions.ListSessionsRequest())
    assert [session.session_id for session in kept.sessions] == [SESSION]
    for asked in ("bob", ""):
        others = await two.bob.asks("ListRuns", pb.ListRunsRequest(resource_id=asked))
        assert list(others.runs) == []
    assert not (
        await two.bob.asks("ListSessions", sessions.ListSessionsRequest(resource_id=RESOURCE))
    ).sessions
    code, message = await two.bob.refusal("ExecuteAgent", begin("alice", "bobs-1"))
    assert (code, "another" in message) == ("PERMISSION_DENIED", True)
    own = await two.bob.asks("ExecuteAgent", begin("", "bobs-2"))
    shown = await two.bob.asks("GetRun", pb.GetRunRequest(run_id=own.event.run_id))
    assert (shown.run.resource_id, shown.run.session_id) == ("bob", SESSION)


async def test_nobody_makes_keys_that_can_do_more(two: Two) -> None:
    wanted = admin.CreateKeyRequest(name="x", roles=[admin.ROLE_OWNER])
    made = await two.first.asks("CreateKey", wanted)
    assert made.secret.startswith("ck_")
    code, _ = await two.alice.refusal("CreateKey", wanted)
    assert code == "PERMISSION_DENIED"
