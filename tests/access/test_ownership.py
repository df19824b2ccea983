"""Two organisations with the same ids everywhere: what is another's is like what is not there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import session_service_pb2 as sessions_pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from caisson.executor.v1.session_service_pb2_grpc import SessionServiceStub
from services.executor.access.principal import Role
from services.executor.adapters.database.audit_reading import AuditFilter, latest, verified
from services.executor.adapters.database.database import FILE
from services.executor.server import running_server
from services.executor.settings import Settings
from tests.access.credentials import KEY, add_key
from tests.executor.fake_provider import answer, fake_provider

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUNDLE = b'export const a = { model: "openai/gpt-4o", system: "s", tools: {} };\n'
DIGEST = "sha256:" + hashlib.sha256(BUNDLE).hexdigest()
NO_DIGEST = "sha256:" + "0" * 64
NO_RUN = "run_" + "0" * 24
NAMES: dict[str, Any] = {"session_id": "chat", "resource_id": "user"}


@dataclass
class Member:
    """A caller of an organisation."""

    name: str
    key: str
    runs: Any
    sessions: Any
    run_id: str = ""

    async def ask(self, method: Any, request: Any) -> Any:
        """Send a request; return the answer, or all of them."""
        call = method(request, metadata=self.credential, timeout=30)
        if hasattr(call, "__aiter__"):
            return [each async for each in call]
        return await call

    async def refusal(self, method: Any, request: Any) -> tuple[str, str]:
        """Send a request that is refused; return its code and message."""
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await self.ask(method, request)
        return raised.value.code().name, raised.value.details() or ""

    @property
    def credential(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.key}"),)

    async def execute(self, message: str, **spec: Any) -> str:
        """Run to the end, and return the run's id."""
        spec.setdefault("bundle", BundleSource(inline=BUNDLE))
        wanted = RunSpec(message=message, **spec)
        request = pb.ExecuteAgentRequest(
            spec=wanted, request_id=f"same-{message.replace(' ', '-')}"
        )
        events = await self.ask(self.runs.ExecuteAgent, request)
        run_id: str = events[0].event.run_id
        return run_id


@dataclass
class House:
    """A running executor with members of several organisations."""

    folder: Path
    one: Member
    two: Member
    three: Member
    viewer: Member
    """Of the third organisation, too."""


async def members(address: str, keys: dict[str, str]) -> tuple[grpc.aio.Channel, list[Member]]:
    channel = grpc.aio.insecure_channel(address)
    stubs: tuple[Any, Any] = ExecutorServiceStub(channel), SessionServiceStub(channel)
    return channel, [Member(name, key, *stubs) for name, key in keys.items()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("state")
    keys = {name: await add_key(folder, name) for name in ("one", "two", "three")}
    keys["viewer"] = await add_key(folder, "three", Role.VIEWER)
    patch = pytest.MonkeyPatch()
    patch.setenv("OPENAI_API_KEY", "sk-test-123456")
    async with fake_provider(*(answer(f"answer {n}") for n in range(40))) as provider:
        patch.setenv("OPENAI_BASE_URL", provider.url)
        settings = Settings(
            address="127.0.0.1:0",
            toolrunner="127.0.0.1:9",
            sandbox_schemas=False,
            state_dir=str(folder),
            api_keys=True,
            key=KEY,
        )
        async with running_server(settings) as address:
            channel, (one, two, three, viewer) = await members(address, keys)
            for member in (one, two):
                member.run_id = await member.execute("first", **NAMES)
                await member.execute(f"said by {member.name}", **NAMES)
                await member.execute("third", session_id="other", resource_id="user")
            yield House(folder, one, two, three, viewer)
            await channel.close()
    patch.undo()


async def test_same_ids_are_each_organisation_s_own(house: House) -> None:
    assert house.one.run_id != house.two.run_id
    for member in (house.one, house.two):
        listed = await member.ask(member.runs.ListRuns, pb.ListRunsRequest())
        assert len(listed.runs) == 3
        assert member.run_id in {run.run_id for run in listed.runs}
        again = await member.execute("first", **NAMES)
        assert again == member.run_id  # the same request joins its own run
        asked = sessions_pb.ListMessagesRequest(**NAMES)
        page = await member.ask(member.sessions.ListMessages, asked)
        said = [part.text for message in page.messages for part in message.parts]
        assert said[2] == f"said by {member.name}"
        assert len(said) == 4
        got = await member.ask(member.sessions.GetSession, sessions_pb.GetSessionRequest(**NAMES))
        assert got.session.run_count == 2


RUN_REQUESTS: dict[str, Callable[[str], Any]] = {
    "GetRun": lambda run_id: pb.GetRunRequest(run_id=run_id),
    "CancelRun": lambda run_id: pb.CancelRunRequest(run_id=run_id),
    "DeleteRun": lambda run_id: pb.DeleteRunRequest(run_id=run_id),
    "SubscribeRun": lambda run_id: pb.SubscribeRunRequest(run_id=run_id),
    "ReadCalls": lambda run_id: pb.ReadCallsRequest(run_id=run_id, with_bundle=True),
    "ListInputs": lambda run_id: pb.ListInputsRequest(run_id=run_id),
    "AnswerInput": lambda run_id: pb.AnswerInputRequest(
        run_id=run_id, input_id="input_" + "0" * 24, approve=pb.Approve()
    ),
}


@pytest.mark.parametrize("name", RUN_REQUESTS)
async def test_run_of_another_is_like_none(house: House, name: str) -> None:
    request, two = RUN_REQUESTS[name], house.two
    method = getattr(two.runs, name)
    code, text = await two.refusal(method, request(house.one.run_id))
    assert (code, text.replace(house.one.run_id, NO_RUN)) == await two.refusal(
        method, request(NO_RUN)
    )
    assert code == "NOT_FOUND"


async def test_session_of_another_is_like_none(house: House) -> None:
    three = house.three
    for name in ("GetSession", "ListMessages", "DeleteSession"):
        request = getattr(sessions_pb, f"{name}Request")
        method = getattr(three.sessions, name)
        found = await three.refusal(method, request(**NAMES))
        absent = await three.refusal(method, request(session_id="chat", resource_id="nobody"))
        assert found == (absent[0], absent[1].replace("nobody", "user"))
        assert found[0] == "NOT_FOUND"
    listed = sessions_pb.ListSessionsRequest(resource_id="user")
    assert not (await three.ask(three.sessions.ListSessions, listed)).sessions


async def test_digest_of_another_is_like_none(house: House) -> None:
    three, one = house.three, house.one

    def asked(name: str, digest: str) -> Any:
        source = BundleSource(digest=digest)
        if name == "InspectBundle":
            return pb.InspectBundleRequest(bundle=source)
        spec = RunSpec(bundle=source, message="hi")
        return getattr(pb, f"{name}Request")(spec=spec)

    for name in ("InspectBundle", "ExecuteAgent", "CreateRun"):
        method = getattr(three.runs, name)
        code, text = await three.refusal(method, asked(name, DIGEST))
        assert (code, text.replace(DIGEST, NO_DIGEST)) == await three.refusal(
            method, asked(name, NO_DIGEST)
        )
        assert code == "NOT_FOUND"
    manifest = await one.ask(one.runs.InspectBundle, asked("InspectBundle", DIGEST))
    assert manifest.manifest.digest == DIGEST


async def test_page_tokens_of_another_are_refused(house: House) -> None:
    one, two = house.one, house.two
    questions: tuple[tuple[Any, Callable[[Member], Any]], ...] = (
        (pb.ListRunsRequest(page_size=1), lambda who: who.runs.ListRuns),
        (
            sessions_pb.ListSessionsRequest(resource_id="user", page_size=1),
            lambda who: who.sessions.ListSessions,
        ),
        (
            sessions_pb.ListMessagesRequest(page_size=1, **NAMES),
            lambda who: who.sessions.ListMessages,
        ),
    )
    for request, method in questions:
        page = await one.ask(method(one), request)
        assert page.next_page_token
        request.page_token = page.next_page_token
        assert await one.ask(method(one), request)
        code, text = await two.refusal(method(two), request)
        assert (code, "page_token" in text) == ("INVALID_ARGUMENT", True)


async def test_deleted_session_leaves_that_of_another(house: House) -> None:
    mine = sessions_pb.DeleteSessionRequest(session_id="other", resource_id="user")
    await house.one.ask(house.one.sessions.DeleteSession, mine)
    for member, count in ((house.one, 1), (house.two, 2)):
        request = sessions_pb.ListSessionsRequest(resource_id="user")
        listed = await member.ask(member.sessions.ListSessions, request)
        assert len(listed.sessions) == count


async def test_trail_tells_who_did_what_and_no_prompts(house: House) -> None:
    nobody = Member("nobody", "ck_nonsense", house.one.runs, house.one.sessions)
    for _ in range(5):
        await nobody.refusal(nobody.runs.ListRuns, pb.ListRunsRequest())
    for name in ("first", "second"):
        code, _ = await house.viewer.refusal(
            house.viewer.runs.CancelRun, pb.CancelRunRequest(run_id=f"run_{name}")
        )
        assert code == "PERMISSION_DENIED"
    third = await house.three.execute("forget this")
    await house.three.ask(house.three.runs.DeleteRun, pb.DeleteRunRequest(run_id=third))
    rows = await asyncio.to_thread(rows_with, house.folder, third, 2)
    deleted, created = (json.loads(row) for row in rows)
    assert (deleted["action"], created["action"]) == ("run.deleted", "run.created")
    assert created["detail"] == {"agent": "a", "bundle": DIGEST}
    assert created["organisation"] == deleted["organisation"] == "three"
    assert created["key_id"] == house.three.key.split("_")[1]
    assert created["origin"].startswith("ipv4:127.0.0.1:")
    assert verified(house.folder).faults == ()
    whole = [row.text for row in latest(house.folder, AuditFilter(), 1000)]
    told = {json.loads(text)["action"] for text in whole}
    assert told >= {"run.created", "run.deleted", "session.deleted"}
    secrets = ("forget this", "said by", "answer ", house.three.key, "ck_nonsense", "sk-test")
    assert not any(secret in text for text in whole for secret in secrets)


def rows_with(folder: Path, target: str, count: int) -> list[str]:
    """Wait until the trail has so many rows about something, and return them."""
    assert (folder / FILE).exists()
    for _ in range(1000):
        rows = latest(folder, AuditFilter(target=target), 10)
        if len(rows) == count:
            return [row.text for row in rows]
        time.sleep(0.01)
    raise AssertionError
