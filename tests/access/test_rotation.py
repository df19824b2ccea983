"""Credentials that are replaced under a steady load of runs: no run is lost, the old one ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from caisson.executor.v1beta1 import admin_service_pb2 as admin
from caisson.executor.v1beta1.admin_service_pb2_grpc import AdminServiceStub
from tests.access.credentials import KEY, Signer, add_key, issuing
from tests.executor.fake_provider import answer, fake_provider
from tests.executor.served import Client, served

BOUND_S = 30
"""Much more than the bounds of the settings here, for a machine that is busy."""


class Load:
    """Clients that run one agent after another, with the credential that counts at the time."""

    def __init__(self, client: Client, credential: str) -> None:
        self._stub: Any = ExecutorServiceStub(client.channel)
        self.credential = credential
        self.done = 0
        self.lost: list[str] = []
        self._wanted, self._reached = 0, asyncio.Event()

    async def run(self) -> None:
        """Run agents until this is cancelled."""
        while True:
            metadata = (("authorization", f"Bearer {self.credential}"),)
            spec = RunSpec(bundle=BundleSource(inline=b"fixed"), message="Hello")
            call = self._stub.ExecuteAgent(pb.ExecuteAgentRequest(spec=spec), metadata=metadata)
            try:
                async for _ in call:
                    pass
            except grpc.aio.AioRpcError as error:
                self.lost.append(f"{error.code().name}: {error.details()}")
            self.done += 1
            if self.done >= self._wanted:
                self._reached.set()

    async def more(self, runs: int) -> None:
        """Wait until so many more runs have ended."""
        self._wanted, self._reached = self.done + runs, asyncio.Event()
        await self._reached.wait()

    async def until(self, credential: str, wanted: grpc.StatusCode) -> None:
        """Wait until a small request with a credential ends with a code."""
        metadata = (("authorization", f"Bearer {credential}"),)
        while True:
            call = self._stub.GetServerInfo(pb.GetServerInfoRequest(), metadata=metadata)
            if await call.code() is wanted:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def loaded(
    folder: Path, credential: Callable[[], str], **settings: Any
) -> AsyncIterator[tuple[Client, Load]]:
    """Serve runs, and ask for four at once all the time."""
    async with fake_provider(*[answer("hi")] * 5000) as provider:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_API_KEY", "sk-x")
            patch.setenv("OPENAI_BASE_URL", provider.url)
            async with served(None, state_dir=str(folder), key=KEY, **settings) as client:
                load = Load(client, credential())
                async with asyncio.timeout(BOUND_S + 60), asyncio.TaskGroup() as group:
                    runs = [group.create_task(load.run()) for _ in range(4)]
                    await load.more(4)
                    yield client, load
                    await load.more(4)
                    for task in runs:
                        task.cancel()
    assert load.lost == []


async def test_api_key_is_replaced(tmp_path: Path) -> None:
    old = await add_key(tmp_path, "acme")
    async with loaded(tmp_path, lambda: old, api_keys=True) as (client, load):
        keys: Any = AdminServiceStub(client.channel)
        metadata = (("authorization", f"Bearer {old}"),)
        wanted = admin.CreateKeyRequest(name="new", roles=[admin.ROLE_OWNER])
        load.credential = (await keys.CreateKey(wanted, metadata=metadata)).secret
        await load.more(8)
        metadata = (("authorization", f"Bearer {load.credential}"),)
        revoked = admin.RevokeKeyRequest(key_id=old.split("_")[1])
        await keys.RevokeKey(revoked, metadata=metadata)
        await load.until(old, grpc.StatusCode.UNAUTHENTICATED)


async def test_keys_of_an_issuer_are_replaced(tmp_path: Path) -> None:
    old, new = Signer("old"), Signer("new")
    async with issuing(old) as issuer:
        setting: dict[str, Any] = {"jwt_issuers": issuer.setting, "jwks_s": 1.0}
        async with loaded(tmp_path, old.token, **setting) as (_, load):
            text = load.credential
            issuer.signers = [old, new]
            await load.until(new.token(), grpc.StatusCode.OK)  # as issuers do, before it is used
            load.credential = new.token()
            await load.more(8)
            issuer.signers = [new]
            await load.until(text, grpc.StatusCode.UNAUTHENTICATED)
