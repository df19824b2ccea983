"""A manifest of any size is read page by page, in the order of the bundle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import manifest_pb2
from caisson.executor.v1.run_pb2 import BundleSource
from services.executor.agent.scripted import FixedBundles
from services.executor.domain import Bundle, Diagnostic, Manifest, Severity
from services.executor.wire.manifest import to_page
from services.executor.wire.manifest_pages import ENTRY_BYTES, ManifestPages
from tests.executor.builders import agent, bundle, returned, tool, whole
from tests.executor.served import Client, served

MIB = 1024 * 1024
PAGE_BYTES = 3 * MIB


def declared(tools: list[int], notes: int = 0, text: str = "Does.") -> Bundle:
    """A bundle with an agent for each number, of so many tools, and with so many diagnostics."""
    agents = [
        agent(
            *(replace(tool(f"t{at:04}"), description=text) for at in reversed(range(count))),
            key=f"a{index}",
        )
        for index, count in reversed(list(enumerate(tools)))
    ]
    noted = tuple(Diagnostic(Severity.INFO, f"p{at}", "So.") for at in range(notes))
    made = bundle(*agents)
    return replace(made, manifest=replace(made.manifest, diagnostics=noted))


def joined(pages: list[manifest_pb2.Manifest]) -> manifest_pb2.Manifest:
    """What a client makes of the pages: an agent may continue on the next one."""
    whole = manifest_pb2.Manifest()
    whole.CopyFrom(pages[0])
    for page in pages[1:]:
        assert page.digest == whole.digest
        more = list(page.agents)
        if more and whole.agents and more[0].key == whole.agents[-1].key:
            whole.agents[-1].tools.extend(more.pop(0).tools)
        whole.agents.extend(more)
        whole.diagnostics.extend(page.diagnostics)
    return whole


@given(
    st.lists(st.integers(0, 6), max_size=4),
    st.integers(0, 5),
    st.integers(0, 9),
    st.sampled_from([1, 200, 400, 10_000]),
)
def test_pages_of_any_size_are_the_whole(
    tools: list[int], notes: int, most_items: int, most_bytes: int
) -> None:
    manifest = declared(tools, notes).manifest
    pages, start = [], 0
    while True:
        page = returned(to_page(manifest, start, most_items, most_bytes))
        pages.append(manifest_pb2.Manifest.FromString(page.manifest))
        if not page.next_start:
            break
        start = page.next_start
    assert joined(pages) == whole(manifest)
    assert [each.key for each in joined(pages).agents] == list(manifest.agents)
    for found in pages if most_items else []:
        own = sum(bool(each.name) for each in found.agents)
        counted = own + sum(len(each.tools) for each in found.agents) + len(found.diagnostics)
        assert counted <= most_items


async def pages_of(client: Client, **request: Any) -> list[manifest_pb2.Manifest]:
    asked = pb.InspectBundleRequest(bundle=BundleSource(inline=b"x"), **request)
    pages = []
    while True:
        response = await client.stub.InspectBundle(asked)
        assert response.ByteSize() < PAGE_BYTES + 1024
        pages.append(response.manifest)
        asked.page_token = response.next_page_token
        if not asked.page_token:
            return pages


async def test_a_manifest_of_many_mebibytes_is_read_by_an_ordinary_client() -> None:
    large = declared([200, 260], 100, text="x" * 12_000)
    async with served(large) as client:
        pages = await pages_of(client)
        few = await pages_of(client, page_size=1000)
    assert len(pages) == 2
    assert joined(pages) == joined(few) == whole(large.manifest)


def steps_of(pages: ManifestPages, manifest: Manifest, start: int = 0, items: int = 0) -> int:
    """How many items were serialized for a page, which has what it would have without a cache."""
    steps, made, page = 0, None, pages.page(manifest, start, items)
    while made is None:
        try:
            next(page)
        except StopIteration as end:
            made = end.value
        else:
            steps += 1
    assert made == returned(to_page(manifest, start, items, PAGE_BYTES))
    return steps


def test_page_is_serialized_once() -> None:
    pages, manifest = ManifestPages(), declared([3, 4], 2).manifest
    asked = [(0, 0), (0, 5), (5, 5), (10, 5)]
    assert [steps_of(pages, manifest, *page) for page in asked] == [11, 5, 5, 1]
    assert [steps_of(pages, manifest, *page) for page in asked] == [0, 0, 0, 0]


def test_page_of_a_manifest_with_more_answers_is_serialized_again() -> None:
    pages, manifest = ManifestPages(), declared([3]).manifest
    answered = replace(manifest, diagnostics=(Diagnostic(Severity.INFO, "p", "So."),))
    assert steps_of(pages, manifest) == 4
    assert steps_of(pages, answered) == 5
    assert steps_of(pages, answered) == 0


def test_kept_pages_are_bounded_in_bytes() -> None:
    manifests = [declared([1], text=text * 1000).manifest for text in "abc"]
    manifests = [replace(each, digest=str(at)) for at, each in enumerate(manifests)]
    page_bytes = len(returned(to_page(manifests[0], 0, 0, PAGE_BYTES)).manifest)
    pages = ManifestPages(max_kept_bytes=2 * (page_bytes + ENTRY_BYTES))
    first, second, third = manifests
    assert [steps_of(pages, each) for each in (first, second, first)] == [2, 2, 0]
    assert [steps_of(pages, each) for each in (third, first, second)] == [2, 0, 2]
    assert steps_of(pages, declared([30], text="x" * 1000).manifest) == 31
    assert steps_of(pages, second) == 0, "one that is too large drops no others"


async def test_a_page_of_another_bundle_is_refused() -> None:
    bundles = FixedBundles(declared([3]))
    async with served(bundles) as client:
        asked = pb.InspectBundleRequest(bundle=BundleSource(inline=b"x"), page_size=1)
        asked.page_token = (await client.stub.InspectBundle(asked)).next_page_token
        assert asked.page_token
        other = bundle(agent(), source=b"other")
        bundles.bundle = other
        with pytest.raises(grpc.aio.AioRpcError, match="page_token") as caught:
            await client.stub.InspectBundle(asked)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("request_", [{"page_size": -1}, {"page_token": "AAAA"}])
async def test_a_page_that_cannot_be_is_refused(request_: dict[str, Any]) -> None:
    async with served() as client:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await pages_of(client, **request_)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert next(iter(request_)) in (caught.value.details() or "")


async def test_a_schema_too_large_for_a_page_says_so() -> None:
    huge = tool("huge", {"type": "object", "description": "x" * 2 * MIB})
    async with served(bundle(agent(huge))) as client:
        (page,) = await pages_of(client)
    schema = page.agents[0].tools[0].input_schema
    assert schema.truncated
    assert schema.size_bytes > 2 * MIB
    assert schema.json_text.startswith('{"type":"object"')


async def test_a_single_text_too_large_to_be_sent_is_refused() -> None:
    async with served(bundle(agent(system="x" * 5 * MIB))) as client:
        with pytest.raises(grpc.aio.AioRpcError, match="texts of the bundle") as caught:
            await pages_of(client)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
