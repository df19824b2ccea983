"""A tool's own schema decides: Node running the framework says what it makes of each input.

The input takes the way of a run: the executor's check, then the tool's call in the sandbox.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from services.executor.agent.tool_inputs import AgentTools, InvalidCall
from services.executor.bundle.intake.answered_schemas import ReadSchema
from services.executor.bundle.process.read_source import read_source
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import ToolCall
from services.executor.domain import AgentSpec, Json
from services.executor.schemas.scripted import LocalSchemas
from services.toolrunner.domain import Limits
from tests.bundle.reading import DIGEST
from tests.guest.sandboxed import Loaded, Sandbox
from tests.matrix.projects import Projects
from tests.npm import node, node_environment
from tests.real_bundles.build import esbuild
from tests.repeats import soaking

HERE = Path(__file__).parent / "own_schemas"

Cases: TypeAlias = "list[tuple[str, list[Json]]]"


@dataclass(frozen=True)
class Zod:
    """One form of zod: a module of a set of packages, and the cases that are written for it."""

    name: str
    module: str
    packages: str
    file: str

    def __str__(self) -> str:
        """Return the form's name."""
        return self.name

    @property
    def path(self) -> Path:
        return HERE / self.file

    @property
    def cases(self) -> Cases:
        return [(schema, inputs) for schema, inputs in json.loads(self.path.read_text())]


ZOD4 = Zod("zod4", "zod", "zod4", "cases.json")
ZOD3 = Zod("zod3", "zod", "zod3", "cases.json")
MINI = Zod("mini", "zod/mini", "zod4", "mini.json")
TIMEOUT_S = 300
MIB = 1024 * 1024
LIMITS = Limits(memory_bytes=512 * MIB, heap_bytes=512 * MIB, fuel=2 * 10**10)
HEADS = {
    "ai-sdk": 'import { ToolLoopAgent, tool } from "ai";',
    "mastra": 'import { Agent } from "@mastra/core/agent";'
    ' import { createTool } from "@mastra/core/tools";',
    "openai-agents": 'import { Agent, tool } from "@openai/agents";',
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
# What of a program is left as imports: all packages, the frameworks, or nothing.
IMPORTS, ZOD_IN, WHOLE = "imports", "zod-in", "whole"
STRIPS_NULLS = (
    "of schemas that are not zod's classic ones, the SDK's strict forms take null for what is "
    "optional, and its tools strip it; the sandbox's own `tool` does not"
)
FORMS: list[Any] = [(ZOD4, framework, IMPORTS) for framework in HEADS]
FORMS += [(MINI, "ai-sdk", IMPORTS), (ZOD3, "ai-sdk", ZOD_IN)]
if soaking():
    FORMS += [(zod, framework, WHOLE) for zod in (ZOD4, ZOD3, MINI) for framework in HEADS]
    known = pytest.mark.xfail(reason=STRIPS_NULLS, strict=True)
    FORMS.append((MINI, "mastra", IMPORTS))
    FORMS.append(pytest.param(MINI, "openai-agents", IMPORTS, marks=known))
else:
    FORMS += [(ZOD4, "openai-agents", WHOLE)]


Program: TypeAlias = Callable[[Zod, str, str], "tuple[str, Loaded]"]


@cache
def verdicts(zod: Zod) -> dict[str, list[list[Json]]]:
    """What each framework in Node makes of the inputs of each case; null where it takes none."""
    packages = Projects().packages(zod.packages).resolve()
    command = [node(), *map(str, (HERE / "judge.mjs", packages, zod.path, zod.module))]
    done = subprocess.run(
        command, env=node_environment(), timeout=TIMEOUT_S, capture_output=True, check=True
    )
    told: dict[str, list[list[Json]]] = json.loads(done.stdout)
    return told


def source_of(zod: Zod, framework: str) -> str:
    """The text of a program with a tool for each case that the framework takes."""
    tools = [
        TOOLS[framework] % {"key": f"t{at}", "schema": schema}
        for at, (schema, _) in enumerate(zod.cases)
        if None not in verdicts(zod)[framework][at]
    ]
    head = f'{HEADS[framework]} import {{ z }} from "{zod.module}";'
    return head + AGENTS[framework] % ", ".join(tools)


@pytest.fixture(scope="module")
def program(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Return a function that makes and loads a program, bundled with its packages or not."""

    @cache
    def made(zod: Zod, framework: str, left: str) -> tuple[str, Loaded]:
        text = source_of(zod, framework)
        if left != IMPORTS:
            text = bundle(text, zod, left, tmp_path_factory.mktemp("own_schemas"))
        loaded = sandbox.load(text, module=left != WHOLE, limits=LIMITS)
        assert loaded.ran.outcome.failure is None, loaded.ran.outcome.failure
        return text, loaded

    return made


def bundle(text: str, zod: Zod, left: str, folder: Path) -> str:
    """Return a program with its packages in it, or only zod."""
    (folder / "source.mjs").write_text(text)
    packages = Projects().packages(zod.packages) / "node_modules"
    out = folder / "out.js"
    options = ["--bundle", "--minify", "--platform=node", f"--outfile={out}"]
    options.append("--format=cjs" if left == WHOLE else "--format=esm")
    if left == ZOD_IN:
        options += [f"--external:{name}" for name in ("ai", "@mastra/*", "@openai/*")]
    subprocess.run(
        [*esbuild(), str(folder / "source.mjs"), *options, "--log-level=error"],
        env=node_environment() | {"NODE_PATH": os.fspath(packages)},
        timeout=TIMEOUT_S,
        check=True,
    )
    return out.read_text()


def with_asked_schemas(agent: AgentSpec) -> AgentSpec:
    """Return an agent whose unread schemas the sandbox told, as one that its tool parses by."""
    told = ReadSchema({"type": "object"}, (), parses=True)
    tools = {
        key: told.of(tool) if tool.unread_schema is not None else tool
        for key, tool in agent.tools.items()
    }
    return replace(agent, tools=tools)


@pytest.mark.parametrize(("zod", "framework", "left"), FORMS, ids=str)
async def test_input_is_what_the_framework_makes_of_it(
    zod: Zod, framework: str, left: str, program: Program
) -> None:
    text, loaded = program(zod, framework, left)
    agent = with_asked_schemas(read_source(DIGEST, text.encode()).agents["main"])
    tools = await AgentTools.made(agent, LocalSchemas(), OWN_PROCESS)
    wrong: list[str] = []
    for at, (schema, inputs) in enumerate(zod.cases):
        for given, expected in zip(inputs, verdicts(zod)[framework][at], strict=True):
            if expected is None:
                continue
            call = ToolCall("c", f"t{at}", json.dumps(given))
            checked = await tools.check(call, OWN_PROCESS)
            found: Json = {"invalid": True}
            if not isinstance(checked, InvalidCall):
                ran = loaded.call(f"t{at}", checked.input, limits=LIMITS)
                failure = ran.outcome.failure
                if failure is None:
                    value = json.loads(ran.outcome.output_json)
                    is_old = zod is ZOD3 and framework == "mastra"
                    found = {"value": value["context"] if is_old else value}
                elif failure.kind.name != "INVALID_INPUT" and framework != "openai-agents":
                    found = failure.message
            if found != expected:
                wrong.append(f"{schema} of {given}\n  {framework}: {expected}\n  here: {found}")
    assert "\n".join(wrong) == ""
