"""The frameworks that Caisson reads, and their combined knowledge."""

from __future__ import annotations

from functools import cache

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import Value
from services.executor.bundle.frameworks.ai_sdk.framework import AI_SDK
from services.executor.bundle.frameworks.framework import Framework, package_of
from services.executor.bundle.frameworks.lightfast.framework import LIGHTFAST
from services.executor.bundle.frameworks.mastra.framework import MASTRA
from services.executor.bundle.frameworks.openai_agents.framework import OPENAI_AGENTS
from services.executor.bundle.frameworks.setting_table import Handling, Level, Settings
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.mcp_servers import McpServer

# When only the shape of a definition identifies it, they are tried in this order: the first has
# the most distinctive marks.
FRAMEWORKS = (OPENAI_AGENTS, LIGHTFAST, MASTRA, AI_SDK)

# These names apply to every framework, since a framework may be identified by shape alone.
SCHEMA_WRAPPERS = frozenset[str]().union(*(each.tools.schema_wrappers for each in FRAMEWORKS))
APPROVAL_KEYS = tuple(sorted({key for each in FRAMEWORKS for key in each.tools.approval_keys}))
HOSTED_TYPES = frozenset[str]().union(*(each.tools.hosted_types for each in FRAMEWORKS))
AGENT_CLASSES = frozenset[str]().union(*(each.agents.classes for each in FRAMEWORKS))
AGENT_APPROVAL_KEYS = tuple(
    sorted({key for each in FRAMEWORKS for key in each.agents.approval_keys})
)
# Those that the sandbox asks in each call, by their framework's table.
AGENT_APPROVALS_ASKED = frozenset(
    key
    for each in FRAMEWORKS
    for key in each.agents.approval_keys
    if key in each.settings.agent and each.settings.agent[key].handling is Handling.ASKED
)
COPY_METHODS = frozenset(each.agents.copy_method for each in FRAMEWORKS) - {""}
_NAMED = {each.name: each for each in FRAMEWORKS}
ASKING_MODULES = frozenset().union(*(each.asks_by for each in FRAMEWORKS))
"""The modules by which tools ask models, where the bundle imports them."""
_PACKAGES = {package: each for each in FRAMEWORKS for package in each.packages}


def framework_named(name: str | None) -> Framework | None:
    """Return the framework that a manifest names, None when it is unknown."""
    return _NAMED.get(name or "")


def framework_of_module(specifier: str) -> Framework | None:
    """Return the framework that an imported module belongs to, or None."""
    return _PACKAGES.get(package_of(specifier))


def is_brought(specifier: str) -> bool:
    """Tell whether a module belongs to a framework and the sandbox has its own form of it."""
    return any(each.brought.search(specifier) for each in FRAMEWORKS)


def servers_among_tools(
    evaluator: Evaluator, value: Value, path: str, diagnostics: Diagnostics
) -> tuple[McpServer, ...] | None:
    """Return the MCP servers whose tools a value is, in any framework's form; None for another."""
    for framework in FRAMEWORKS:
        found = framework.listed_servers(evaluator, value, path, diagnostics)
        if found is not None:
            return found
    return None


@cache
def known_settings(framework: Framework, level: Level) -> Settings:
    """Return the settings that may stand at a level of an agent of the framework.

    Those of its other levels and of other frameworks come after its own: a setting may stand in
    the wrong place, and a framework may be identified by shape alone. Tools are apart from agents.
    """
    others = [each.settings for each in FRAMEWORKS if each is not framework]
    own = framework.settings
    if level is Level.TOOL:
        return _merged(*(each.tool for each in others), own.tool)
    theirs = [table for each in others for table in (each.model, each.agent)]
    if level is Level.AGENT:
        return _merged(*theirs, own.model, own.options, own.agent)
    return _merged(*theirs, own.agent, own.model, own.options)


def _merged(*tables: Settings) -> Settings:
    """Return all of them as one, sorted; the last that has a name wins."""
    found = {name: value for table in tables for name, value in table.items()}
    return dict(sorted(found.items()))
