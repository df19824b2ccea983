"""Hooks of agents whose bundle holds the AI SDK, of two releases, or leaves it as an import."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.executor.agent_parts import HookName
from services.executor.bundle.process.read_source import read_source
from services.toolrunner.domain import Limits
from tests.bundle.reading import DIGEST
from tests.frameworks.build import Build
from tests.frameworks.conftest import Bundled
from tests.guest.sandboxed import Loaded, Sandbox

MIB = 1024 * 1024
LIMITS = replace(Limits(), memory_bytes=256 * MIB, heap_bytes=256 * MIB)
USER = {"role": "user", "content": "Hello"}
CALL = {"id": "c", "tool": "add", "input": {"a": "5"}}
STEP = {
    "step": 0,
    "text": "",
    "calls": [CALL],
    "results": [{"id": "c", "tool": "add", "shown": {"type": "json", "value": 1}, "output": 1}],
    "finishReason": "tool-calls",
    "usage": {"input": 11, "output": 7, "cached": 0, "cacheWrite": 0, "reasoning": 0},
    "model": "openai/gpt-x",
}
GIVEN: dict[str, Any] = {
    "step": 1,
    "instructions": ["Be brief."],
    "instructionsAreOwn": True,
    "messages": [USER],
    "initialMessages": 1,
    "steps": [STEP],
    "tools": ["add"],
    "settings": {},
}


def said(loaded: Loaded, name: str, **given: Any) -> Any:
    ran = loaded.hook("main", name, {**GIVEN, **given}, limits=LIMITS)
    assert isinstance(ran.value, dict), ran.outcome.failure
    return ran.value["value"]


@pytest.mark.parametrize(("packages", "is_kept"), [("", True), ("zod4", True), ("zod3", False)])
def test_hooks_are_called_in_builds(
    packages: str, is_kept: bool, bundled: Bundled, sandbox: Sandbox
) -> None:
    path = bundled(Build("hooks_ai_sdk", packages, minify=bool(packages)))
    agent = read_source(DIGEST, path.read_bytes()).agents["main"]
    assert {hook.name for hook in agent.hooks} >= {
        HookName.PREPARE_CALL,
        HookName.PREPARE_STEP,
        HookName.REPAIR_TOOL_CALL,
    }
    assert not agent.disabled
    loaded = sandbox.load(path.read_text(), limits=LIMITS)
    step = said(loaded, "prepareStep", messages=[USER, USER])
    kept = {} if is_kept else {"isKept": False}
    assert step == {"instructions": ['[[{"a":5}],"gpt-x"]'], "messages": [{"ref": 1}], **kept}
    assert said(loaded, "prepareCall") == {"instructions": ["Be brief. Hello"]}
    assert said(loaded, "stopWhen") is True
    unknown = {"id": "c", "tool": "plus", "input_text": "{}", "problem": "p"}
    assert said(loaded, "repairToolCall", call=unknown) == {"tool": "add", "input_text": "{}"}
    misfit = {**unknown, "tool": "add"}
    schemas = {"add": {"type": "object"}}
    mended = said(loaded, "repairToolCall", call=misfit, schemas=schemas)
    assert mended == {"tool": "add", "input_text": '[true,"object"]'}
