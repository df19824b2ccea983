"""Secrets in Vault: read from a real OpenBao, as the egress policy names them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from services.executor.adapters.http.exchange import HttpConnections
from services.executor.adapters.vault import VaultServer, secret_at
from services.executor.clients import OWN_PROCESS, Client
from services.executor.egress.policy import Egress
from services.executor.egress.rules import Allowances, OperatorsServer, parse_rule
from services.executor.egress.secret_values import KeptSecrets, values_of
from services.executor.egress.secrets import MissingValue, SecretBinding
from services.executor.egress.web_url import parse_url
from services.executor.egress_setup import policy_of
from services.executor.errors import FetchDeniedError, SetupError
from services.executor.events import ToolRequest
from services.executor.settings import read_settings
from tests.egress.bao import ROOT, Bao, bao_running, free_port
from tests.loopback import listening

PLACE = {"path": "shop/api", "key": "token"}
VALUE, NEXT = "shop-token-0123456789", "shop-token-9876543210"


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with bao_running(tmp_path_factory.mktemp("bao")) as running:
        running.keep("shop/api", token=VALUE, other="x")
        yield running


def connections(allowed: Allowances, client: Client) -> HttpConnections:
    return HttpConnections(allowed)


def server(url: str, token: str = ROOT, **more: Any) -> VaultServer:
    return VaultServer(url, connections, token, **more)


async def refusal(of: VaultServer, **place: str) -> str:
    with pytest.raises(SetupError) as raised:
        await secret_at(of, {**PLACE, **place}).value("SHOP")
    assert ROOT not in raised.value.message
    assert VALUE not in raised.value.message
    return raised.value.message


async def test_value_is_the_latest_version_of_a_key(bao: Bao) -> None:
    bao.keep("rotated", token=VALUE)
    source = secret_at(server(bao.url), {"path": "rotated", "key": "token"})
    assert await source.value("SHOP") == VALUE
    bao.keep("rotated", token=NEXT)
    assert await source.value("SHOP") == NEXT
    assert NEXT not in repr(source)
    bao.ask("DELETE", "secret/data/rotated")
    assert "deleted" in await refusal(server(bao.url), path="rotated")


async def test_what_vault_refuses_is_told_without_values(bao: Bao) -> None:
    narrow = bao.token_for("narrow", "shop/api")
    assert await secret_at(server(bao.url, narrow), PLACE).value("SHOP") == VALUE
    bao.keep("payroll", token=VALUE)
    assert "refuses the token" in await refusal(server(bao.url, narrow), path="payroll")
    assert "refuses the token" in await refusal(server(bao.url, "nonsense"))
    assert "no such secret" in await refusal(server(bao.url), path="shop/none")
    assert "no text under the key" in await refusal(server(bao.url), key="none")
    assert "no such secret" in await refusal(server(bao.url), mount="nowhere")
    bao.ask("POST", "sys/mounts/old", {"type": "kv", "options": {"version": "1"}})
    bao.ask("POST", "old/data/shop/api", {"token": VALUE})
    assert "version 2" in await refusal(server(bao.url), mount="old")


async def test_token_file_is_read_each_time(bao: Bao, tmp_path: Path) -> None:
    file = tmp_path / "token"
    source = secret_at(server(bao.url, "", token_file=file), PLACE)
    with pytest.raises(SetupError, match="file of its token cannot be read"):
        await source.value("SHOP")
    file.write_text("nonsense\n")
    with pytest.raises(SetupError, match="refuses the token"):
        await source.value("SHOP")
    file.write_text(f"{bao.token_for('renewed', 'shop/api')}\n")
    assert await source.value("SHOP") == VALUE


async def test_namespaces_have_secrets_of_their_own(bao: Bao) -> None:
    bao.ask("POST", "sys/namespaces/one")
    bao.ask("POST", "one/sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
    bao.ask("POST", "one/secret/data/shop/api", {"data": {"token": NEXT}})
    named = secret_at(server(bao.url), {**PLACE, "namespace": "one"})
    assert await named.value("SHOP") == NEXT
    assert await secret_at(server(bao.url, namespace="one"), PLACE).value("SHOP") == NEXT
    assert await secret_at(server(bao.url), PLACE).value("SHOP") == VALUE


async def test_server_that_is_away_or_is_none_is_told() -> None:
    away = server(f"http://127.0.0.1:{free_port()}")
    assert "cannot be read from Vault" in await refusal(away)

    async def rubbish(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n<htm>")
        await writer.drain()

    async def endless(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        for _ in range(100):
            writer.write(b" " * 100_000)
            await writer.drain()

    for answer, said in ((rubbish, "no JSON"), (endless, "more than 1,048,576 bytes")):
        async with listening(answer) as port:
            assert said in await refusal(server(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../sys/policies"},
        {"path": "a/../b"},
        {"path": "/a"},
        {"path": "a//b"},
        {"path": "a?version=1"},
        {"path": "a%2fb"},
        {"path": ""},
        {"mount": ".."},
        {"key": ""},
        {"key": 3},
        {"namespace": "a\r\nX: y"},
        {"version": "1"},
    ],
)
def test_malformed_places_are_refused_at_start(change: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        secret_at(server("http://127.0.0.1:1"), {**PLACE, **change})


def test_server_of_the_settings_may_be_private_and_no_metadata_service() -> None:
    allowed = OperatorsServer("vault.internal", 443)
    url = parse_url("https://vault.internal/v1/secret/data/x")
    for address in ("10.1.2.3", "127.0.0.1", "100.64.1.1", "93.184.216.34", "fd00::1"):
        allowed.check_address(url, ip_address(address))
    for address in ("169.254.169.254", "168.63.129.16", "fe80::1", "224.0.0.1", "0.0.0.0"):
        with pytest.raises(FetchDeniedError):
            allowed.check_address(url, ip_address(address))
    with pytest.raises(FetchDeniedError):
        allowed.check(parse_url("https://other.internal/"), "GET")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"URL": "vault.example"}, "VAULT_URL must be a URL"),
        ({"URL": "https://user:HUSH@vault.example", "TOKEN": "t"}, "VAULT_URL must be a URL"),
        ({"URL": "http://vault.example:8200", "TOKEN": "t"}, "must begin with https://"),
        ({"URL": "https://vault.example"}, "VAULT_URL needs one of"),
        ({"URL": "https://v.example", "TOKEN": "HUSH", "TOKEN_FILE": "/t"}, "needs one of"),
        ({"TOKEN": "HUSH"}, "VAULT_TOKEN is set, but"),
    ],
)
def test_wrong_settings_are_refused_without_the_token(given: dict[str, str], said: str) -> None:
    with pytest.raises(SetupError) as raised:
        read_settings({f"CAISSON_EXECUTOR_VAULT_{name}": value for name, value in given.items()})
    assert said in raised.value.message
    assert "HUSH" not in raised.value.message


async def test_policy_names_secrets_in_vault_by_organisation(bao: Bao, tmp_path: Path) -> None:
    bao.keep("one", key=VALUE)
    bao.keep("two", key=NEXT)
    entries = [
        {
            "name": "KEY",
            "hosts": ["api.example.com"],
            "organisations": [name],
            "from": {"vault": {"path": name, "key": "key"}},
        }
        for name in ("one", "two")
    ]
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"secrets": entries}))
    settings = read_settings(
        {
            "CAISSON_EXECUTOR_EGRESS_POLICY": str(file),
            "CAISSON_EXECUTOR_VAULT_URL": bao.url,
            "CAISSON_EXECUTOR_VAULT_TOKEN": bao.token_for("both", "one", "two"),
        }
    )
    egress = Egress(connections, policy_of(settings, {}))
    for organisation, value in (("one", VALUE), ("two", NEXT)):
        (binding,) = egress.policy.secrets_for("a", organisation)
        assert await binding.source.value("KEY") == value
        async with egress.open("a", organisation, None, recorded, OWN_PROCESS) as broker:
            assert list(broker.env) == ["KEY"]
            assert value not in str(broker.env)
    assert egress.policy.secrets_for("a", "") == ()


async def recorded(event: ToolRequest) -> None:
    del event


class Hand:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_secret_is_replaced_under_a_stream_of_runs_and_outlives_an_outage(
    tmp_path: Path,
) -> None:
    clock = Hand()
    with bao_running(tmp_path) as own:
        own.keep("shop", key=VALUE)
        token = own.token_for("shop", "shop")
        source = secret_at(server(own.url, token), {"path": "shop", "key": "key"})
        kept = KeptSecrets(source, 30.0, 300.0, clock)
        binding = SecretBinding("KEY", (parse_rule("api.example.com"),), kept)

        async def values() -> set[str | MissingValue]:
            found = await asyncio.gather(*(values_of([binding]) for _ in range(100)))
            return {value for ((_, value),) in found}

        assert await values() == {VALUE}
        own.keep("shop", key=NEXT)
        clock.now += 29.0
        assert await values() == {VALUE}
        clock.now += 2.0
        assert await values() == {NEXT}
    clock.now += 100.0
    assert await values() == {NEXT}
    clock.now += 201.0
    (missing,) = await values()
    assert isinstance(missing, MissingValue)
    assert "cannot be read from Vault" in missing.reason
