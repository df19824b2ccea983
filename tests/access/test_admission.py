"""Every RPC, with every credential that is none: the right status each, and nothing more told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from services.cli.client.wire import refusal_of_error
from services.executor.access.access import NO_CREDENTIAL, NOT_VALID
from services.executor.access.methods import SCOPES
from services.executor.access.principal import SCOPES_OF, Role
from services.executor.server import SERVICES
from tests.access.credentials import KEY, Issuing, Signer, add_key, issuing
from tests.executor.served import Client, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = sorted(
    f"/{service.full_name}/{method.name}" for service in SERVICES for method in service.methods
)
OWN, STRANGER = Signer("own"), Signer("own")


@dataclass
class Door:
    """An executor that admits API keys and tokens, and some keys."""

    client: Client
    owner: str
    revoked: str
    expired: str
    of_role: dict[Role, str]
    issuer: Issuing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    folder: Path = tmp_path_factory.mktemp("state")
    owner = await add_key(folder, "acme")
    revoked = await add_key(folder, "acme", revoked_ns=1)
    expired = await add_key(folder, "acme", expires_ns=time.time_ns() - 1)
    of_role = {role: await add_key(folder, "acme", role, name=role.value) for role in Role}
    async with issuing(OWN) as issuer:
        settings: dict[str, Any] = {"api_keys": True, "key": KEY, "jwt_issuers": issuer.setting}
        async with served(state_dir=str(folder), **settings) as client:
            yield Door(client, owner, revoked, expired, of_role, issuer)


async def asked(client: Client, method: str, *metadata: tuple[str, str]) -> tuple[str, str]:
    """Send an empty request; return the code and the message of the answer."""
    method_of: Any = client.channel.unary_stream(method, None, None)
    call = method_of(b"", metadata=metadata, timeout=20)
    try:
        async for _ in call:
            break
    except grpc.aio.AioRpcError as error:
        return error.code().name, error.details() or ""
    finally:
        call.cancel()
    return "OK", ""


def bearer(text: str) -> tuple[str, str]:
    return "authorization", f"Bearer {text}"


def as_hmac(signer: Signer) -> str:
    """A token signed with the public key as if it were a shared secret."""
    parts = [
        json.dumps({"alg": "HS256", "kid": signer.key_id, "typ": "JWT"}).encode(),
        base64.urlsafe_b64decode(signer.token().split(".")[1] + "=="),
    ]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    mac = hmac.new(json.dumps(signer.jwk).encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def unsigned(signer: Signer) -> str:
    """A token without a signature."""
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"own"}').decode().rstrip("=")
    return f"{head}.{signer.token().split('.')[1]}."


NOW = int(time.time())
FAULTS: dict[str, Any] = {
    "no scheme": lambda door: ("authorization", door.owner),
    "another scheme": lambda door: ("authorization", f"Basic {door.owner}"),
    "empty": lambda door: bearer(""),
    "too long": lambda door: bearer("x" * 7000),
    "no key": lambda door: bearer("ck_nonsense"),
    "made-up id": lambda door: bearer(f"ck_{'0' * 24}_{'A' * 43}"),
    "another secret": lambda door: bearer(door.owner[:-4] + "AAAA"),
    "revoked": lambda door: bearer(door.revoked),
    "expired": lambda door: bearer(door.expired),
    "token, expired": lambda _: bearer(OWN.token(exp=NOW - 100)),
    "token, not yet": lambda _: bearer(OWN.token(nbf=NOW + 3600)),
    "token, made in the future": lambda _: bearer(OWN.token(iat=NOW + 3600)),
    "token for others": lambda _: bearer(OWN.token(aud="another")),
    "token of others": lambda _: bearer(OWN.token(iss="https://evil.example")),
    "token of a stranger's key": lambda _: bearer(STRANGER.token()),
    "token of an unknown key": lambda _: bearer(Signer("other").token()),
    "token without expiry": lambda _: bearer(OWN.token(without=["exp"])),
    "token without audience": lambda _: bearer(OWN.token(without=["aud"])),
    "token without subject": lambda _: bearer(OWN.token(without=["sub"])),
    "token without organisation": lambda _: bearer(OWN.token(without=["org"])),
    "token of a strange organisation": lambda _: bearer(OWN.token(org="../acme")),
    "token without role": lambda _: bearer(OWN.token(roles=["admin", 7])),
    "token, alg none": lambda _: bearer(unsigned(OWN)),
    "token, HMAC with the public key": lambda _: bearer(as_hmac(OWN)),
    "token with crit": lambda _: bearer(OWN.token(headers={"crit": ["x"], "x": 1})),
    "token, cut": lambda _: bearer(OWN.token()[:-6]),
}


async def test_no_credential_is_told_how_to_give_one(door: Door) -> None:
    for method in METHODS:
        assert await asked(door.client, method) == ("UNAUTHENTICATED", NO_CREDENTIAL), method


@pytest.mark.parametrize("fault", FAULTS)
async def test_invalid_credential_is_not_told_its_fault(door: Door, fault: str) -> None:
    given = FAULTS[fault](door)
    for method in METHODS:
        refused = await asked(door.client, method, given)
        assert refused == ("UNAUTHENTICATED", NOT_VALID), method


async def test_two_credentials_are_refused(door: Door) -> None:
    both = bearer(door.owner), bearer(OWN.token())
    for method in METHODS:
        refused = await asked(door.client, method, *both)
        assert refused == ("UNAUTHENTICATED", NOT_VALID), method


@pytest.mark.parametrize("role", Role)
async def test_role_decides(door: Door, role: Role) -> None:
    for method in METHODS:
        code, message = await asked(door.client, method, bearer(door.of_role[role]))
        scope = SCOPES[method]
        assert scope is not None
        assert (code != "PERMISSION_DENIED") == (scope in SCOPES_OF[role]), (method, message)
        assert code != "UNAUTHENTICATED", method
        if code == "PERMISSION_DENIED":
            assert scope.value in message, method
            assert role.value in message, method


async def test_token_is_as_good_as_a_key(door: Door) -> None:
    for method in METHODS:
        by_key = await asked(door.client, method, bearer(door.owner))
        assert await asked(door.client, method, bearer(OWN.token())) == by_key, method


async def test_health_and_reflection_need_none(door: Door) -> None:
    check: Any = door.client.channel.unary_unary("/grpc.health.v1.Health/Check", None, None)
    assert await check(b"", timeout=20)


async def test_unknown_method_is_no_door(door: Door) -> None:
    code, _ = await asked(door.client, "/caisson.executor.v1.ExecutorService/Nothing")
    assert code == "UNIMPLEMENTED"


async def test_refusal_says_why_in_its_details(door: Door) -> None:
    method = "/caisson.executor.v1.ExecutorService/GetServerInfo"
    ask: Any = door.client.channel.unary_unary(method, None, None)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ask(b"", timeout=20)
    told = refusal_of_error(refused.value)
    assert (told.code, told.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_usual_algorithms_are_taken(tmp_path: Path, algorithm: str) -> None:
    signer = Signer("k1", algorithm)
    async with (
        issuing(signer) as issuer,
        served(state_dir=str(tmp_path), jwt_issuers=issuer.setting) as client,
    ):
        method = "/caisson.executor.v1.ExecutorService/GetServerInfo"
        assert (await asked(client, method, bearer(signer.token())))[0] == "OK"


async def test_credential_that_nobody_looks_at_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = "ck_0123456789ab_hunter2hunter2"
    async with served() as client:
        for _ in range(2):
            code, _ = await asked(client, METHODS[-1], ("authorization", f"Bearer {key}"))
            assert code not in ("UNAUTHENTICATED", "PERMISSION_DENIED")
    told = [each for each in caplog.messages if "a caller sent a credential" in each]
    assert len(told) == 1
    assert "hunter2" not in caplog.text
