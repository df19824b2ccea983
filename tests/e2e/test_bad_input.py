"""Unusable bundles are refused with a reason, and the service works afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from caisson.executor.v1 import run_pb2 as pb
from tests.e2e.pair import BUNDLE, pair
from tests.e2e.web import web
from tests.executor.fake_provider import answer
from tests.executor.served import Client

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FETCHED = grpc.StatusCode.FAILED_PRECONDITION

INLINE = {
    "empty": (b"", INVALID, "empty"),
    "syntax": (b"export default {\n  agents: {,}\n}", INVALID, "line 2"),
    "no_agents": (b"export const answer = 42;", INVALID, "no agent"),
    "not_text": (b"\xff\xfe\x00x", INVALID, "UTF-"),
    "html": (b"<!doctype html><html></html>", INVALID, "HTML"),
}
BY_URL = {
    "missing": ("missing", "404"),
    "page": ("page", "text/html instead of JavaScript"),
    "loop": ("loop", "redirect"),
    "huge": ("huge", "larger than the limit"),
}


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    """A client of a working pair; after each test, a good run still works."""
    async with pair(answer("Hi.")) as (client, _):
        yield client
        outcome = await client.run(bundle=BUNDLE, agent="talker")
        assert outcome.text == "Hi."


@pytest.mark.parametrize("name", INLINE)
async def test_bad_bundle_is_refused_with_its_problem(client: Client, name: str) -> None:
    source, code, words = INLINE[name]
    outcome = await client.run(bundle=pb.BundleSource(inline=source))
    assert (outcome.code, outcome.events) == (code, [])
    assert words in outcome.message


@pytest.mark.parametrize("name", BY_URL)
async def test_url_without_a_bundle_is_refused(client: Client, name: str) -> None:
    path, words = BY_URL[name]
    with web() as address:
        outcome = await client.run(bundle=pb.BundleSource(url=f"{address}/{path}"))
    assert outcome.events == []
    assert outcome.code in (INVALID, NOT_FETCHED)
    assert words in outcome.message


async def test_unreachable_url_is_reported(client: Client) -> None:
    outcome = await client.run(bundle=pb.BundleSource(url="http://127.0.0.1:9/bundle.js"))
    assert outcome.events == []
    assert "127.0.0.1:9" in outcome.message
    assert outcome.code is NOT_FETCHED
