"""Two organisations at one executor, and what each can ask of the other's."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import grpc
import pytest

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


@asynccontextmanager
async def two_organisations(folder: Path) -> AsyncIterator[Two]:
    """Serve two organisations; the first has run once."""
    first, second = await add_key(folder, "acme"), await add_key(folder, "globex")
    alice = await add_key(folder, "acme", Role.SERVICE, resource_id="alice")
    bob = await add_key(folder, "acme", Role.SERVICE, resource_id="bob")
    async with fake_provider(*[answer("secret answer")] * 20) as provider:
        keys = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": provider.url}
        with patch.dict(os.environ, keys):
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
