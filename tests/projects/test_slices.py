"""The part of a project that its agents and tools need does what Node does with all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from services.executor.adapters.bundle_pool import ParserPool
from services.executor.bundle.intake.slicer import KeepingSlicer
from services.executor.domain import ProgramSlice
from tests.projects.bundles import NAMES, TURNS, build
from tests.projects.sandbox import Outcomes, judged, program_of, projects
from tests.projects.services import ANSWERS
from tests.sdks.services import services

# Those that are sliced in a second or two: express and pino, dotenv and t3-env, everything by hand.
SAMPLE = ("desk", "notes", "orders")
READ_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Sliced:
    """A form's bundles: what Node says of the whole, what their parts do, and these parts."""

    node: dict[str, Outcomes]
    ours: dict[str, Outcomes]
    parts: dict[str, ProgramSlice]


async def sliced(form: str, names: Sequence[str]) -> Sliced:
    folder = build(form, names)
    slicer = KeepingSlicer(ParserPool(1, READ_TIMEOUT_S))
    found = Sliced({}, {}, {})
    with services(ANSWERS) as served:
        found.node.update(await judged(folder, served.url))
        try:
            async with projects(served.authority) as toolrunner:
                for bundle in sorted(folder.glob("*.[cm]js")):
                    part = await slicer.part(program_of(bundle))
                    if part is not None:
                        found.parts[bundle.stem] = part
                        found.ours[bundle.stem] = await toolrunner.outcomes(bundle, part.program)
        finally:
            await slicer.close()
    return found


@pytest.fixture(scope="module")
def both(form: str) -> Sliced:
    return asyncio.run(sliced(form, SAMPLE if form == TURNS else NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_every_call_of_a_part_ends_as_in_node(both: Sliced, name: str) -> None:
    if name not in both.parts:
        pytest.skip("nothing is left out of it, or it is compared in make soak")
    assert both.ours[name] == both.node[name]


def test_parts_leave_something_out(both: Sliced) -> None:
    assert both.parts
    assert all(0 < part.omitted < part.statements for part in both.parts.values())
