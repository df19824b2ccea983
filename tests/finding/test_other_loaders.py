"""Bundles for loaders that Node has not are refused by the loader's name."""

from __future__ import annotations

import pytest

from services.executor.errors import NoAgentsError
from tests.bundle.reading import manifest_of

MADE = 'new ai.ToolLoopAgent({ model: "openai/m", instructions: "x", tools: {} })'


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (
            (
                'System.register(["ai"], (_export) => { let ai;'
                " return { setters: [(m) => { ai = m; }],"
                ' execute() { _export("agent", MADE); } }; });'
            ),
            "SystemJS (`System.register`)",
        ),
        ('define(["ai"], function (ai) { return { agent: MADE }; });', "AMD (`define`)"),
        ('/* built */\ndefine("agent", ["ai"], (ai) => ({ agent: MADE }));', "AMD (`define`)"),
    ],
)
def test_format_of_another_loader_is_refused_by_its_name(source: str, name: str) -> None:
    with pytest.raises(NoAgentsError) as refused:
        manifest_of(source.replace("MADE", MADE))
    assert str(refused.value) == (
        f"The bundle is in the format of {name}, which Node does not load: set the bundler's "
        'format to "esm" or "cjs".'
    )


def test_bundle_that_brings_its_loader_is_told_what_cannot_be_read() -> None:
    source = f"function define(deps, make) {{ make(); }}\ndefine([], (ai) => ({MADE}));"
    with pytest.raises(NoAgentsError, match="declares no agent that can be read"):
        manifest_of(source)
