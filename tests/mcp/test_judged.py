"""Models hear from Caisson what they hear from the frameworks' own MCP clients in Node."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from caisson.executor.v1.run_pb2 import BundleSource
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.conversations.both import HERE, in_node, variables
from tests.conversations.cases import DONE, Case, calls, module_name
from tests.conversations.neutral import Form
from tests.conversations.normal_form import normal
from tests.conversations.scripted_models import scripted_models
from tests.e2e.pair import COMPILED, executor
from tests.mcp.servers import package
from tests.npm import installed

AGENTS = Path(__file__).parent / "agents"
PACKAGES = Path(__file__).parent / "packages"
FRAMEWORKS = ("openai_agents", "ai_sdk", "mastra")
OSLO = {"city": "Oslo"}


def prefixed(framework: str, tool: str) -> str:
    """A tool's name for the model."""
    return f"weather_{tool}" if framework == "mastra" else tool


def scripts_of(framework: str) -> dict[str, Any]:
    """What the model says, by its name."""
    forecast, sums, broken = (prefixed(framework, each) for each in ("forecast", "sums", "broken"))
    first = calls((forecast, OSLO))
    return {
        "gpt-served": [calls((forecast, OSLO), (forecast, {"city": "Rome"})), DONE],
        "gpt-both": [first, calls(("own", {"word": "hi"})), DONE],
        "gpt-failing": [calls((broken, {})), DONE],
        "gpt-sums": [calls((sums, {"a": 1, "b": 2})), DONE],
    }


@dataclass(frozen=True)
class Heard:
    """The queries of each model, in the normal form."""

    by_framework: Mapping[str, Any]
    by_caisson: Mapping[str, Any]


@pytest.fixture(scope="module", params=FRAMEWORKS)
def heard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """What models hear of all agents of a framework."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / "node_modules").symlink_to(installed(PACKAGES, "mcp") / "node_modules")
    shutil.copy(AGENTS / f"{request.param}.mjs", folder / module_name(request.param, Form.CHAT))
    shutil.copy(HERE / "judge.mjs", folder)
    return asyncio.run(_heard(folder, request.param))


async def _heard(folder: Path, framework: str) -> Heard:
    names = ("served", "both", "failing")
    cases = [Case(framework, name) for name in names]
    async with package() as server:
        async with scripted_models(scripts_of(framework)) as models:
            environment = {**variables(models.url, ""), "MCP_URL": server.url}
            results = await in_node(folder, cases, environment)
            by_framework = {name: _normal(models, name) for name in names}
        assert all("answer" in each for each in results), results
        async with scripted_models(scripts_of(framework)) as models:
            with pytest.MonkeyPatch.context() as patch:
                for name, value in variables(models.url, "").items():
                    patch.setenv(name, value)
                source = BundleSource(inline=(folder / cases[0].module).read_bytes())
                await _run_all(source, names, server.url)
            by_caisson = {name: _normal(models, name) for name in names}
    return Heard(by_framework, by_caisson)


async def _run_all(source: BundleSource, names: tuple[str, ...], url: str) -> None:
    runner = ToolRunnerSettings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    async with (
        running_toolrunner(runner) as toolrunner,
        executor(toolrunner, allow_fetch=(url,)) as client,
    ):
        for name in names:
            outcome = await client.run("Hello", bundle=source, agent=name, env={"MCP_URL": url})
            assert outcome.text.endswith("Done."), outcome


def _normal(models: Any, name: str) -> Any:
    return [normal(each, Form.CHAT) for each in models.heard[Form.CHAT, f"gpt-{name}"]]


@pytest.mark.parametrize("name", ["served", "both", "failing"])
def test_queries_are_those_of_the_framework(heard: Heard, name: str) -> None:
    assert heard.by_caisson[name] == heard.by_framework[name]
