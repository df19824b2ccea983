"""One engine for all tests of this folder: compiling it takes most of a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.guest.sandboxed import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return the sandbox."""
    made = Sandbox()
    yield made
    made.close()
