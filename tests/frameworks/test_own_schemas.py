"""A tool's own schema decides: Node running the framework says what it makes of each input.

The input takes the way of a run: the executor's check, then the tool's call in the sandbox.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from services.executor.agent.tool_inputs import AgentTools, InvalidCall
from services.executor.bundle.process.read_source import read_source
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import ToolCall
from services.executor.domain import Json
from services.executor.schemas.scripted import LocalSchemas
from services.toolrunner.domain import Limits
from tests.bundle.reading import DIGEST
from tests.guest.sandboxed import Loaded, Sandbox
from tests.matrix.projects import Projects
from tests.npm import node, node_environment
from tests.real_bundles.build import esbuild
from tests.repeats import soaking

HERE = Path(__file__).parent / "own_schemas"
CASES: list[tuple[str, list[Json]]] = [
    (s, i) for s, i in json.loads((HERE / "cases.json").read_text())
]
TIMEOUT_S = 300
MIB = 1024 * 1024
LIMITS = Limits(memory_bytes=512 * MIB, heap_bytes=512 * MIB, fuel=2 * 10**10)
HEADS = {
    "ai-sdk": 'import { ToolLoopAgent, tool } from "ai"; import { z } from "zod";',
    "mastra": 'import { Agent } from "@mastra/core/agent"; import { z } from "zod";'
    ' import { createTool } from "@mastra/core/tools";',
    "openai-agents": 'import { Agent, tool } from "@openai/agents"; import { z } from "zod";',
}
TOOLS = {
    "ai-sdk": '"%(key)s": tool({description: "d", inputSchema: %(schema)s,'
    " execute: async (given) => given})",
    "mastra": '"%(key)s": createTool({id: "%(key)s", description: "d", inputSchema: %(schema)s,'
    " execute: async (given) => given})",
    "openai-agents": 'tool({name: "%(key)s", description: "d", parameters: %(schema)s,'
    " errorFunction: null, execute: async (given) => given})",
}
AGENTS = {
    "ai-sdk": 'export const main = new ToolLoopAgent({model: "openai/m", tools: {%s}});',
    "mastra": 'export const main = new Agent({id: "m", name: "m", instructions: "i",'
    ' model: "openai/m", tools: {%s}});',
    "openai-agents": 'export const main = new Agent({name: "m", instructions: "i", model: "m",'
    " tools: [%s]});",
}
FORMS = [(framework, False) for framework in HEADS]
FORMS += [(framework, True) for framework in HEADS] if soaking() else [("openai-agents", True)]


@cache
def verdicts() -> dict[str, list[list[Json]]]:
    """What each framework in Node makes of the inputs of each case; null where it takes none."""
    packages = Projects().packages("zod4").resolve()
    command = [node(), *map(str, (HERE / "judge.mjs", packages, HERE / "cases.json"))]
    done = subprocess.run(
        command, env=node_environment(), timeout=TIMEOUT_S, capture_output=True, check=True
    )
    told: dict[str, list[list[Json]]] = json.loads(done.stdout)
    return told


def source_of(framework: str) -> str:
    """The text of a program with a tool for each case that the framework takes."""
    tools = [
        TOOLS[framework] % {"key": f"t{at}", "schema": schema}
        for at, (schema, _) in enumerate(CASES)
        if None not in verdicts()[framework][at]
    ]
    return HEADS[framework] + AGENTS[framework] % ", ".join(tools)


@pytest.fixture(scope="module")
def program(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, bool], tuple[str, Loaded]]:
    """Return a function that makes and loads a program, bundled with its packages or not."""

    @cache
    def made(framework: str, bundled: bool) -> tuple[str, Loaded]:
        text = source_of(framework)
        if bundled:
            text = bundle(text, tmp_path_factory.mktemp("own_schemas"))
        loaded = sandbox.load(text, module=not bundled, limits=LIMITS)
        assert loaded.ran.outcome.failure is None, loaded.ran.outcome.failure
        return text, loaded

    return made


def bundle(text: str, folder: Path) -> str:
    """Return a program with its packages in it."""
    (folder / "source.mjs").write_text(text)
    packages = Projects().packages("zod4") / "node_modules"
    out = folder / "out.cjs"
    options = ["--bundle", "--minify", "--platform=node", "--format=cjs", f"--outfile={out}"]
    subprocess.run(
        [*esbuild(), str(folder / "source.mjs"), *options, "--log-level=error"],
        env=node_environment() | {"NODE_PATH": os.fspath(packages)},
        timeout=TIMEOUT_S,
        check=True,
    )
    return out.read_text()


@pytest.mark.parametrize(("framework", "bundled"), FORMS)
async def test_input_is_what_the_framework_makes_of_it(
    framework: str, bundled: bool, program: Callable[[str, bool], tuple[str, Loaded]]
) -> None:
    text, loaded = program(framework, bundled)
    agent = read_source(DIGEST, text.encode()).agents["main"]
    tools = await AgentTools.made(agent, LocalSchemas(), OWN_PROCESS)
    wrong: list[str] = []
    for at, (schema, inputs) in enumerate(CASES):
        for given, expected in zip(inputs, verdicts()[framework][at], strict=True):
            if expected is None:
                continue
            call = ToolCall("c", f"t{at}", json.dumps(given))
            checked = await tools.check(call, OWN_PROCESS)
            found: Json = {"invalid": True}
            if not isinstance(checked, InvalidCall):
                ran = loaded.call(f"t{at}", checked.input, limits=LIMITS)
                failure = ran.outcome.failure
                if failure is None:
                    found = {"value": json.loads(ran.outcome.output_json)}
                elif failure.kind.name != "INVALID_INPUT" and framework != "openai-agents":
                    found = failure.message
            if found != expected:
                wrong.append(f"{schema} of {given}\n  {framework}: {expected}\n  here: {found}")
    assert "\n".join(wrong) == ""
