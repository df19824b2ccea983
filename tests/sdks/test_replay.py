"""Calls of real SDKs, made once more without their services, do exactly the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.executor.agent.ports import ToolInvocation
from tests.egress.brokers import asking
from tests.repeats import soaking, some
from tests.replays import two_processes, two_runners
from tests.sdks.bundles import NAMES
from tests.sdks.services import Services
from tests.sdks.test_sdks import KEY, program_of

TIMES = 50 if soaking() else 1  # of 20 SDKs


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    with two_processes() as both:
        yield both


@pytest.mark.parametrize("name", some(NAMES, every=4))
async def test_sdk_does_the_same_again(
    bundles: Path, served: Services, addresses: tuple[str, str], name: str
) -> None:
    program = program_of(bundles, name)
    text = json.dumps({"url": f"{served.url}/{name}"})
    invocation = ToolInvocation("main", "call", text, {}, "call-1")
    async with two_runners(addresses) as runners:
        for _ in range(TIMES):
            secrets = [("KEY", KEY, served.authority)]
            async with asking(served.authority, secrets=secrets) as tool:
                (result,) = await runners.record(program, tool.run, invocation)
            assert result.failure is None, result.failure
            served.take(name)
            (kept,) = runners.kept.data
            assert KEY.encode() not in kept
            (again,) = await runners.replay(program)
            assert again.same, again
            assert served.take(name) == []
