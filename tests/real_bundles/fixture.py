"""The ``real_bundles`` fixture; the root ``conftest.py`` makes it known to all tests."""

from __future__ import annotations

import pytest

from tests.real_bundles.build import RealBundles, build_real_bundles


@pytest.fixture(scope="session")
def real_bundles() -> RealBundles:
    """Return the bundles built from real packages; built on first use, then cached."""
    return build_real_bundles()
