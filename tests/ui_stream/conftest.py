"""The readers, started once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui_stream.reader import VERSIONS, Reader, running_reader


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """The AI SDK's readers."""
    with running_reader() as running:
        yield running


@pytest.fixture(params=VERSIONS, ids=lambda version: f"ai-{version}")
def version(request: pytest.FixtureRequest) -> int:
    """A version of the AI SDK."""
    return int(request.param)
