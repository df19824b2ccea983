"""A guest that is dropped without being closed is still freed."""

from __future__ import annotations

import gc
import weakref

import pytest

from services.toolrunner.domain import ConsoleLevel, Limits
from services.toolrunner.guest.artifacts import read_artifacts
from services.toolrunner.sandbox.engine import SandboxEngine
from services.toolrunner.sandbox.instance import Instance
from services.toolrunner.sandbox.module_cache import ModuleCache
from tests.npm import BUILD


class Silence:
    """A sink that drops everything."""

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Drop a line."""

    def host_call(self, input_json: str) -> None:
        """Drop a request."""


@pytest.fixture(scope="module")
def engine() -> SandboxEngine:
    return SandboxEngine(read_artifacts(), ModuleCache(BUILD / "compiled"))


def test_dropped_guest_is_freed(engine: SandboxEngine) -> None:
    instance = Instance(engine, engine.base, Limits(), Silence())
    instance.load(b"export default {}", is_module=True)
    gone = weakref.ref(instance)
    del instance
    gc.collect()
    assert gone() is None
