"""Top levels that fail or never end: what was made is used, as Node would where Node goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.guest.top_levels import (
    ESBUILD,
    FAILING,
    FORMS,
    SURVIVING,
    Statement,
    bundled,
    judged,
)
from tests.repeats import soaking


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Return the failing programs by name and form."""
    built = bundled(list(FAILING.values()), tmp_path_factory.mktemp("failing"))
    return dict(zip(FAILING, built, strict=True))


def load(sandbox: Sandbox, source: str, form: str) -> Loaded:
    """Load a program as a worker does: a second time when its top level fails."""
    module = form in {"source", "esm", "esm minified"}
    first = sandbox.load(source, module=module)
    outcome = first.ran.outcome
    if outcome.failure is None and outcome.incomplete is None:
        return first
    return sandbox.load(source, module=module, recovers=True)


def check(loaded: Loaded, statement: Statement) -> None:
    """Check what can be used of a program whose statement failed."""
    incomplete = loaded.ran.outcome.incomplete
    assert loaded.call("early", {"n": 5}).value == [5, 1]
    late, needs = loaded.call("late", {"n": 5}), loaded.call("needs", {"n": 5})
    if statement.is_guard:
        assert late.kind == needs.kind == "LOAD_FAILED"
        assert incomplete is not None
        assert "is required" in late.failure.message or "no key" in late.failure.message
    else:
        assert late.value == [5, 2]
        assert needs.outcome.failure is not None
    if incomplete is None:
        return  # it failed apart from the top level, as a rejection that nobody handles
    fault = incomplete.faults[0]
    assert fault.place.startswith("bundle.js:")
    if statement.needed == "made":
        assert needs.kind == "LOAD_FAILED"
        assert fault.place in needs.failure.message


def forms_of(name: str) -> tuple[str, ...]:
    """Return the forms to load a program in: two of a bundler's by turns, all in ``make soak``."""
    if soaking():
        return FORMS
    turn = list(FAILING).index(name)
    return ("source", *(ESBUILD[(turn + each) % len(ESBUILD)] for each in (0, 2)))


@pytest.mark.parametrize("name", FAILING)
def test_what_a_failing_top_level_made_is_used(
    sandbox: Sandbox, failing: dict[str, dict[str, str]], name: str
) -> None:
    for form in forms_of(name):
        if form in failing[name]:
            check(load(sandbox, failing[name][form], form), FAILING[name])


def test_statement_is_named_by_line_and_column(sandbox: Sandbox) -> None:
    source = FAILING["let of several"].source
    line = next(at for at, text in enumerate(source.split("\n"), 1) if text.startswith("let one"))
    incomplete = load(sandbox, source, "source").ran.outcome.incomplete
    assert incomplete is not None
    assert [fault.place for fault in incomplete.faults] == [f"bundle.js:{line}:14"]
    assert [(each.key, each.tools) for each in incomplete.agents] == [
        ("main", ("early", "late", "needs"))
    ]


def test_top_levels_that_node_survives_load_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    statements = list(SURVIVING.values())
    truth = judged(statements, tmp_path)
    programs = bundled(statements, tmp_path)
    for number, (name, forms) in enumerate(zip(SURVIVING, programs, strict=True)):
        for form, source in forms.items():
            loaded = load(sandbox, source, form)
            assert loaded.ran.outcome.incomplete is None, (name, form)
            given = [loaded.call(tool, {"n": number}).value for tool in ("early", "late", "needs")]
            assert given == truth[number], (name, form)
