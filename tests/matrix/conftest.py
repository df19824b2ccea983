"""Which cells are tested, and what is made once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.executor.adapters.bundle_pool import ParserPool
from services.executor.domain import Manifest
from services.executor.errors import BundleError
from tests.guest.conftest import sandbox
from tests.matrix.cells import ALL, Cell, pairwise
from tests.matrix.projects import PROCESSES, Projects
from tests.repeats import soaking, some

__all__ = ["sandbox"]

MIB = 1024 * 1024
DIGEST = "sha256:" + "0" * 64
READ_TIMEOUT_S = 120.0
READER_BYTES = 2048 * MIB


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--whole-matrix``; pytest knows it when it is given this folder."""
    parser.addoption(
        "--whole-matrix", action="store_true", help="test every cell, not the pairwise subset"
    )
    parser.addoption(
        "--cells", default="", help="only cells of the whole matrix with these words: mastra,zod4"
    )


def chosen(config: pytest.Config) -> tuple[Cell, ...]:
    """Return the cells of this run."""
    words = [word for word in config.getoption("--cells", default="").split(",") if word]
    if words:
        return tuple(cell for cell in ALL if all(word in cell.values for word in words))
    whole = soaking() or config.getoption("--whole-matrix", default=False)
    return ALL if whole else tuple(some(pairwise(ALL), 2, lambda cell: cell.framework))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``cell`` with each of them, ``replayed_cell`` with some of them."""
    if "cell" in metafunc.fixturenames:
        metafunc.parametrize("cell", chosen(metafunc.config), ids=str)
    if "replayed_cell" in metafunc.fixturenames:
        every = 1 if soaking() else 5
        metafunc.parametrize("replayed_cell", chosen(metafunc.config)[::every], ids=str)


@pytest.fixture(scope="session")
def projects() -> Projects:
    """Return the projects."""
    return Projects()


@pytest.fixture(scope="session")
def bundles(request: pytest.FixtureRequest, projects: Projects) -> Mapping[Cell, Path]:
    """Return the bundles of the cells of this run, made now where they are missing."""
    return projects.bundles(chosen(request.config))


@pytest.fixture(scope="session")
def manifests(bundles: Mapping[Cell, Path]) -> Mapping[Cell, Manifest | BundleError]:
    """Return what the service reads of each bundle, or why it cannot."""
    return asyncio.run(_read({cell: path.read_bytes() for cell, path in bundles.items()}))


async def _read(texts: Mapping[Cell, bytes]) -> dict[Cell, Manifest | BundleError]:
    pool = ParserPool(PROCESSES, timeout_s=READ_TIMEOUT_S, memory_bytes=READER_BYTES)

    async def one(source: bytes) -> Manifest | BundleError:
        try:
            return await pool.parse(DIGEST, source)
        except BundleError as error:
            return error

    try:
        found = await asyncio.gather(*map(one, texts.values()))
    finally:
        await pool.close()
    return dict(zip(texts, found, strict=True))
