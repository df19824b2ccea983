"""What the broker of a run adds to calls' contexts, and what a run that is gone on with may ask."""

from __future__ import annotations

import json

from services.executor.domain import JsonObject
from services.executor.egress.response_body import FetchBounds
from tests.egress.brokers import asking


async def test_context_gains_env_and_key_and_keeps_the_rest() -> None:
    own: JsonObject = {"user": {"id": 7}, "env": {"API_KEY": "mine", "MODE": "test"}}
    own["idempotencyKey"] = "mine"
    given = json.dumps(own)
    async with asking(secrets=[("API_KEY", "s3cret", "https://a.test")]) as tool:
        first, second = (json.loads(tool.run.context_json(own, key)) for key in ("k1", "k2"))
        other = json.loads(tool.run.context_json({"user": 8}, "k3"))
    placeholder = first["env"]["API_KEY"]
    assert placeholder not in {"mine", "s3cret"}
    env = {"API_KEY": placeholder, "MODE": "test"}
    assert first == {"user": {"id": 7}, "env": env, "idempotencyKey": "k1"}
    assert second == {**first, "idempotencyKey": "k2"}
    assert other == {"user": 8, "env": {"API_KEY": placeholder}, "idempotencyKey": "k3"}
    assert json.dumps(own) == given


async def test_earlier_requests_count_for_resumed_run() -> None:
    bounds = FetchBounds(requests=3)
    async with asking("https://a.test", bounds=bounds, requests=3) as tool:
        kind, message = await tool.refused("https://a.test/")
    assert kind == "THROWN"
    assert "the run made 3 requests, the limit" in message
