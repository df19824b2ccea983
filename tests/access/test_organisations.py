"""Two organisations at one executor: what is the other's does not exist, in every RPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import session_service_pb2 as sessions
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from caisson.executor.v1.session_service_pb2_grpc import SessionServiceStub
from caisson.executor.v1beta1 import admin_service_pb2 as admin
from caisson.executor.v1beta1.admin_service_pb2_grpc import AdminServiceStub
from services.executor.access.principal import Role
from tests.access.credentials import KEY, add_key
from tests.executor.fake_provider import answer, fake_provider
from tests.executor.served import served

pytestmark = pytest.mark.asyncio(loop_scope="module")

SESSION, RESOURCE, REQUEST = "chat", "alice", "req-1"


class Member:
    """A client with a key: each service's stub, and the key in each request."""

    def __init__(self, channel: grpc.aio.Channel, key: str) -> None:
        self._stubs: list[Any] = [
            ExecutorServiceStub(channel),
            SessionServiceStub(channel),
            AdminServiceStub(channel),
        ]
        self._metadata = (("authorization", f"Bearer {key}"),)

    async def asks(self, method: str, request: Any) -> Any:
        """Ask, and return the answer, or the last one of a stream."""
        stub = next(stub for stub in self._stubs if method in vars(stub))
        call = vars(stub)[method](request, metadata=self._metadata, timeout=30)
        if not hasattr(call, "__aiter__"):
            return await call
        last = None
        async for response in call:
            last = response
        return last

    async def refusal(self, method: str, request: Any) -> tuple[str, str]:
        """Ask, and return the code and the message of the refusal."""
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await self.asks(method, request)
        return refused.value.code().name, refused.value.details() or ""


@dataclass
class Two:
    """Two organisations; the first has a run, its conversation and a key."""

    first: Member
    second: Member
    alice: Member
    bob: Member
    run_id: str
    key_id: str


def begin(resource: str = RESOURCE, request_id: str = REQUEST) -> pb.ExecuteAgentRequest:
    spec = RunSpec(
        bundle=BundleSource(inline=b"fixed"),
        message="Hello",
        session_id=SESSION,
        resource_id=resource,
    )
    return pb.ExecuteAgentRequest(spec=spec, request_id=request_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    folder: Path = tmp_path_factory.mktemp("state")
    first, second = await add_key(folder, "acme"), await add_key(folder, "globex")
    alice = await add_key(folder, "acme", Role.SERVICE, resource_id="alice")
    bob = await add_key(folder, "acme", Role.SERVICE, resource_id="bob")
    async with fake_provider(*[answer("secret answer")] * 20) as provider:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_API_KEY", "sk-x")
            patch.setenv("OPENAI_BASE_URL", provider.url)
            settings: dict[str, Any] = {"api_keys": True, "key": KEY, "state_dir": str(folder)}
            async with served(**settings) as client:
                members = [Member(client.channel, key) for key in (first, second, alice, bob)]
                one, other, user, neighbour = members
                run = await one.asks("ExecuteAgent", begin())
                yield Two(one, other, user, neighbour, run.event.run_id, first.split("_")[1])


def run_requests(run_id: str) -> dict[str, Any]:
    return {
        "GetRun": pb.GetRunRequest(run_id=run_id),
        "SubscribeRun": pb.SubscribeRunRequest(run_id=run_id),
        "ReadCalls": pb.ReadCallsRequest(run_id=run_id),
        "CancelRun": pb.CancelRunRequest(run_id=run_id),
        "DeleteRun": pb.DeleteRunRequest(run_id=run_id),
        "ListInputs": pb.ListInputsRequest(run_id=run_id),
        "AnswerInput": pb.AnswerInputRequest(run_id=run_id, input_id="inp_1", approve=pb.Approve()),
    }


def session_requests(session_id: str) -> dict[str, Any]:
    own: dict[str, Any] = {"resource_id": RESOURCE, "session_id": session_id}
    return {
        "GetSession": sessions.GetSessionRequest(**own),
        "ListMessages": sessions.ListMessagesRequest(**own),
        "DeleteSession": sessions.DeleteSessionRequest(**own),
    }


NOT_THERE: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
    *((method, run_requests) for method in run_requests("")),
    *((method, session_requests) for method in session_requests("")),
    ("RevokeKey", lambda key_id: {"RevokeKey": admin.RevokeKeyRequest(key_id=key_id)}),
]


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
