"""No spelling of a forbidden place leads to a connection; listeners there are tripwires."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address

import httpcore
import pytest

from services.executor.adapters.http.exchange import HttpConnections
from services.executor.egress.addresses import Address
from services.executor.egress.rules import Allowances, BundleHosts, parse_rule
from services.executor.egress.web_url import WebUrl
from services.executor.errors import FetchFailedError
from tests.egress.brokers import Server, asking, says, server, silent
from tests.egress.vectors import all_urls


class Recording(httpcore.AsyncNetworkBackend):
    """A network where nothing answers; ``tried`` holds the addresses that were connected to."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.tried.append(host)
        raise httpcore.ConnectError("nobody is there")


class Names:
    """A name service whose answers change: each name has a list, the last of which stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, url: WebUrl) -> list[Address]:
        self.asked.append(url.host)
        answers = self._answers.get(url.host)
        if answers is None:
            raise FetchFailedError(f"the host {url.host} does not resolve")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ip_address(text) for text in answer]


@asynccontextmanager
async def tripwires() -> AsyncIterator[list[Server]]:
    """Listen on both loopback addresses."""
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(server(says()))]
        with contextlib.suppress(OSError):  # a machine without IPv6 has no such place to reach
            wires.append(await stack.enter_async_context(server(says(), host="::1")))
        yield wires


async def test_no_spelling_of_special_address_connects() -> None:
    """Every public host is allowed here: only the address decides."""
    async with tripwires() as wires:
        network = Recording()
        exchange = HttpConnections(BundleHosts(), network=network)
        urls = [url for wire in wires for url in all_urls(wire.port)]
        assert len(urls) >= 500
        by_address = 0
        async with asking(exchange=exchange, allowed=BundleHosts()) as tool:
            for url in urls:
                kind, message = await tool.refused(url)
                assert kind in ("CAPABILITY_DENIED", "THROWN"), url
                by_address += "may not be fetched: it is at" in message
        assert network.tried == []
        assert by_address >= 500
        async with asking(allowed=BundleHosts()) as tool:
            for url in urls:
                await tool.refused(url)
        assert [wire.connections for wire in wires] == [0] * len(wires)


async def test_no_url_spelling_bypasses_rules() -> None:
    async with tripwires() as wires:
        async with asking("example.com", "*.example.com", "http://example.com:8080") as tool:
            for wire in wires:
                for url in all_urls(wire.port):
                    kind, _ = await tool.refused(url)
                    assert kind == "CAPABILITY_DENIED", url
        assert [wire.connections for wire in wires] == [0] * len(wires)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["2606:4700::1", "::1"],
        ["8.8.8.8", "169.254.169.254"],
        ["8.8.8.8", "::ffff:10.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%1"],
    ],
)
async def test_name_with_one_forbidden_address_is_refused(addresses: list[str]) -> None:
    names, network = Names(api_example_com=[addresses]), Recording()
    allowed = Allowances(((parse_rule("api.example.com"),),))
    exchange = HttpConnections(allowed, "", names.resolve, network)
    async with asking(exchange=exchange, allowed=allowed) as tool:
        kind, message = await tool.refused("https://api.example.com/")
    assert kind == "CAPABILITY_DENIED"
    assert "address" in message
    assert network.tried == []


async def test_name_is_resolved_once_and_checked_address_is_used() -> None:
    names, network = Names(api_example_com=[["8.8.8.8"], ["127.0.0.1"]]), Recording()
    allowed = Allowances(((parse_rule("api.example.com"),),))
    exchange = HttpConnections(allowed, "", names.resolve, network)
    async with asking(exchange=exchange, allowed=allowed) as tool:
        first = await tool.refused("https://api.example.com/")
        assert first == (
            "THROWN",
            "api.example.com cannot be reached: nothing accepts connections there",
        )
        assert (names.asked, network.tried) == (["api.example.com"], ["8.8.8.8"])
        kind, _ = await tool.refused("https://api.example.com/")
        assert kind == "CAPABILITY_DENIED"
        assert network.tried == ["8.8.8.8"]


async def test_rule_by_name_does_not_allow_private_address() -> None:
    async with server(says()) as wire:
        async with asking(f"localhost:{wire.port}") as tool:
            kind, message = await tool.refused(f"http://localhost:{wire.port}/")
        assert kind == "CAPABILITY_DENIED"
        assert "add a rule that names the address itself" in message
        assert wire.connections == 0
        async with asking(wire.authority) as tool:
            assert (await tool.fetch(wire.url()))["content"] == b"hello"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_redirect_is_checked(status: int) -> None:
    async with server(says()) as wire:
        for target in (wire.url(), f"//127.0.0.1:{wire.port}/", f"http://0x7f.1:{wire.port}/"):
            redirecting = says(b"", f"location: {target}", status=f"{status} Elsewhere")
            async with server(redirecting) as first, asking(first.authority) as tool:
                kind, message = await tool.refused(first.url())
                assert kind == "CAPABILITY_DENIED"
                assert "was not granted" in message
        assert wire.connections == 0


async def test_runs_do_not_share_connections() -> None:
    async with server(says()) as wire:
        async with asking(wire.authority) as tool:
            for _ in range(3):
                await tool.fetch(wire.url())
        assert wire.connections == 1
        async with asking(wire.authority) as tool:
            await tool.fetch(wire.url())
        assert wire.connections == 2
        async with asking(allowed=BundleHosts()) as tool:
            await tool.refused(wire.url())
        assert wire.connections == 2


async def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(says(b"proxied")) as proxy, server(says(b"direct")) as wire:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.authority}")
        async with asking(wire.authority) as tool:
            assert (await tool.fetch(wire.url()))["content"] == b"direct"
        assert proxy.connections == 0


async def test_no_cookie_is_stored() -> None:
    async with server(says(b"", "set-cookie: a=1; Path=/")) as wire:
        async with asking(wire.authority) as tool:
            await tool.fetch(wire.url())
            await tool.fetch(wire.url())
        assert "cookie" not in wire.heard[1].headers
        assert json.dumps([each.headers for each in wire.heard]).count("a=1") == 0


async def test_ended_call_closes_its_connections() -> None:
    async with server(silent) as wire, asking(wire.authority) as tool:
        asked = asyncio.create_task(tool.ask(op="request", url=wire.url()))
        await wire.arrived.wait()
        await tool.broker.close()
        asked.cancel()
        async with asyncio.timeout(60):
            await wire.left.wait()
        assert [each.error for each in tool.records] == ["aborted"]
