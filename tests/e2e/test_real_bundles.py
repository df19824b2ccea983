"""Agents built with the real AI SDK and zod, bundled whole, served over HTTP, and run."""

from __future__ import annotations

import zlib

import grpc
import pytest

from caisson.executor.v1 import run_pb2 as pb
from tests.e2e.pair import asks, events_of, pair
from tests.e2e.web import web
from tests.executor.fake_provider import answer
from tests.real_bundles.build import RealBundles

MIN_BYTES = 300_000
TEXT = "The quick brown fox"


@pytest.mark.parametrize("form", ["numbers_esm", "numbers_min_cjs"])
async def test_bundled_code_answers_the_models_call(real_bundles: RealBundles, form: str) -> None:
    path = getattr(real_bundles, form)
    assert path.stat().st_size > MIN_BYTES
    asked = asks(
        ("checksum", f'{{"text":"{TEXT}"}}'),
        ("primes", '{"limit":12}'),
        ("divide", '{"dividend":1,"divisor":0}'),
    )
    async with pair(asked, answer("Done.")) as (client, model):
        with web(bundle=path) as address:
            outcome = await client.run(bundle=pb.BundleSource(url=f"{address}/bundle"))
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    outputs = [event["output"] for event in events_of(outcome, "tool_output_available")]
    assert {"bytes": len(TEXT), "crc32": f"{zlib.crc32(TEXT.encode()):08x}"} in outputs
    assert {"count": 5, "primes": [2, 3, 5, 7, 11]} in outputs
    (failed,) = events_of(outcome, "tool_output_error")
    assert (failed["kind"], failed["name"]) == ("THROWN", "RangeError")
    offered = {tool["function"]["name"] for tool in model.requests[0]["tools"]}
    assert offered == {"checksum", "primes", "divide"}
    assert outcome.text == "Done."
