"""Bundles are made once for all tests; so is the engine of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.frameworks.build import Build, bundle
from tests.guest.sandboxed import Sandbox

Bundled = Callable[[Build], Path]


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Bundled:
    """Return a function that makes a bundle, each once."""
    folder = tmp_path_factory.mktemp("frameworks")
    return cache(lambda build: bundle(build, folder))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return the sandbox."""
    made = Sandbox()
    yield made
    made.close()
