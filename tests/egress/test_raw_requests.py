"""Requests of Node's clients are sent as they are, and answered as the server answered."""

from __future__ import annotations

import gzip
import socket

import pytest

from services.executor.adapters.http.trouble import CERTIFICATES
from tests.egress.brokers import asking, ok, says, server

VALUE = "sk-live-5f0c8a3b9d11"
PACKED = gzip.compress(b"the key is " + VALUE.encode(), mtime=0)
HEADERS = ("Content-Encoding: gzip", "X-Case: 1")


async def test_nothing_is_added_or_decoded() -> None:
    async with server(says(PACKED, *HEADERS)) as wire, asking(wire.authority) as tool:
        asked = [["Accept-Encoding", "br, gzip"], ["X-A", "1"], ["X-A", "2"]]
        head = await tool.fetch(wire.url(), raw=True, headers=asked)
        assert head["content"] == PACKED
        assert ["Content-Encoding", "gzip"] in head["headers"]
        assert ["X-Case", "1"] in head["headers"]
        assert wire.heard[0].headers["accept-encoding"] == "br, gzip"
        assert not {"user-agent", "accept"} & set(wire.heard[0].headers)


async def test_host_of_a_secret_answers_decoded_and_redacted() -> None:
    async with (
        server(says(PACKED, *HEADERS)) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
    ):
        head = await tool.fetch(wire.url(), raw=True, headers=[["accept-encoding", "gzip"]])
        assert head["content"].decode() == f"the key is {tool.run.secrets.env['KEY']}"
        names = {name.lower() for name, _ in head["headers"]}
        assert not {"content-encoding", "content-length"} & names
        assert wire.heard[0].headers["accept-encoding"] == "identity"


async def test_body_may_go_with_any_method() -> None:
    async with server(says()) as wire, asking(wire.authority) as tool:
        await tool.fetch(wire.url(), raw=True, body="aGVsbG8=")
        assert (wire.heard[0].method, wire.heard[0].body) == ("GET", b"hello")


async def test_redirect_with_other_text_than_ascii_is_followed_as_utf8() -> None:
    location = "location: /ok?q=日本".encode().decode("latin-1")
    async with (
        server(says(b"", location, status="302 x")) as wire,
        asking(wire.authority) as tool,
    ):
        await tool.refused(wire.url())
        assert wire.heard[1].target == "/ok?q=%E6%97%A5%E6%9C%AC"


@pytest.mark.parametrize("rule", ["127.0.0.1:{port}", "http://127.0.0.1:{port}/only"])
async def test_connections_are_checked_by_host(rule: str) -> None:
    async with server(says()) as wire, asking(rule.format(port=wire.port)) as tool:
        assert ok(await tool.ask(op="check", url=wire.url())) == {}
        answer = await tool.ask(op="check", url="http://127.0.0.1:1/")
        assert answer.failure is not None
        assert answer.failure.kind.name == "CAPABILITY_DENIED"
        assert (await tool.ask(op="check")).failure is not None
        assert wire.connections == 0


async def test_failures_carry_the_codes_of_node() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{free.getsockname()[1]}"
    async with asking(nobody, "x.invalid") as tool:
        codes = []
        for url in (f"http://{nobody}/", "https://x.invalid/"):
            answer = await tool.ask(op="request", url=url)
            assert answer.failure is not None
            codes.append(answer.failure.name)
        assert codes[0] == "ECONNREFUSED"
        assert codes[1] in ("ENOTFOUND", "EAI_AGAIN")


def test_certificates_have_names() -> None:
    assert CERTIFICATES[10] == "CERT_HAS_EXPIRED"
    assert CERTIFICATES[18] == "DEPTH_ZERO_SELF_SIGNED_CERT"
