"""What tools say about their calls holds with the frameworks' own code as with our stand-ins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.toolrunner.domain import Limits
from tests.frameworks.build import Build
from tests.frameworks.conftest import Bundled
from tests.guest.sandboxed import Loaded, Sandbox
from tests.repeats import soaking

MIB = 1024 * 1024
LIMITS = replace(Limits(), memory_bytes=512 * MIB, heap_bytes=512 * MIB, fuel=2 * 10**10)
NOT_APPROVED, NEEDS_APPROVAL = "NOT_APPROVED", "NEEDS_APPROVAL"
MINE = {"n": 7, "extra": "private"}
# What a call with n = "7" of each tool gives: its value, or the kind of its failure.
CALLS: dict[str, dict[str, object]] = {
    "openai": {
        "free": "ran 7",
        "always": NEEDS_APPROVAL,
        "some": NEEDS_APPROVAL,
        "broken_policy": NEEDS_APPROVAL,
        "off": "TOOL_NOT_FOUND",
        "refused": 'no {"n":"7"}',
        "hidden": "hid ran 7",
        "stopped": "THROWN",
        "slow": "Tool 'slow' timed out after 20ms.",
        "late": "late after 20",
        "failing": "failed: odd",
    },
    "mastra": {
        "free": MINE,
        "always": NEEDS_APPROVAL,
        "some": NEEDS_APPROVAL,
        "stripped": {"n": 7},
        "unfit": "THROWN",
        "shown": MINE,
        "contextual": "THROWN",
        "held": "function",
        "suspending": NOT_APPROVED,
    },
    "ai_sdk": {
        "free": {"n": 8, "extra": "private"},
        "always": NEEDS_APPROVAL,
        "some": NEEDS_APPROVAL,
        "denied": NOT_APPROVED,
        "approved": MINE,
        "shown": MINE,
        "contextual": {"n": 7, "base": "b", "size": 2},
    },
}
SHOWN = {"mastra": "n is 7", "ai_sdk": "7 7 call-1"}
BUILDS = [Build(f"gated_{name}") for name in CALLS]
BUNDLED = ("openai", "ai_sdk", "mastra") if soaking() else ("openai", "ai_sdk")
BUILDS += [Build(f"gated_{name}", "zod4", is_module=False, minify=True) for name in BUNDLED]


def load(sandbox: Sandbox, bundled: Bundled, build: Build) -> Loaded:
    path = bundled(build)
    loaded = sandbox.load(path.read_text(), module=path.suffix == ".mjs", limits=LIMITS)
    assert loaded.ran.outcome.failure is None, loaded.ran.outcome.failure
    return loaded


@pytest.mark.parametrize("build", BUILDS, ids=str)
def test_settings_of_tools_hold(sandbox: Sandbox, bundled: Bundled, build: Build) -> None:
    name = build.source.removeprefix("gated_")
    loaded = load(sandbox, bundled, build)
    found: dict[str, object] = {}
    for tool in CALLS[name]:
        ran = loaded.call(tool, {"n": "7"}, limits=LIMITS)
        failed = ran.outcome.failure is not None
        found[tool] = ran.kind if failed else ran.value
        if failed:
            assert "private" not in repr(ran.failure), tool
    assert found == CALLS[name]
    if name in SHOWN:
        ran = loaded.call("shown", {"n": "7"}, limits=LIMITS)
        assert ran.shown == {"type": "text", "value": SHOWN[name]}
        assert loaded.call("some", {"n": "3"}, limits=LIMITS).value == {"n": 3, "extra": "private"}
    if name == "openai":
        assert loaded.call("off", {"n": "7"}, context={"paid": True}, limits=LIMITS).value == (
            "ran 7"
        )
    if name == "mastra":
        context = {"tenant": "t", "strict": True}
        assert loaded.call("contextual", {"n": 1}, context=context, limits=LIMITS).value == "t"
        assert loaded.call("some", {"n": 1}, context=context, limits=LIMITS).kind == NEEDS_APPROVAL
