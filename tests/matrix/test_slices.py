"""The part of a real bundle that its agents and tools need does what Node does with all of it.

A sample runs in `make check`, all cells in `make soak` and with ``--whole-matrix``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.executor.bundle.needed.blanks import without
from services.executor.bundle.process.slice_source import slice_source
from services.executor.domain import Manifest
from services.executor.errors import BundleError
from tests.guest.sandboxed import Sandbox
from tests.matrix.cells import Cell
from tests.matrix.projects import Projects
from tests.matrix.tool_calls import call_differences, loaded
from tests.repeats import soaking

pytestmark = pytest.mark.timeout(3600)

# Others take seconds to slice.
SAMPLE = ("lightfast_own",)


def test_parts_behave_as_in_node(
    cell: Cell,
    manifests: Mapping[Cell, Manifest | BundleError],
    bundles: Mapping[Cell, Path],
    projects: Projects,
    sandbox: Sandbox,
    request: pytest.FixtureRequest,
) -> None:
    whole = soaking() or request.config.getoption("--whole-matrix", default=False)
    if cell.framework not in SAMPLE and not whole:
        pytest.skip("compared in make soak")
    manifest = manifests[cell]
    assert isinstance(manifest, Manifest)
    source = bundles[cell].read_bytes()
    omitted = slice_source(source, is_module=cell.format == "esm")
    program = loaded(sandbox, cell, bundles[cell], without(source.decode(), omitted))
    judged = projects.judged(cell.project, cell.zod)
    found = list(call_differences(program, cell, manifest, judged))
    assert not found, "\n".join(map(str, found))
