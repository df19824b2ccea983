"""The bundled SDKs, and the services that they talk to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdks.bundles import build
from tests.sdks.services import Services, services


@pytest.fixture(scope="module")
def bundles() -> Path:
    """The folder of the bundles."""
    return build()


@pytest.fixture(scope="module")
def served() -> Iterator[Services]:
    """The services, and what they have heard."""
    with services() as state:
        yield state
