"""Every call of a whole project's tools ends in the sandbox as in Node, with the same requests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.projects.bundles import NAMES, QUICK, TURNS, build
from tests.projects.sandbox import Outcomes, judged, projects
from tests.projects.services import ANSWERS
from tests.repeats import some
from tests.sdks.services import Heard, Services, services


@dataclass(frozen=True)
class Side:
    """How the calls of every bundle ended, and what the server heard of them, by service."""

    outcomes: dict[str, Outcomes]
    heard: dict[str, list[Heard]]


@dataclass(frozen=True)
class Compared:
    """All bundles of one form, in Node and in the sandbox."""

    node: Side
    sandbox: Side


async def compared(form: str, names: Sequence[str]) -> Compared:
    folder = build(form, names)
    with services(ANSWERS) as served:
        in_node = Side(await judged(folder, served.url), taken(served))
        ours: dict[str, Any] = {}
        async with projects(served.authority) as toolrunner:
            for bundle in sorted(folder.glob("*.[cm]js")):
                ours[bundle.stem] = await toolrunner.outcomes(bundle)
        return Compared(in_node, Side(ours, taken(served)))


def taken(served: Services) -> dict[str, list[Heard]]:
    """Return and clear what the server heard; requests of one call may come in any order."""
    heard = {
        name: sorted(requests, key=lambda each: (each.method, each.target, each.body))
        for name, requests in served.heard.items()
    }
    served.heard.clear()
    return heard


@pytest.fixture(scope="module")
def both(form: str) -> Compared:
    return asyncio.run(compared(form, some(QUICK, 2) if form == TURNS else NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_every_call_ends_as_in_node(both: Compared, name: str) -> None:
    if name not in both.node.outcomes:
        pytest.skip("compared in make soak")
    assert both.sandbox.outcomes[name] == both.node.outcomes[name]


def test_servers_hear_the_same(both: Compared) -> None:
    assert both.sandbox.heard == both.node.heard
