"""Each service declares the packages that it imports as direct dependencies."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest

from tests.house.source_tree import imports, sources

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[\w.-]+")
# The extras of a service; the second brings what only some of its settings need.
EXTRAS = {"executor": ("executor", "valkey"), "toolrunner": ("toolrunner",)}
# Packages that share the name `google`, by the module below it.
GOOGLE = {"google.rpc": "googleapis-common-protos", "google.protobuf": "protobuf"}


def normal(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(extra: str) -> set[str]:
    """Return the packages that an installation with one extra asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + project["optional-dependencies"][extra]
    found = map(NAME.match, asked)
    return {normal(name[0]) for name in found if name}


def foreign(service: str) -> set[str]:
    """Return the modules that a service imports and that are neither ours nor Python's."""
    own = {*sys.stdlib_module_names, "services"}
    found = {
        each.target for source in sources() if source.service == service for each in imports(source)
    }
    return {target for target in found if target.split(".")[0] not in own}


def test_every_package_is_installed_from_a_wheel() -> None:
    """Commands of others, such as grpcurl, do not start below a path with a blank."""
    assert not [each.name for each in distributions() if each.read_text("RECORD") is None]


@pytest.mark.parametrize("service", ["executor", "toolrunner"])
def test_every_import_is_a_declared_dependency(service: str) -> None:
    owners = packages_distributions()
    names = {name for extra in EXTRAS[service] for name in declared(extra)}
    for module in sorted(foreign(service)):
        google = GOOGLE.get(".".join(module.split(".")[:2]))
        known = {google} if google else set(map(normal, owners[module.split(".")[0]]))
        assert known & names, f"services/{service} imports {module} of {known}"
