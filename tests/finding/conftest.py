"""The engine that the guest's tests use: compiling it takes most of a second."""

from __future__ import annotations

from tests.guest.conftest import sandbox

__all__ = ["sandbox"]
