"""One engine for the tests of this folder."""

from __future__ import annotations

from tests.guest.conftest import sandbox

__all__ = ["sandbox"]
