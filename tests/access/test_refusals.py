"""The audit trail has who was refused, counted, so that nobody can fill a disk with refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1beta1 import admin_service_pb2
from caisson.executor.v1beta1.admin_service_pb2_grpc import AdminServiceStub
from services.executor.access.principal import Role, Scope
from services.executor.adapters.database.audit_reading import AuditFilter, latest, verified
from tests.access.credentials import KEY, add_key
from tests.executor.served import served


async def refused(method: Any, request: Any, key: str) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await method(request, metadata=(("authorization", f"Bearer {key}"),), timeout=20)
    return raised.value.code().name


async def test_refusals_are_counted_by_caller_method_and_reason(tmp_path: Path) -> None:
    viewer = await add_key(tmp_path, "acme", Role.VIEWER)
    keeper = await add_key(tmp_path, "acme", scopes=frozenset({Scope.KEYS_MANAGE}))
    async with served(state_dir=str(tmp_path), api_keys=True, key=KEY) as client:
        for number in range(20):
            unknown = f"ck_{number:024x}_{'A' * 43}"
            code = await refused(client.stub.ListRuns, pb.ListRunsRequest(), unknown)
            assert code == "UNAUTHENTICATED"
        for number in range(3):
            request = pb.CancelRunRequest(run_id=f"run_{number}")
            assert await refused(client.stub.CancelRun, request, viewer) == "PERMISSION_DENIED"
        admin: Any = AdminServiceStub(client.channel)
        wanted = admin_service_pb2.CreateKeyRequest(
            name="more", roles=[admin_service_pb2.ROLE_OWNER]
        )
        assert await refused(admin.CreateKey, wanted, keeper) == "PERMISSION_DENIED"
    rows = [json.loads(row.text) for row in latest(tmp_path, AuditFilter(), 100)]
    said = {(row["action"], row["target"].rpartition("/")[2]): row for row in rows}
    assert len(said) == len(rows) == 3
    strangers = said["access.refused", "ListRuns"]
    assert (strangers["count"], strangers["organisation"]) == (20, "")
    assert strangers["detail"] == {"reason": "UNAUTHENTICATED"}
    assert strangers["origin"] == "ipv4:127.0.0.1"
    low = said["access.refused", "CancelRun"]
    assert (low["count"], low["organisation"]) == (3, "acme")
    assert (low["key_id"], low["outcome"]) == (viewer.split("_")[1], "refused")
    assert said["key.created", ""]["outcome"] == "refused"
    assert "ck_" not in json.dumps(rows)
    assert verified(tmp_path).faults == ()
