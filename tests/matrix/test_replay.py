"""Calls of bundles of every kind, made once more in another toolrunner, do exactly the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.executor.agent.ports import ToolInvocation
from services.executor.domain import Manifest, Program
from services.executor.errors import BundleError
from tests.egress.brokers import asking
from tests.matrix.cells import Cell
from tests.matrix.projects import Projects
from tests.matrix.tool_calls import SESSION, calls_of
from tests.replays import MIB, two_processes, two_runners

pytestmark = pytest.mark.timeout(3600)
LARGE = str(512 * MIB)


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    settings = {
        f"{work}_{what}_bytes": LARGE for work in ("call", "load") for what in ("memory", "heap")
    }
    with two_processes(**settings) as both:
        yield both


async def test_calls_do_the_same_again(
    replayed_cell: Cell,
    manifests: Mapping[Cell, Manifest | BundleError],
    bundles: Mapping[Cell, Path],
    projects: Projects,
    addresses: tuple[str, str],
) -> None:
    cell = replayed_cell
    manifest = manifests[cell]
    assert isinstance(manifest, Manifest), manifest
    source = bundles[cell].read_bytes()
    digest = f"sha256:{hashlib.sha256(source).hexdigest()}"
    program = Program(digest, is_module=cell.format == "esm", source=source)
    invocations = [
        ToolInvocation(agent, tool, json.dumps(call["input"]), SESSION, f"call-{number}")
        for agent, tool, calls in calls_of(manifest, projects.judged(cell.project, cell.zod))
        for number, call in enumerate(calls)
    ]
    assert invocations
    async with two_runners(addresses) as runners, asking() as tool:
        await runners.record(program, tool.run, *invocations)
        assert len(runners.kept.data) == len(invocations)
        differing = [each for each in await runners.replay(program) if not each.same]
    assert not differing
