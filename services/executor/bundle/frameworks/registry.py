"""The frameworks that Caisson reads, and their combined knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from services.executor.bundle.frameworks.ai_sdk.framework import AI_SDK
from services.executor.bundle.frameworks.framework import Framework, SettingNames, package_of
from services.executor.bundle.frameworks.lightfast.framework import LIGHTFAST
from services.executor.bundle.frameworks.mastra.framework import MASTRA
from services.executor.bundle.frameworks.openai_agents.framework import OPENAI_AGENTS

T = TypeVar("T")

# When only the shape of a definition identifies it, they are tried in this order: the first has
# the most distinctive marks.
FRAMEWORKS = (OPENAI_AGENTS, LIGHTFAST, MASTRA, AI_SDK)

# These names apply to every framework, since a framework may be identified by shape alone.
SCHEMA_WRAPPERS = frozenset[str]().union(*(each.tools.schema_wrappers for each in FRAMEWORKS))
APPROVAL_KEYS = tuple(sorted({key for each in FRAMEWORKS for key in each.tools.approval_keys}))
HOSTED_TYPES = frozenset[str]().union(*(each.tools.hosted_types for each in FRAMEWORKS))
AGENT_CLASSES = frozenset[str]().union(*(each.agents.classes for each in FRAMEWORKS))
COPY_METHODS = frozenset(each.agents.copy_method for each in FRAMEWORKS) - {""}
_NAMED = {each.name: each for each in FRAMEWORKS}
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


@cache
def setting_names(framework: Framework) -> SettingNames:
    """Return the framework's setting names, and the others' where it has none of its own.

    Names that are read elsewhere are only its own.
    """
    others = (each.settings for each in FRAMEWORKS if each is not framework)
    every = (*others, framework.settings)
    return SettingNames(
        query=_merged(*(each.query for each in every)),
        told_only=_merged(*(each.told_only for each in every)),
        not_called=frozenset[str]().union(*(each.not_called for each in every)),
        not_used=_merged(*(each.not_used for each in every)),
        read=framework.settings.read,
    )


def _merged(*tables: Mapping[str, T]) -> dict[str, T]:
    """Return all of them as one, sorted; the last that has a name wins."""
    found = {name: value for table in tables for name, value in table.items()}
    return dict(sorted(found.items()))
