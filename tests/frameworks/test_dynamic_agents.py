"""Agents that only their code tells are in the sandbox what their framework makes in Node.

The sandbox asks the real frameworks in a bundle, minified, and the small modules in their place
where a bundle leaves them as imports.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.executor.agent_parts import AgentPart
from services.executor.bundle.process.read_source import read_source
from services.toolrunner.domain import Limits
from tests.bundle.reading import DIGEST
from tests.frameworks.build import Build
from tests.frameworks.conftest import Bundled
from tests.guest.sandboxed import Sandbox
from tests.npm import node, node_environment

MIB = 1024 * 1024
LIMITS = replace(Limits(), memory_bytes=256 * MIB, heap_bytes=256 * MIB)
JUDGE = Path(__file__).with_name("judge_parts.mjs")
PARTS = [part.value for part in AgentPart]
PRO = {"sessionId": "s1", "resourceId": "r1", "user": "Ada", "tier": "pro"}
FREE = {"sessionId": "s2", "resourceId": "", "user": "Bob", "tier": "free"}
SOURCES = ("dynamic_openai_agents", "dynamic_mastra", "dynamic_ai_sdk")
CASES = [(source, "zod4", carried) for source in SOURCES for carried in ("", "zod4")]
# Mastra before 1.0 has other methods.
CASES.append(("dynamic_mastra", "zod3", "zod3"))


@cache
def judged(bundle: Path, framework: str, context: str) -> dict[str, Any]:
    """What the framework itself says."""
    command = [node(), str(JUDGE), str(bundle), framework, context]
    done = subprocess.run(
        command, env=node_environment(), capture_output=True, timeout=120, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def told(answer: Any) -> dict[str, Any]:
    """What the sandbox says, in the judge's form."""
    if "error" in answer["instructions"]:
        return {"error": answer["instructions"]["error"]}
    models = answer["model"]["value"]
    tools = [tool for tool in answer["tools"]["value"] if tool["isEnabled"]]
    return {
        "instructions": answer["instructions"]["value"],
        "model": models[0]["id"].removeprefix("openai/") if models else "",
        "tools": [[tool["key"], tool["description"]] for tool in tools],
    }


@pytest.mark.parametrize(("source", "packages", "carried"), CASES)
def test_agents_are_what_their_framework_makes_of_them(
    source: str, packages: str, carried: str, bundled: Bundled, sandbox: Sandbox
) -> None:
    """``packages`` are the judge's; ``carried`` are those in the sandbox's bundle, if any."""
    whole = bundled(Build(source, packages, minify=True))
    path = whole if carried else bundled(Build(source))
    loaded = sandbox.load(path.read_text(), limits=LIMITS)
    read = set(read_source(DIGEST, path.read_bytes()).agents)
    for context in (PRO, FREE):
        expected = judged(whole, source, json.dumps(context))
        assert set(expected) == read
        for key, agent in expected.items():
            found = told(loaded.parts(key, *PARTS, context=context, limits=LIMITS).value)
            if "error" in agent:
                assert found["error"].startswith(agent["error"]), key
                assert "bundle.js:" in found["error"]
            else:
                assert {**found} == {**agent, "model": agent["model"].removeprefix("openai/")}, key


def test_lightfast_agents_see_the_merged_runtime_context(
    bundled: Bundled, sandbox: Sandbox
) -> None:
    loaded = sandbox.load(bundled(Build("dynamic_lightfast")).read_text())
    answer: Any = loaded.parts("guide", *PARTS, context=PRO).value
    assert told(answer) == {
        "instructions": ["s1 r1 team of r1 Ada"],
        "model": "gpt-5",
        "tools": [["search", "Searches"], ["more", "Searches"]],
    }
    assert answer["settings"]["value"]["temperature"] == 0.3


def test_settings_are_those_for_the_context(bundled: Bundled, sandbox: Sandbox) -> None:
    loaded = sandbox.load(bundled(Build("dynamic_mastra")).read_text())
    found: list[Any] = [
        loaded.parts("helper", "settings", "tools", context=context).value
        for context in (PRO, FREE)
    ]
    assert [each["settings"]["value"]["temperature"] for each in found] == [1, 0]
    needs = [{t["key"]: t["needsApproval"] for t in each["tools"]["value"]} for each in found]
    assert needs == [{"find": False, "report": True}, {"find": False}]
