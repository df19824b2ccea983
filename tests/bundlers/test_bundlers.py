"""What every bundler makes of the same sources, in every form, is read as Node runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import pytest

from services.executor.bundle.process.read_source import read_source
from services.executor.domain import BundleFormat, Manifest, Severity
from tests.bundle.reading import DIGEST
from tests.bundlers.build import built

ENTRIES = ("agents", "exported", "lightfast", "reexports")
BUNDLERS = ("esbuild", "rolldown", "rollup", "webpack")
# What compiles before or around a bundler, with how many forms of each source.
COMPILERS = {"bun": 4, "ncc": 3, "parcel": 4, "swc": 4, "tsup": 8, "webpackswc": 4}
FORMS = 42 + sum(COMPILERS.values())
GAPS = {
    ".es5": "classes and templates that swc lowers to ES5 are not followed",
    ".parcel.esm.minified": "an enum of which parcel's minifier leaves no function is not followed",
}
Judged: TypeAlias = dict[str, Any]


@pytest.fixture(scope="module")
def bundles() -> tuple[Path, Judged]:
    return built()


def as_read(manifest: Manifest) -> Judged:
    """Return what a manifest says, as Node is asked to say it."""
    agents = {
        key: {
            "name": agent.name,
            "system": agent.system,
            "model": agent.model,
            "maxSteps": agent.max_steps,
            "settings": dict(agent.settings),
            "tools": {
                name: {"description": tool.description, "inputSchema": tool.input_schema}
                for name, tool in agent.tools.items()
            },
        }
        for key, agent in manifest.agents.items()
    }
    return {"agents": agents, "metadata": dict(manifest.metadata)}


def as_run(judged: Judged) -> Judged:
    """Return what Node says, with the name and the steps that Caisson gives when there are none."""
    agents = {
        key: {"maxSteps": None, **agent, "name": agent.get("name", key)}
        for key, agent in judged["agents"].items()
    }
    return {"agents": agents, "metadata": judged["metadata"]}


def expected_format(name: str) -> BundleFormat:
    if name.endswith(".mjs"):
        return BundleFormat.ESM
    global_only = ".iife." in name or ".var." in name
    return BundleFormat.IIFE if global_only else BundleFormat.CJS


@pytest.mark.parametrize("bundler", BUNDLERS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_bundles_are_read_as_node_runs_them(
    bundles: tuple[Path, Judged], entry: str, bundler: str
) -> None:
    _, judged = bundles
    names = [name for name in judged if name.startswith(f"{entry}.{bundler}.")]
    assert len(names) >= 8
    for name in names:
        check(bundles, name)


def check(bundles: tuple[Path, Judged], name: str) -> None:
    folder, judged = bundles
    manifest = read_source(DIGEST, (folder / name).read_bytes())
    assert as_read(manifest) == as_run(judged[name]), name
    assert manifest.format is expected_format(name), name
    assert {d.severity for d in manifest.diagnostics} <= {Severity.INFO}, name


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_bundles_of_compilers_are_read_as_node_runs_them(
    bundles: tuple[Path, Judged], entry: str, compiler: str
) -> None:
    names = [name for name in bundles[1] if name.startswith(f"{entry}.{compiler}.")]
    assert len(names) == COMPILERS[compiler]
    for name in names:
        if not any(gap in name for gap in GAPS):
            check(bundles, name)


@pytest.mark.parametrize(
    "gap",
    [
        pytest.param(gap, marks=pytest.mark.xfail(strict=True, reason=reason))
        for gap, reason in GAPS.items()
    ],
)
def test_known_gap_of_compilers_is_read_as_node_runs_it(
    bundles: tuple[Path, Judged], gap: str
) -> None:
    check(bundles, next(name for name in bundles[1] if gap in name))


@pytest.mark.parametrize("gap", GAPS)
def test_known_gap_of_compilers_is_told(bundles: tuple[Path, Judged], gap: str) -> None:
    folder, judged = bundles
    for name in [name for name in judged if gap in name]:
        manifest = read_source(DIGEST, (folder / name).read_bytes())
        is_known = as_read(manifest) == as_run(judged[name])
        is_told = any(agent.asked or agent.disabled for agent in manifest.agents.values())
        errors = {d.severity for d in manifest.diagnostics} & {Severity.ERROR}
        assert is_known or is_told or errors, name


def test_every_bundle_form_exists(bundles: tuple[Path, Judged]) -> None:
    _, judged = bundles
    assert len(judged) == FORMS * len(ENTRIES)


def test_environment_default_is_reported(bundles: tuple[Path, Judged]) -> None:
    folder, judged = bundles
    for name in [name for name in judged if name.startswith("lightfast.")]:
        manifest = read_source(DIGEST, (folder / name).read_bytes())
        told = [d for d in manifest.diagnostics if "`process.env.GREETER_MODEL`" in d.reason]
        assert [d.severity for d in told] == [Severity.INFO], name
        text = (folder / name).read_text().split("\n")[told[0].line - 1]
        assert text[told[0].column - 1 :].startswith("process.env.GREETER_MODEL"), name
