"""What is read of real bundles is what Node says of their sources, and their tools do the same.

`make check` runs the cells of `cells.pairwise`, `make soak` and `make matrix` all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.executor.domain import BundleFormat, Manifest
from services.executor.errors import BundleError
from tests.guest.sandboxed import Sandbox
from tests.matrix.cells import Cell
from tests.matrix.comparison import differences
from tests.matrix.expectations import EXPECTED
from tests.matrix.projects import Projects
from tests.matrix.tool_calls import call_differences, loaded, schema_differences

# The first test waits for the packages and the bundles.
pytestmark = pytest.mark.timeout(3600)


@pytest.fixture
def manifest(cell: Cell, manifests: Mapping[Cell, Manifest | BundleError]) -> Manifest:
    found = manifests[cell]
    if isinstance(found, BundleError):
        raise found
    return found


def test_manifest_matches_node(cell: Cell, manifest: Manifest, projects: Projects) -> None:
    found = differences(manifest, projects.judged(cell.project, cell.zod))
    assert not found, "\n".join(map(str, found))


def test_every_diagnostic_is_expected(cell: Cell, manifest: Manifest) -> None:
    expected = list(EXPECTED[cell.project, cell.zod])
    unexpected = [d for d in manifest.diagnostics if not any(e.fits(d) for e in expected)]
    assert not unexpected
    always = [e for e in expected if e.always]
    missing = [e for e in always if not any(e.fits(d) for d in manifest.diagnostics)]
    assert not missing
    assert all(d.line > 0 and d.column > 0 for d in manifest.diagnostics)


def test_format_is_reported(cell: Cell, manifest: Manifest) -> None:
    assert manifest.format is BundleFormat(cell.format)


def test_schemas_accept_what_node_accepts(
    cell: Cell, manifest: Manifest, projects: Projects
) -> None:
    found = list(schema_differences(manifest, projects.judged(cell.project, cell.zod)))
    assert not found, "\n".join(map(str, found))


def test_tools_behave_as_in_node(
    cell: Cell,
    manifest: Manifest,
    bundles: Mapping[Cell, Path],
    projects: Projects,
    sandbox: Sandbox,
) -> None:
    program = loaded(sandbox, cell, bundles[cell])
    judged = projects.judged(cell.project, cell.zod)
    found = list(call_differences(program, cell, manifest, judged))
    assert not found, "\n".join(map(str, found))
