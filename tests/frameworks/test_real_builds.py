"""Real bundles of the frameworks read as their sources do with the frameworks left as imports.

The matrix asks Node about agents, tools and schemas; here are the forms that it does not have:
instances, subclasses, agents that name each other, tools that look at the request's context.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from services.executor.agent_parts import StepCount, ToolWasCalled
from services.executor.bundle.process.read_source import read_source
from services.executor.domain import AgentSpec, Manifest
from services.toolrunner.domain import Limits
from tests.bundle.reading import DIGEST
from tests.frameworks.build import Build
from tests.frameworks.conftest import Bundled
from tests.guest.sandboxed import Loaded, Sandbox

MIB = 1024 * 1024
# A bundle that carries today's Mastra takes over a hundred MiB to load.
LIMITS = replace(Limits(), memory_bytes=256 * MIB, heap_bytes=256 * MIB)
IDS = {"sessionId": "s", "resourceId": "r"}

PACKAGES = [("ai_sdk", "zod4"), ("openai_agents", "zod3"), ("openai_agents", "zod4")]
PACKAGES += [("mastra", "zod3")]
BUILDS = [
    Build(source, packages, is_module, minify)
    for source, packages in PACKAGES
    for is_module, minify in ((True, True), (False, False))
]
BUILDS.append(Build("mastra", "zod4", is_module=False, minify=True))


@cache
def read(path: Path) -> Manifest:
    return read_source(DIGEST, path.read_bytes())


def without_reach(manifest: Manifest) -> dict[str, AgentSpec]:
    """Return the agents without what the tools' code reaches, which the framework's adds to.

    Nor with the places of what disables them and of their hooks, which bundling moves, nor how
    often the sandbox is asked of a handoff that the framework's own code makes.
    """
    named = hidden_names(manifest)
    return {
        named.get(key, key): replace(
            agent,
            key=named.get(key, key),
            tools={name: replace(t, reach=None) for name, t in agent.tools.items()},
            refusals=tuple(replace(each, line=0, column=0) for each in agent.refusals),
            hooks=tuple(replace(each, line=0, column=0) for each in agent.hooks),
            handoffs=tuple(replace(each, varies=False) for each in agent.handoffs),
            agent_tools=tuple(
                replace(each, agent=named.get(each.agent, each.agent)) for each in agent.agent_tools
            ),
        )
        for key, agent in manifest.agents.items()
    }


def hidden_names(manifest: Manifest) -> dict[str, str]:
    """Return what stands for the keys that a bundler chose: of agents that nothing exports."""
    return {key: f"({each.name})" for key, each in manifest.agents.items() if each.inner}


def told_of(manifest: Manifest) -> list[str]:
    """Return the places of what is told, those of agents that nothing exports by their names.

    What the packages in a bundle read while it loads is left out.
    """
    named = hidden_names(manifest)
    paths = (each.path.split(".") for each in manifest.diagnostics if each.path[:4] != "env.")
    return [".".join(named.get(part, part) for part in path) for path in paths]


def load(sandbox: Sandbox, path: Path) -> Loaded:
    return sandbox.load(path.read_text(), module=path.suffix == ".mjs", limits=LIMITS)


@pytest.mark.parametrize("build", BUILDS, ids=str)
def test_bundle_declares_what_its_source_declares(build: Build, bundled: Bundled) -> None:
    imports = read(bundled(Build(build.source)))
    found = read(bundled(build))
    assert without_reach(found) == without_reach(imports)
    assert told_of(found) == told_of(imports)


def test_ai_sdk_subclasses_are_read(bundled: Bundled) -> None:
    agents = read(bundled(Build("ai_sdk", "zod4", minify=True))).agents
    assert list(agents) == ["main", "support"]
    main, support = agents["main"], agents["support"]
    assert main.framework == support.framework == "ai-sdk"
    assert (support.system, main.system) == ("You know pumps.", "One.\n\nTwo.")
    assert main.stop_conditions == (StepCount(5), ToolWasCalled("risky"))
    assert main.output_schema is not None


def test_openai_agents_may_name_each_other(bundled: Bundled) -> None:
    agents = read(bundled(Build("openai_agents", "zod4", minify=True))).agents
    (inner,) = (key for key, agent in agents.items() if agent.inner)
    assert sorted({*agents} - {inner}) == ["billing", "refunds", "triage"]
    assert agents[inner].name == "Translator"
    triage = agents["triage"]
    links = [(link.agent, link.tool) for link in triage.handoffs]
    assert links == [("billing", "transfer_to_Billing_desk"), ("refunds", "to_refunds")]
    assert [(link.name, link.tool) for link in triage.agent_tools] == [("Translator", "translate")]
    assert list(triage.tools) == ["add_numbers", "fail", "translate"]
    assert not triage.tools["translate"].disabled


def test_mastra_instance_is_read(bundled: Bundled) -> None:
    agents = read(bundled(Build("mastra", "zod3", minify=True))).agents
    assert list(agents) == ["weather", "bill-desk"]
    weather, billing = agents["weather"], agents["bill-desk"]
    assert [(link.agent, link.tool) for link in weather.agent_tools] == [
        ("bill-desk", "agent-billing")
    ]
    assert list(weather.tools) == ["forecast", "sum", "agent-billing"]
    assert billing.fallback_models == ("anthropic/claude-sonnet-4",)


@pytest.mark.parametrize("build", [*(b for b in BUILDS if b.source == "mastra"), Build("mastra")])
def test_mastra_tools_run(build: Build, bundled: Bundled, sandbox: Sandbox) -> None:
    loaded = load(sandbox, bundled(build))
    ran = loaded.call("forecast", {"city": "Oslo"}, agent="weather", context=IDS, limits=LIMITS)
    assert ran.value == {"text": "Oslo 1", "session": "s"}
    ran = loaded.call("sum", {"values": [1, 2]}, agent="bill-desk", limits=LIMITS)
    assert ran.value == 3
    refused = loaded.call("forecast", {"city": 1}, agent="weather", limits=LIMITS)
    assert refused.kind == "INVALID_INPUT"
    assert "city" in refused.failure.message


@pytest.mark.parametrize(
    "build", [*(b for b in BUILDS if b.source == "openai_agents"), Build("openai_agents")]
)
def test_openai_agents_tools_run(build: Build, bundled: Bundled, sandbox: Sandbox) -> None:
    loaded = load(sandbox, bundled(build))
    ran = loaded.call("add_numbers", {"a": 1, "b": 2}, agent="triage", context=IDS)
    assert ran.value == {"sum": 3, "session": "s"}
    failure = loaded.call("fail", {}, agent="default").failure
    assert (failure.kind.name, failure.name, failure.message) == ("THROWN", "RangeError", "no")


@pytest.mark.parametrize("build", [*(b for b in BUILDS if b.source == "ai_sdk"), Build("ai_sdk")])
def test_subclass_tools_run(build: Build, bundled: Bundled, sandbox: Sandbox) -> None:
    loaded = load(sandbox, bundled(build))
    assert loaded.call("add", {"a": 1}, agent="support").value == {"sum": 3}
    assert loaded.call("add", {"a": "one"}, agent="support").kind == "INVALID_INPUT"
