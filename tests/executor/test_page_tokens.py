"""Page tokens are signed: those of executors that share a key are valid in each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import session_service_pb2 as session_pb
from caisson.executor.v1.run_pb2 import BundleSource
from services.executor.domain import Bundle
from services.executor.errors import SetupError
from services.executor.settings import Settings, read_settings
from services.executor.wire.page_tokens import BadTokenError, PageTokens
from tests.executor.builders import agent, bundle, tool
from tests.executor.fake_provider import answer, fake_provider
from tests.executor.served import Client, served

KEY, OTHER = "k" * 32, "o" * 32


def declared() -> Bundle:
    return bundle(agent(tool("first"), tool("second")))


async def page(client: Client, token: str = "") -> str:
    """Ask for a page of one item; return the token of the next."""
    asked = pb.InspectBundleRequest(bundle=BundleSource(inline=b"x"), page_size=1, page_token=token)
    return str((await client.stub.InspectBundle(asked)).next_page_token)


async def test_executors_that_share_a_key_read_each_others_tokens() -> None:
    async with (
        served(declared(), page_token_key=KEY) as one,
        served(declared(), page_token_key=KEY) as another,
        served(declared(), page_token_key=OTHER) as stranger,
        served(declared()) as alone,
    ):
        token = await page(one)
        assert await page(another, token) == await page(one, token) != token
        for each in (stranger, alone):
            with pytest.raises(grpc.aio.AioRpcError, match="first page") as caught:
                await page(each, token)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_listing_goes_on_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {"state_dir": str(tmp_path), "page_token_key": KEY}
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with fake_provider(answer("Hello.")) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(**kept) as client:
            for session in ("s", "t"):
                await client.run(session_id=session)
            sessions, token = await listed(client)
    async with served(**kept) as client:
        more, last = await listed(client, token)
    assert (sorted(sessions + more), last) == (["s", "t"], "")


async def listed(client: Client, token: str = "") -> tuple[list[str], str]:
    asked = session_pb.ListSessionsRequest(page_size=1, page_token=token)
    answer = await client.sessions.ListSessions(asked)
    return [each.session_id for each in answer.sessions], answer.next_page_token


def test_tokens_are_bound_to_the_version_that_reads_bundles() -> None:
    token = PageTokens(KEY, "1").token(("manifest", "d", "1"), (7,))
    assert PageTokens(KEY, "2").place(("manifest", "d", "1"), token) == (7,)
    with pytest.raises(BadTokenError):
        PageTokens(KEY, "2").place(("manifest", "d", "2"), token)


@pytest.mark.parametrize("key", ["short", "\u00e9" * 15])
def test_short_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SetupError, match="at least 32") as caught:
        read_settings({"CAISSON_EXECUTOR_PAGE_TOKEN_KEY": key})
    assert key not in str(caught.value)


def test_key_is_not_shown() -> None:
    assert KEY not in repr(Settings(page_token_key=KEY)) + repr(PageTokens(KEY))
