"""What bundlers make of small programs, with the helpers that they add, is read and run."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.executor.bundle.process.read_source import read_source
from services.executor.domain import Manifest, Severity
from services.executor.errors import BundleSyntaxError
from tests.bundle.reading import DIGEST
from tests.bundlers.build import features
from tests.finding.programs import loaded
from tests.guest.sandboxed import Sandbox

SOURCES = Path(__file__).parent / "sources"
GREETING = "I am — é 😀"
# By source, the agents' names and whether the program exports them, or what holds them.
EXPORTED = ("decorated", "fields", "made", "required")
UNEXPORTED = ("lazy", "main", "top", "using")
FORMS = 466
GAPS = {
    "lazy.bun.esm.own": "`import.meta.require` is only in Bun",
    "required.bun.esm.own": "`import.meta.require` is only in Bun",
    "decorated.swc.": "what swc's helper of decorators returns for a class is not followed",
    "decorated.webpackswc.": "as of swc's",
    "fields.webpackswc.cjs.es5-none": "fields of classes that swc lowers to ES5 are not followed",
    "main.webpackswc.cjs.es5-none": "functions that swc lowers to state machines are not followed",
}
_ES5 = ("fields", "main", "using")
REFUSED = ("decorated.rolldown.",)


@pytest.fixture(scope="module")
def bundles() -> dict[str, bytes]:
    folder = features(SOURCES)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def chosen(bundles: dict[str, bytes], source: str, *, every: bool) -> dict[str, bytes]:
    """Return the bundles of a source; not every one, a fifth of them."""
    names = [name for name in bundles if name.startswith(f"{source}.")]
    return {name: bundles[name] for name in (names if every else names[::5])}


def check(sandbox: Sandbox, name: str, source: bytes) -> None:
    manifest = read_source(DIGEST, source)
    found = {agent.name: agent for agent in manifest.agents.values()}
    assert {each: agent.system for each, agent in found.items()} == {
        "First": f"{GREETING} one",
        "Second": f"{GREETING} two",
    }, name
    assert not errors(manifest), name
    program = loaded(sandbox, source.decode(), manifest)
    for value, each in enumerate(("First", "Second"), 1):
        tool = found[each].tools["own"]
        assert tool.description == 'Gives a "value"\n', name
        assert program.call("own", {}, agent=found[each].key).value == value, name


def errors(manifest: Manifest) -> list[str]:
    return [each.reason for each in manifest.diagnostics if each.severity is Severity.ERROR]


@pytest.mark.parametrize("source", [*EXPORTED, *UNEXPORTED])
def test_bundles_of_every_bundler_are_read_and_run(
    sandbox: Sandbox, bundles: dict[str, bytes], pytestconfig: pytest.Config, source: str
) -> None:
    picked = chosen(bundles, source, every=bool(pytestconfig.getoption("--soak")))
    assert len(picked) >= 5
    for name, text in picked.items():
        is_old = name.startswith(_ES5) and ".es5" in name
        if not is_old and not name.startswith((*GAPS, *REFUSED)):
            check(sandbox, name, text)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(start, marks=pytest.mark.xfail(strict=True, reason=reason))
        for start, reason in GAPS.items()
    ],
)
def test_known_gaps_of_bundlers_are_read_and_run(
    sandbox: Sandbox, bundles: dict[str, bytes], start: str
) -> None:
    name = next(name for name in bundles if name.startswith(start))
    check(sandbox, name, bundles[name])


def test_native_decorators_are_refused_with_a_target(bundles: dict[str, bytes]) -> None:
    names = [name for name in bundles if name.startswith(REFUSED)]
    assert names
    for name in names:
        with pytest.raises(BundleSyntaxError, match="--target=es2024"):
            read_source(DIGEST, bundles[name])


def test_every_form_exists(bundles: dict[str, bytes]) -> None:
    assert len(bundles) == FORMS
