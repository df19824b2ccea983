"""Issuers of tokens: what their setting may say, and how their keys are fetched and replaced."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from services.cli.client.wire import refusal_of_error
from services.executor.access.issuers import Issuer, parse_issuers
from services.executor.access.ports import Credentials
from services.executor.access.principal import Principal, Role
from services.executor.access_errors import IssuerAwayError
from services.executor.adapters.http.exchange import HttpConnections
from services.executor.adapters.jwt.key_sets import AGAIN_S, STALE_S, fetcher
from services.executor.adapters.jwt.tokens import REMEMBERED_S, Tokens
from services.executor.errors import SetupError
from services.executor.settings import read_settings
from tests.access.credentials import AUDIENCE, ISSUER, Issuing, Signer, issuing
from tests.executor.served import served

FRESH_S = 300.0
ENTRY: dict[str, Any] = {
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "jwks_url": "https://id.example/jwks",
    "organisation_claim": "org",
    "roles_claim": "roles",
}


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tokens_of(issuer: Issuing, clock: Clock, **more: Any) -> Tokens:
    entry = {**json.loads(issuer.setting)[0], **more}
    fetch = fetcher(lambda allowed, _: HttpConnections(allowed))
    issuers = parse_issuers(json.dumps([entry]))
    return Tokens(issuers, fetch, FRESH_S, clock)


async def admitted(tokens: Tokens, text: str) -> Principal | None:
    return await tokens.principal(Credentials(bearer=text))


async def test_new_key_is_fetched_when_a_token_names_it() -> None:
    old, new, clock = Signer("old"), Signer("new"), Clock()
    async with issuing(old) as issuer:
        tokens = tokens_of(issuer, clock)
        assert await admitted(tokens, old.token())
        issuer.signers = [old, new]
        clock.now += AGAIN_S
        assert await admitted(tokens, new.token())
        assert await admitted(tokens, old.token())
        assert issuer.fetched == 2


async def test_withdrawn_key_is_refused_within_its_bound() -> None:
    old, new, clock = Signer("old"), Signer("new"), Clock()
    async with issuing(old) as issuer:
        tokens = tokens_of(issuer, clock)
        text = old.token()
        assert await admitted(tokens, text)
        issuer.signers = [new]
        clock.now += FRESH_S + 1
        assert await admitted(tokens, text)  # the old set, while the new one is fetched
        async with asyncio.timeout(20):
            while issuer.fetched < 2 or await admitted(tokens, text):
                clock.now += REMEMBERED_S
                await asyncio.sleep(0.01)


async def test_old_keys_serve_while_their_url_is_broken_and_not_for_ever() -> None:
    signer, clock = Signer("one"), Clock()
    async with issuing(signer) as issuer:
        tokens = tokens_of(issuer, clock)
        assert await admitted(tokens, signer.token())
        issuer.broken = True
        clock.now += STALE_S - 1
        assert await admitted(tokens, signer.token(sub="bob"))
        clock.now += 2 + AGAIN_S
        with pytest.raises(IssuerAwayError, match="later"):
            await admitted(tokens, signer.token(sub="carol"))
        issuer.broken = False
        clock.now += AGAIN_S
        assert await admitted(tokens, signer.token(sub="carol"))


async def test_unknown_keys_do_not_make_fetches() -> None:
    signer, clock = Signer("one"), Clock()
    async with issuing(signer) as issuer:
        tokens = tokens_of(issuer, clock)
        assert await admitted(tokens, signer.token())
        clock.now += AGAIN_S
        others = [Signer(f"other-{number}").token() for number in range(40)]
        assert await asyncio.gather(*(admitted(tokens, each) for each in others)) == [None] * 40
        assert issuer.fetched == 2


async def test_key_that_nobody_has_does_not_wait_for_a_url_that_hangs() -> None:
    signer, clock, asked, answers = Signer("one"), Clock(), asyncio.Event(), asyncio.Event()
    document = json.dumps({"keys": [signer.jwk]}).encode()

    async def fetch(_: str) -> bytes:
        if asked.is_set():
            await answers.wait()
        asked.set()
        return document

    tokens = Tokens(parse_issuers(json.dumps([ENTRY])), fetch, FRESH_S, clock)
    assert await admitted(tokens, signer.token())
    clock.now += AGAIN_S
    assert await admitted(tokens, Signer("other").token()) is None
    assert await admitted(tokens, signer.token(sub="bob"))
    answers.set()
    assert await admitted(tokens, Signer("third").token()) is None  # waits for the fetch to end
    await tokens.close()


async def test_first_tokens_wait_for_one_fetch() -> None:
    signer = Signer("one")
    async with issuing(signer) as issuer:
        tokens = tokens_of(issuer, Clock())
        texts = [signer.token(sub=f"user-{number}") for number in range(20)]
        found = await asyncio.gather(*(admitted(tokens, each) for each in texts))
        assert [each.subject for each in found if each] == [f"user-{n}" for n in range(20)]
        assert issuer.fetched == 1


async def test_caller_that_leaves_stops_nobodys_fetch() -> None:
    signer = Signer("one")
    async with issuing(signer) as issuer:
        tokens = tokens_of(issuer, Clock())
        first = asyncio.create_task(admitted(tokens, signer.token(sub="gone")))
        await asyncio.sleep(0)
        first.cancel()
        assert await admitted(tokens, signer.token())
        assert issuer.fetched == 1


async def test_claims_say_who_it_is() -> None:
    signer = Signer("one")
    async with issuing(signer) as issuer:
        tokens = tokens_of(issuer, Clock(), bind_resource=True)
        found = await admitted(tokens, signer.token(sub="alice", roles="viewer invoker other"))
        assert found is not None
        assert (found.organisation, found.subject, found.resource_id) == ("acme", "alice", "alice")
        assert found.roles == {Role.VIEWER, Role.INVOKER}


@pytest.mark.parametrize(("binds", "is_admitted"), [(True, False), (False, True)])
async def test_subject_that_no_run_could_have_is_no_resource(
    binds: bool, is_admitted: bool
) -> None:
    signer = Signer("one")
    async with issuing(signer) as issuer:
        tokens = tokens_of(issuer, Clock(), bind_resource=binds)
        assert await admitted(tokens, signer.token(sub="ä" * 64))
        found = await admitted(tokens, signer.token(sub="ä" * 65))
        assert (found is not None) == is_admitted


async def test_claims_are_found_by_their_path() -> None:
    signer = Signer("one")
    async with issuing(signer) as issuer:
        more = {"organisation_claim": "app.org", "roles_claim": "realm_access.roles"}
        tokens = tokens_of(issuer, Clock(), **more)
        claims: dict[str, Any] = {"app": {"org": "globex"}, "realm_access": {"roles": ["viewer"]}}
        found = await admitted(tokens, signer.token(**claims))
        assert found is not None
        assert (found.organisation, *found.roles) == ("globex", Role.VIEWER)


async def test_long_lived_tokens_can_be_refused() -> None:
    signer = Signer("one")
    async with issuing(signer) as issuer:
        tokens = tokens_of(issuer, Clock(), longest_s=300)
        now = int(time.time())
        assert await admitted(tokens, signer.token(exp=now + 600)) is None
        assert await admitted(tokens, signer.token(exp=now + 200))
        assert await admitted(tokens, signer.token(without=["iat"])) is None


async def test_keys_may_be_in_the_setting() -> None:
    signer = Signer("one", "EdDSA")
    entry = {**ENTRY, "jwks": {"keys": [signer.jwk]}}
    del entry["jwks_url"]
    tokens = Tokens(parse_issuers(json.dumps([entry])), _no_fetch, FRESH_S)
    assert await admitted(tokens, signer.token())
    assert await admitted(tokens, Signer("one", "EdDSA").token()) is None


async def _no_fetch(url: str) -> bytes:
    raise AssertionError(url)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"issuer": ""}, "issuer"),
        ({"audience": 7}, "audience"),
        ({"jwks": {"keys": []}}, "either 'jwks_url' or 'jwks'"),
        ({"jwks_url": "http://id.example/jwks"}, "https://"),
        ({"organisation": "acme"}, "either 'organisation' or"),
        ({"roles": ["owner"]}, "either 'roles' or"),
        ({"algorithms": ["HS256"]}, "may list"),
        ({"algorithms": ["none"]}, "may list"),
        ({"algorithms": []}, "may list"),
        ({"bind_resource": "yes"}, "bind_resource"),
        ({"leeway_s": 3600}, "at most 300"),
        ({"leeway_s": True}, "leeway_s"),
        ({"longest_s": "1h"}, "longest_s"),
        ({"issuers": 1}, "unknown key 'issuers'"),
    ],
)
def test_wrong_issuers_are_refused_at_start(change: dict[str, Any], words: str) -> None:
    setting = {"CAISSON_EXECUTOR_JWT_ISSUERS": json.dumps([{**ENTRY, **change}])}
    with pytest.raises(SetupError, match="JWT_ISSUERS") as refused:
        read_settings(setting)
    assert words in refused.value.message


@pytest.mark.parametrize(
    "text", ["[1]", "[[]]", "{", '[{"issuer": 1}]', "/no/such/file", "[" * 9999]
)
def test_what_is_no_list_of_issuers_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="JWT_ISSUERS"):
        read_settings({"CAISSON_EXECUTOR_JWT_ISSUERS": text})


def test_issuer_of_one_organisation_needs_no_claim() -> None:
    entry = {**ENTRY, "organisation": "acme", "roles": ["service"]}
    del entry["organisation_claim"], entry["roles_claim"]
    (issuer,) = parse_issuers(json.dumps([entry]))
    assert isinstance(issuer, Issuer)
    found = issuer.principal({"sub": "backend"})
    assert (found.organisation, *found.roles) == ("acme", Role.SERVICE)


async def test_issuer_that_never_answered_is_told_as_away(tmp_path: Path) -> None:
    """The token may be good, so that the client is to send it again."""
    signer = Signer("one")
    async with issuing(signer) as issuer:
        issuer.broken = True
        setting = {"jwt_issuers": issuer.setting, "state_dir": str(tmp_path)}
        async with served(None, **setting) as client:
            metadata = (("authorization", f"Bearer {signer.token()}"),)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await client.stub.GetServerInfo(pb.GetServerInfoRequest(), metadata=metadata)
    told = refusal_of_error(refused.value)
    assert (told.code, told.reason) == ("UNAVAILABLE", "ISSUER_UNAVAILABLE")
