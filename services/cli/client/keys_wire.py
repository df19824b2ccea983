"""API keys, as a person asks for them and sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from caisson.executor.v1beta1 import admin_service_pb2 as pb
from caisson.executor.v1beta1.admin_service_pb2_grpc import AdminServiceStub
from services.cli.client.clients import open_channel
from services.cli.client.shown import message_line

NAMES: dict[int, str] = {
    number: name.removeprefix("ROLE_").lower() for name, number in pb.Role.items() if number
}
ROLES = tuple(NAMES.values())


@dataclass(frozen=True)
class WantedKey:
    """A key to be made; ``expires_s`` is in seconds from now, None for never."""

    name: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    resource_id: str | None
    expires_s: float | None


@dataclass(frozen=True)
class ShownKey:
    """A key as a person sees it; ``line`` is the same as one line of proto3 JSON."""

    key_id: str
    name: str
    organisation: str
    roles: str
    details: str
    state: str
    line: str


class Keys(Protocol):
    """An executor's keys, or those of a database."""

    async def create(self, request: pb.CreateKeyRequest) -> pb.CreateKeyResponse:
        """Make a key."""
        ...

    async def list(self, request: pb.ListKeysRequest) -> pb.ListKeysResponse:
        """Return a page of keys."""
        ...

    async def revoke(self, request: pb.RevokeKeyRequest) -> pb.RevokeKeyResponse:
        """End a key."""
        ...


class _Served:
    """The keys at an executor."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    async def create(self, request: pb.CreateKeyRequest) -> pb.CreateKeyResponse:
        answer: pb.CreateKeyResponse = await self._stub.CreateKey(request)
        return answer

    async def list(self, request: pb.ListKeysRequest) -> pb.ListKeysResponse:
        answer: pb.ListKeysResponse = await self._stub.ListKeys(request)
        return answer

    async def revoke(self, request: pb.RevokeKeyRequest) -> pb.RevokeKeyResponse:
        answer: pb.RevokeKeyResponse = await self._stub.RevokeKey(request)
        return answer


@asynccontextmanager
async def served_keys(address: str) -> AsyncIterator[Keys]:
    """Yield the keys of the caller's organisation at an executor; raises CliError."""
    async with open_channel(address) as channel:
        yield _Served(AdminServiceStub(channel))


async def create_key(keys: Keys, wanted: WantedKey) -> tuple[str, ShownKey, str]:
    """Make a key; return its text, the key, and both as a line of JSON."""
    request = pb.CreateKeyRequest(
        name=wanted.name,
        roles=[f"ROLE_{role.upper()}" for role in wanted.roles],
        scopes=wanted.scopes,
        resource_id=wanted.resource_id,
    )
    if wanted.expires_s is not None:
        expires = datetime.now(UTC).timestamp() + wanted.expires_s
        request.expire_time.FromMilliseconds(int(expires * 1000))
    made = await keys.create(request)
    return made.secret, _shown(made.key), message_line(made)


async def list_keys(keys: Keys) -> AsyncIterator[ShownKey]:
    """Yield the keys, the latest first."""
    token = ""
    while True:
        page = await keys.list(pb.ListKeysRequest(page_token=token))
        for key in page.keys:
            yield _shown(key)
        token = page.next_page_token
        if not token:
            return


async def revoke_key(keys: Keys, key_id: str) -> ShownKey:
    """End a key."""
    return _shown((await keys.revoke(pb.RevokeKeyRequest(key_id=key_id))).key)


def _shown(key: pb.ApiKey) -> ShownKey:
    now = datetime.now(UTC)
    state = "valid"
    if key.HasField("revoke_time"):
        state = f"revoked {_day(key.revoke_time)}"
    elif key.HasField("expire_time"):
        over = key.expire_time.ToDatetime(UTC) <= now
        state = f"{'expired' if over else 'until'} {_day(key.expire_time)}"
    details = [f"only {', '.join(key.scopes)}"] if key.scopes else []
    if key.HasField("resource_id"):
        details.append(f"only the resource {key.resource_id}")
    return ShownKey(
        key_id=key.key_id,
        name=key.name,
        organisation=key.organisation,
        roles=", ".join(NAMES.get(role, str(role)) for role in key.roles),
        details="; ".join(details),
        state=state,
        line=message_line(key),
    )


def _day(time: Timestamp) -> str:
    return time.ToDatetime(UTC).strftime("%Y-%m-%d %H:%M UTC")
