"""Tools' own settings hold in a run through both services: a real sandbox, a model on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from caisson.executor.v1.run_pb2 import BundleSource
from tests.e2e.pair import asks, events_of, pair
from tests.executor.fake_provider import answer
from tests.executor.served import answered, finish

BUNDLE = BundleSource(inline=Path(__file__).with_name("settings.js").read_bytes())


async def run(*calls: tuple[str, str]) -> tuple[Any, list[dict[str, Any]]]:
    """The outcome of a run that makes these calls, and the requests that the provider got."""
    async with pair(asks(*calls), answer("Done.")) as (client, model):
        run = client.start("Hello", bundle=BUNDLE, agent="clerk")
        outcome = await finish(answered(client, run, approves=False))
    return outcome, model.requests


def results(requests: list[dict[str, Any]]) -> list[str]:
    """What the last request says of the tools' results."""
    messages = requests[-1]["messages"]
    return [message["content"] for message in messages if message["role"] == "tool"]


async def test_no_private_field_of_an_output_is_sent_to_the_provider() -> None:
    outcome, requests = await run(("rows", '{"tag": " ab "}'), ("broken", "{}"))
    assert "private" not in json.dumps(requests)
    shown, failed = results(requests)
    assert shown == "2 rows of AB"
    assert "`toModelOutput` returned nothing" in failed
    first, second = events_of(outcome, "tool_output_available")
    assert first["output"] == {
        "count": 2,
        "tag": "AB",
        "secret": "private-field",
        "roles": ["user"],
    }
    assert second["output"] == {"secret": "private-field"}


async def test_calls_are_made_that_need_nobody_or_wait_for_an_answer() -> None:
    outcome, requests = await run(
        ("wipe", '{"all": true}'), ("wipe", '{"all": false}'), ("pay", "")
    )
    needs, done, denied = results(requests)
    assert needs == "Tool call execution denied."
    assert done == "wiped false"
    assert "is denied by the agent's `toolApproval`: no money" in denied
    kinds = [each["kind"] for each in events_of(outcome, "tool_output_error")]
    assert kinds == ["NOT_APPROVED"]
    assert len(events_of(outcome, "tool_output_denied")) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"n": "five", "tag": "x"}', "n: Invalid input: expected number, received NaN"),
        ('{"n": 1}', "tag: Invalid input: expected string, received undefined"),
    ],
)
async def test_refused_input_tells_the_schemas_own_issues(text: str, told: str) -> None:
    outcome, requests = await run(("rows", text))
    assert results(requests)[0].endswith(f"the input does not fit the tool's schema: {told}")
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "INVALID_INPUT"
