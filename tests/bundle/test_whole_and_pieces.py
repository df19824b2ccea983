"""A real bundle that is read piece by piece has the manifest that a parse of all of it has."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from examples.weather.build import build as build_example
from services.executor.bundle.index.indexed import UNREAD_FROM, index_program
from services.executor.bundle.index.unread import UnsureError
from services.executor.bundle.manifest.extract import extract_manifest
from services.executor.bundle.manifest.manifest_json import to_json
from services.executor.bundle.process.read_source import read_source, read_whole_source
from services.executor.bundle.syntax.unwrap import unwrapped_source
from tests.bundle.reading import DIGEST
from tests.matrix.cells import Cell
from tests.matrix.projects import Projects
from tests.real_bundles.build import RealBundles
from tests.repeats import soaking

# A parse of all takes seconds.
BUNDLES = ["statistics_min_cjs", "schemas_min_cjs"]
# Small ones of other bundlers.
CELLS = [Cell("lightfast", "zod3", "rolldown", "esm", "min")]
if soaking():
    BUNDLES += ["numbers_esm", "numbers_min_cjs", "schemas_esm", "statistics_esm"]
    CELLS += [
        Cell("lightfast", "zod3", "webpack", "esm", "readable"),
        Cell("lightfast", "zod3", "webpack", "cjs", "min"),
        Cell("lightfast", "zod4", "rolldown", "esm", "min"),
        Cell("lightfast", "zod4", "rollup", "cjs", "min"),
        Cell("openai_agents", "zod3", "esbuild", "cjs", "min"),
    ]


@pytest.fixture(autouse=True)
def without_collection() -> Iterator[None]:
    """Read as the parser's process does, which is several times as fast."""
    gc.disable()
    yield
    gc.enable()


def compare(source: bytes) -> None:
    # Not `read_source`, which would fall back to the whole and be equal to it.
    unwrapped = unwrapped_source(source)
    manifest = extract_manifest(DIGEST, index_program(unwrapped.text))
    pieces = json.dumps(to_json(replace(manifest, module=unwrapped.module)))
    assert pieces == json.dumps(to_json(read_whole_source(DIGEST, source)))


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("min_body", [60, 2_000])
def test_trees_in_pieces_give_equal_manifests(
    real_bundles: RealBundles, name: str, min_body: int
) -> None:
    text = unwrapped_source(getattr(real_bundles, name).read_bytes()).text
    pieces = extract_manifest(DIGEST, index_program(text, pieces_from=0, min_body=min_body))
    assert to_json(pieces) == to_json(extract_manifest(DIGEST, index_program(text)))


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("min_body", [60, 2_000])
def test_pieces_that_are_read_when_asked_for_give_equal_manifests(
    real_bundles: RealBundles, name: str, min_body: int
) -> None:
    text = unwrapped_source(getattr(real_bundles, name).read_bytes()).text
    unread = index_program(text, pieces_from=0, unread_from=0, most_own=1.0, min_body=min_body)
    found = extract_manifest(DIGEST, unread)
    assert to_json(found) == to_json(extract_manifest(DIGEST, index_program(text)))


# What it extends begins too far before its brace for the scanner of brackets, which takes the class
# for a function; and the agent's text is in that class.
MISREAD = (
    "const mixed = (first) => (parent) => parent;\nclass Texts extends mixed("
    + 40 * "Object || "
    + "Object)(Object) {"
    + "".join(f"m{n}(a) {{ return a + {n}; }} " for n in range(500))
    + "static text = 'the system';}\n"
    + 'export const a = { model: "m", tools: {}, system: Texts.text };'
)


def test_all_is_read_where_a_piece_is_not_what_it_seemed() -> None:
    with pytest.raises(UnsureError):
        extract_manifest(DIGEST, index_program(MISREAD, pieces_from=0, unread_from=0, most_own=1.0))
    numbers = "const numbers = [" + UNREAD_FROM // 2 * "1," + "1];\n"
    for text in (numbers + MISREAD, MISREAD + "\n" + numbers):
        assert len(text) >= UNREAD_FROM
        found = read_source(DIGEST, text.encode())
        assert to_json(found) == to_json(read_whole_source(DIGEST, MISREAD.encode()))


@pytest.mark.parametrize("name", BUNDLES)
def test_real_bundles_give_equal_manifests(real_bundles: RealBundles, name: str) -> None:
    compare(getattr(real_bundles, name).read_bytes())


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_other_bundlers_give_equal_manifests(cell: Cell) -> None:
    compare(Projects().bundles([cell])[cell].read_bytes())


def test_example_gives_equal_manifests() -> None:
    compare(build_example().read_bytes())
