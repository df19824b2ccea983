"""Programs with workflows load, with the framework's own code as with our stand-ins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.toolrunner.domain import Limits
from tests.bundle.reading import manifest_of
from tests.frameworks.build import Build
from tests.frameworks.conftest import Bundled
from tests.guest.sandboxed import Sandbox
from tests.repeats import soaking

MIB = 1024 * 1024
LIMITS = replace(Limits(), memory_bytes=512 * MIB, heap_bytes=512 * MIB, fuel=2 * 10**10)
IMPORTS = Build("workflows_mastra")
WHOLE = Build("workflows_mastra", "zod4", is_module=False, minify=True)
BUILDS = [IMPORTS, WHOLE] if soaking() else [IMPORTS]


@pytest.mark.parametrize("build", BUILDS, ids=str)
def test_agents_with_workflows_are_refused_by_name(bundled: Bundled, build: Build) -> None:
    agents = manifest_of(bundled(build).read_text()).agents
    assert sorted(agents) == ["chosen", "flowing", "plain"]
    assert agents["plain"].refusals == ()
    for key in ("chosen", "flowing"):
        (refusal,) = agents[key].refusals
        assert refusal.path == f"agents.{key}.workflows"
        assert "does not run workflows yet" in refusal.reason


@pytest.mark.parametrize("build", BUILDS, ids=str)
def test_tools_beside_workflows_run(sandbox: Sandbox, bundled: Bundled, build: Build) -> None:
    path = bundled(build)
    loaded = sandbox.load(path.read_text(), module=path.suffix == ".mjs", limits=LIMITS)
    assert loaded.call("add", {"n": 1}, agent="plain", limits=LIMITS).value == {"n": 2}
    ran = loaded.call("runFlow", {"n": 4}, agent="plain", limits=LIMITS)
    if build.packages:
        assert ran.value == {"n": 9}  # the framework's own code is there to run it
    else:
        assert "Caisson does not run workflows yet" in ran.failure.message
